// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import SnugRooms
import SnugSystem
import SnugTerminal
import Testing

@testable import SnugClient

/// What a server of level 1 tells, and what is seen and heard of it.
@Suite struct ConversationTests {
    @Test func whoComesInIsToldWhereItIsWhoIsThereAndWhatIsKept() {
        var talk = Talk()
        _ = talk.hear(.hello(Talk.hello(lines: 1_000)))
        #expect(
            talk.enter() == [
                "* you are in #main (2 here) *",
                "* what is said here is kept in the server's memory: at most 1000 lines of a room, for 24 hours"
                    + " (/history) *",
            ]
        )
        #expect(talk.hear(.joined(Talk.aisha)) == [])
    }

    @Test func linesActionsAndOwnLinesAreTold() {
        var talk = Talk.begun()
        #expect(talk.hear(.said(Talk.ben, text: "hello", isAction: false)) == ["ben: hello"])
        #expect(talk.hear(.said(Talk.ben, text: "waves", isAction: true)) == ["ben * waves"])
        #expect(talk.hear(.said(Talk.aisha, text: "hi", isAction: false)) == ["*> hi"])
        #expect(talk.hear(.said(Talk.aisha, text: "waves", isAction: true)) == ["aisha * waves"])
    }

    @Test func anOwnLineIsKnownByItsRefEvenIfOneHasAnotherIdNow() {
        var talk = Talk.begun()
        let former = Talk.Person(id: "3", name: "aisha")
        #expect(talk.hear(.said(former, text: "hi", isAction: false), ref: "m-1") == ["*> hi"])
    }

    @Test func timesAreThoseOfTheEventsAndDaysAreTold() throws {
        var talk = Talk.begun { $0.time = .minutes }
        let yesterday = UInt64(talk.now.calendar.seconds - 86_400) * 1_000
        let local = try #require(LocalTime(talk.now.calendar))
        let event = ServerMessage.Event(
            sequence: 1,
            time: yesterday,
            room: "main",
            isReplay: true,
            .said(Talk.ben, text: "hi", isAction: false)
        )
        let rows = talk.hear(.event(event))
        #expect(rows.count == 2)
        #expect(rows[0].hasPrefix("*-- ") && rows[0].hasSuffix(" --*"))
        let clock = [local.hour, local.minute].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
        #expect(rows[1] == "\(clock) ben: hi")
    }

    @Test func aLineOfAnotherRoomSaysSoAndCountsAsUnread() {
        var talk = Talk.begun()
        #expect(talk.join("ops") == ["* you are in #ops (2 here) *"])
        #expect(
            talk.hear(.said(Talk.carla, text: "disk is full", isAction: false), in: "ops")
                == ["#ops: carla: disk is full"]
        )
        #expect(talk.conversation.prompt == "#main(ops:1)> ")
        #expect(
            talk.rows(talk.conversation.switchRoom(number: 2, at: talk.now)) == ["*! you talk in #ops now"]
        )
        #expect(talk.conversation.prompt == "#ops> ")
        #expect(talk.hear(.said(Talk.carla, text: "ok", isAction: false), in: "ops") == ["carla: ok"])
        #expect(talk.rows(talk.conversation.switchRoom(number: 9, at: talk.now)) == ["*! you are in 2 rooms"])
    }

    @Test func whatWasSaidBeforeOneCameIsNotUnread() {
        var talk = Talk.begun()
        _ = talk.join("ops")
        #expect(
            talk.hear(.said(Talk.ben, text: "earlier", isAction: false), in: "ops", isReplay: true)
                == ["#ops: ben: earlier"]
        )
        #expect(talk.conversation.prompt == "#main> ")
    }

    // MARK: One's own lines

    @Test func anOwnLineIsMarkedUntilItIsConfirmed() {
        var talk = Talk.begun()
        talk.conversation.noteSent(OwnLine("hi", to: .room("main")), ref: "m-1")
        #expect(talk.conversation.liveRows.map(\.text) == ["*> hi (not confirmed)"])
        #expect(talk.rows(talk.take(.confirmed(ref: "m-1"))) == [])
        #expect(talk.conversation.liveRows.isEmpty)
        #expect(talk.hear(.said(Talk.aisha, text: "hi", isAction: false), ref: "m-1") == ["*> hi"])
    }

    @Test func aLineThatWasRefusedIsToldWhereItWasTyped() {
        var talk = Talk.begun()
        _ = talk.join("ops")
        talk.conversation.noteSent(OwnLine("hi", to: .room("ops")), ref: "m-1")
        let refused = ServerMessage.Refused(.muted, text: "you are muted here", hint: "wait")
        #expect(
            talk.rows(talk.take(.refused(refused, ref: "m-1")))
                == ["#ops: *! not said: \"hi\": you are muted here (wait)"]
        )
        #expect(talk.conversation.unconfirmed.isEmpty)
        #expect(
            talk.rows(talk.take(.refused(refused, ref: nil))) == ["*! not done: you are muted here (wait)"]
        )
    }

    @Test func whatWasMeantForAPrivateRoomIsNotSaidToOthersAndThatIsTold() {
        var talk = Talk.begun()
        talk.conversation.noteSent(OwnLine("hush", to: .room("main")), ref: "m-1")
        #expect(
            talk.rows(talk.take(.withheld(ref: "m-1")))
                == ["*! not said, since the room is not there any more, or not the same one: hush"]
        )
    }

    @Test func linesThatWaitForTheRateLimitAreALiveRowThatGoesAway() {
        var talk = Talk.begun()
        #expect(talk.hear(.waiting(lines: 3)) == [])
        #expect(
            talk.conversation.liveRows.map(\.text) == [
                "*! waiting for the server's rate limit: 3 lines of yours"
            ]
        )
        #expect(talk.conversation.deadline == talk.now.clock + .milliseconds(2_500))
        _ = talk.wait(.seconds(3))
        #expect(talk.conversation.liveRows.isEmpty)
        #expect(talk.conversation.deadline == .never)
    }

    // MARK: Comings and goings

    @Test func aRunOfComingsAndGoingsIsOneRow() {
        var talk = Talk.begun()
        for number in 1...5 { #expect(talk.hear(.joined(.init(id: "2\(number)", name: "p\(number)"))) == []) }
        #expect(talk.hear(.left(Talk.ben, Code(.quit))) == [])
        #expect(talk.wait(.seconds(1)) == [])
        #expect(talk.wait(.seconds(1)) == ["* p1, p2, p3 and 2 more joined the chat; ben left *"])
        #expect(talk.wait(.seconds(10)) == [])
    }

    @Test func aLineIsShownBehindWhoCameBeforeIt() {
        var talk = Talk.begun()
        _ = talk.hear(.joined(Talk.carla))
        #expect(
            talk.hear(.said(Talk.carla, text: "hi", isAction: false))
                == ["* carla joined the chat *", "carla: hi"]
        )
    }

    @Test func whoDoesNotWantItFoldedGetsARowForEach() {
        var talk = Talk.begun { $0.foldsComings = false }
        #expect(talk.hear(.joined(Talk.carla)) == ["* carla joined the chat *"])
    }

    @Test func whoLeavesAndComesBackWithItsKeyIsNoNews() {
        var talk = Talk.begun()
        _ = talk.hear(.joined(Talk.carla))
        _ = talk.wait(.seconds(5))
        _ = talk.hear(.left(Talk.carla, Code(.lost)))
        _ = talk.hear(.joined(.init(id: "30", name: "carla", key: "sha256:n4bQ")))
        #expect(talk.wait(.seconds(5)) == [])
        _ = talk.hear(.left(Talk.ben, Code(.lost)))
        _ = talk.hear(.joined(.init(id: "31", name: "ben")))
        #expect(talk.wait(.seconds(5)) == ["* ben left and came back *"])
    }

    // MARK: What else happens

    @Test func everythingThatHappensInARoomIsASentence() {
        var talk = Talk.begun()
        let later = UInt64(talk.now.calendar.seconds + 600) * 1_000
        let mute = ServerMessage.Terms(number: 3, name: "ben", by: Talk.carla, until: later, reason: "spam")
        let ban = ServerMessage.Terms(number: 4, name: "ben", by: .init(id: "0", name: "x"))
        let expected: [(ServerMessage.EventKind, String)] = [
            (.topic(by: Talk.ben, text: "tea at five"), "* ben set the topic: tea at five *"),
            (.topic(by: Talk.ben, text: ""), "* ben took the topic away *"),
            (.private(by: Talk.ben), "* ben made the room private *"),
            (.invited(Talk.carla, by: Talk.ben), "* ben invited carla into the room *"),
            (.kicked(Talk.carla, by: Talk.ben, reason: "bye"), "* carla was kicked by ben: bye *"),
            (.kicked(Talk.carla, by: Talk.ben, reason: nil), "* carla was kicked by ben *"),
            (.muted(mute), "* ben was muted by carla (10 minutes: spam) *"),
            (.banned(ban), "* ben was banned by an operator (forever) *"),
            (.unbanned(number: 4, name: "ben", by: Talk.carla), "* carla lifted ban or mute 4 of ben *"),
        ]
        for (kind, row) in expected { #expect(talk.hear(kind) == [row]) }
    }

    @Test func aNameThatChangesInSeveralRoomsIsToldOnce() {
        var talk = Talk.begun()
        _ = talk.join("ops")
        let bob = Talk.Person(id: Talk.ben.id, name: "bob")
        #expect(talk.hear(.renamed(bob, from: "ben")) == ["* ben is now bob *"])
        #expect(talk.hear(.renamed(bob, from: "ben"), in: "ops") == [])
        #expect(talk.hear(.renamed(Talk.ben, from: "bob")) == ["* bob is now ben *"])
    }

    @Test func anInvitationSaysHowToComeInAndRings() {
        var talk = Talk.begun()
        let effects = talk.effects(.invited(Talk.aisha, by: Talk.ben), in: "den")
        #expect(talk.rows(effects) == ["#den: * ben invites you: /join den *"])
        #expect(effects.contains(.bell))
    }

    @Test func linesThatAreNoLongerKeptAreMissedAloud() {
        var talk = Talk.begun()
        #expect(
            talk.hear(.gap(room: "main", after: 1, before: 9))
                == ["* lines are missing here: they are no longer kept *"]
        )
    }

    @Test(arguments: NoticeCode.allCases)
    func everyNoticeIsASentenceWhateverTheServerSays(code: NoticeCode) {
        var talk = Talk.begun()
        #expect(talk.hear(.notice(Code(code), text: "so and so")) == ["* so and so *"])
        let rows = talk.hear(.notice(Code(code), text: " \u{200B}"))
        #expect(rows.count == 1)
        #expect(rows[0].count > 20)
    }

    // MARK: Mentions, bell, marks

    @Test func onesOwnNameRingsAndIsMarked() {
        var talk = Talk.begun()
        let effects = talk.effects(.said(Talk.ben, text: "Aisha, hello", isAction: false))
        #expect(effects.first?.row?.parts.contains { $0.role == .mention && $0.text == "Aisha" } == true)
        #expect(effects.dropFirst() == [.bell, .notify("ben: Aisha, hello")])
        talk.now.clock = talk.now.clock + .seconds(5)
        #expect(talk.effects(.said(Talk.ben, text: "hello", isAction: false)).count == 1)
    }

    @Test(arguments: BellMode.allCases)
    func theBellRingsForWhatWasChosen(mode: BellMode) {
        var talk = Talk.begun { $0.bell = mode }
        let line = talk.effects(.said(Talk.ben, text: "hello", isAction: false))
        talk.now.clock = talk.now.clock + .seconds(5)
        let direct = talk.direct(from: Talk.ben, to: Talk.aisha, "psst")
        #expect(line.contains(.bell) == (mode == .all))
        #expect(direct.contains(.bell) == (mode != .off))
        #expect(direct.contains(.notify("* ben (only to you): psst *")) == (mode != .off))
        talk.now.clock = talk.now.clock + .seconds(5)
        let replay = talk.effects(.said(Talk.ben, text: "aisha", isAction: false), isReplay: true)
        #expect(!replay.contains(.bell))
    }

    @Test func whoeverIsCalledAgainAndAgainIsToldOnceASecond() {
        var talk = Talk.begun()
        var (bells, notices) = (0, 0)
        for _ in 0..<100 {
            let effects = talk.effects(.said(Talk.ben, text: "aisha!", isAction: false))
            bells += effects.count { $0 == .bell }
            notices += effects.count { if case .notify = $0 { true } else { false } }
            _ = talk.wait(.milliseconds(20))
        }
        #expect(bells == 2 && notices == 2)
    }

    @Test func theFirstLineAfterAnAbsenceHasAMarkAboveIt() {
        var talk = Talk.begun()
        talk.conversation.noteKey(at: talk.now.clock)
        _ = talk.wait(.seconds(600))
        let line = ServerMessage.EventKind.said(Talk.ben, text: "hi", isAction: false)
        #expect(talk.hear(line) == ["*-- new --*", "ben: hi"])
        #expect(talk.hear(line) == ["ben: hi"])
        talk.conversation.noteKey(at: talk.now.clock)
        #expect(talk.hear(line) == ["ben: hi"])
    }

    // MARK: Direct messages

    @Test func directMessagesAreToldApartFromAllElse() {
        var talk = Talk.begun()
        #expect(
            talk.rows(talk.direct(from: Talk.ben, to: Talk.aisha, "psst")) == ["* ben (only to you): psst *"]
        )
        #expect(
            talk.rows(talk.direct(from: Talk.aisha, to: Talk.ben, "yes?", ref: "m-1"))
                == ["*>> (only to ben): yes?"]
        )
    }
}
