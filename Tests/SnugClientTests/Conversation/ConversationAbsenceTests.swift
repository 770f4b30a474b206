// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import SnugRooms
import SnugSystem
import SnugTerminal
import Testing

@testable import SnugClient

/// A connection that is lost, and what is told when it is back.
@Suite struct ConversationAbsenceTests {
    private func back(_ talk: inout Talk, people: [Talk.Person], epoch: String = "e1") -> [String] {
        talk.hear(.hello(Talk.hello(epoch: epoch)))
            + talk.hear(.entered(.init(you: Talk.aisha, token: "t", isResumed: true)))
            + talk.hear(.room(.init(room: "main", people: people, last: 1_000)))
    }

    @Test func whatWasMissedIsToldInOneRowBehindIt() {
        var talk = Talk.begun()
        #expect(talk.rows(talk.conversation.lost("cable", at: talk.now)) == [])
        talk.conversation.noteAttempt(inSeconds: 3)
        #expect(
            talk.conversation.liveRows.map(\.text)
                == ["*! the connection is lost; next attempt in 3 s (Enter: now)"]
        )
        _ = talk.wait(.seconds(12))
        #expect(back(&talk, people: [Talk.aisha, Talk.ben]) == [])
        #expect(talk.conversation.liveRows.isEmpty)
        for _ in 0..<3 { _ = talk.hear(.said(Talk.ben, text: "hi", isAction: false), isReplay: true) }
        _ = talk.hear(.said(Talk.aisha, text: "mine", isAction: false), isReplay: true, ref: "m-1")
        #expect(
            talk.rows(talk.take(.settled))
                == ["*! the connection was lost (cable); back after 12 seconds, 3 lines were said meanwhile"]
        )
    }

    @Test func afterARestartWhoIsThereAgainIsNoNews() {
        var talk = Talk.begun()
        _ = talk.hear(.joined(Talk.carla))
        _ = talk.wait(.seconds(5))
        _ = talk.conversation.lost("restart", at: talk.now)
        // Everybody has another id, and somebody has one that was another's.
        let people = [
            Talk.aisha, .init(id: "14", name: "ben"), .init(id: "13", name: "carla", key: "sha256:n4bQ"),
        ]
        #expect(back(&talk, people: people, epoch: "e2") == [])
        #expect(talk.rows(talk.take(.settled)).count == 1)
        #expect(talk.conversation.vocabulary.names == ["ben", "carla"])
    }

    @Test func afterARestartWhoComesBackALittleLaterIsNoNewsEither() {
        var talk = Talk.begun()
        _ = talk.conversation.lost("restart", at: talk.now)
        _ = back(&talk, people: [Talk.aisha], epoch: "e2")
        #expect(talk.rows(talk.take(.settled)).count == 1)
        #expect(talk.wait(.seconds(8)) == [])
        #expect(talk.hear(.said(Talk.carla, text: "hi", isAction: false)) == ["carla: hi"])
        #expect(talk.hear(.joined(.init(id: "77", name: "ben"))) == [])
        #expect(talk.wait(.seconds(60)) == [])
    }

    @Test func whoIsAwayAgainDoesNotTakeTheOthersForGone() {
        var talk = Talk.begun()
        _ = talk.conversation.lost("restart", at: talk.now)
        _ = back(&talk, people: [Talk.aisha], epoch: "e2")
        _ = talk.take(.settled)
        _ = talk.conversation.lost("again", at: talk.now)
        #expect(talk.conversation.deadline == .never)
        #expect(talk.wait(.seconds(60)) == [])
        _ = back(&talk, people: [Talk.aisha, .init(id: "78", name: "ben")], epoch: "e3")
        #expect(talk.rows(talk.take(.settled)).count == 1)
        #expect(talk.wait(.seconds(60)) == [])
    }

    @Test func whoCameWentAndChangedItsNameMeanwhileIsTold() {
        var talk = Talk.begun()
        _ = talk.hear(.joined(Talk.carla))
        _ = talk.wait(.seconds(5))
        _ = talk.conversation.lost("cable", at: talk.now)
        let rows = back(
            &talk,
            people: [Talk.aisha, .init(id: Talk.ben.id, name: "bob"), .init(id: "40", name: "dan")]
        )
        #expect(rows == ["* ben is now bob *"])
        // What is told again of it is told already.
        #expect(talk.hear(.left(Talk.carla, Code(.quit)), isReplay: true) == [])
        #expect(talk.rows(talk.take(.settled)).first == "* dan joined the chat *")
        #expect(talk.wait(.seconds(10)) == [])
        #expect(talk.wait(.seconds(10)) == [])
        #expect(talk.wait(.seconds(2)) == ["* carla left *"])
    }

    @Test func whoHasTheNameOfAPersonButNotItsKeyIsSomebodyElse() {
        var talk = Talk.begun()
        _ = talk.hear(.joined(Talk.carla))
        _ = talk.wait(.seconds(5))
        _ = talk.conversation.lost("cable", at: talk.now)
        let people = [Talk.aisha, Talk.ben, Talk.Person(id: "50", name: "carla")]
        #expect(back(&talk, people: people, epoch: "e2") == [])
        #expect(talk.rows(talk.take(.settled)).first == "* carla joined the chat *")
        _ = talk.wait(.seconds(20))
        #expect(talk.wait(.seconds(2)) == ["* carla left *"])
    }

    @Test func aRoomThatOneIsNotLetIntoAgainIsToldAndLeft() {
        var talk = Talk.begun()
        _ = talk.join("den")
        _ = talk.conversation.switchRoom(number: 2, at: talk.now)
        _ = talk.conversation.lost("cable", at: talk.now)
        _ = back(&talk, people: [Talk.aisha, Talk.ben])
        #expect(
            talk.rows(talk.take(.settled)).first == "*! you are not in #den any more; you talk in #main now"
        )
        #expect(talk.conversation.prompt == "#main> ")
    }

    @Test func aPrivateRoomThatIsOpenNowIsAnotherOne() {
        var talk = Talk.begun()
        _ = talk.join("den", isPrivate: true)
        _ = talk.conversation.lost("cable", at: talk.now)
        _ = back(&talk, people: [Talk.aisha, Talk.ben])
        let rows = talk.hear(.room(.init(room: "den", people: [Talk.aisha], last: 1_000)))
        #expect(rows.first == "*! #den is open to everybody now: it is another room than before")
    }

    @Test func linesCanBeTypedWithoutAConnectionAndQuestionsCannot() {
        var talk = Talk.begun()
        _ = talk.conversation.lost("cable", at: talk.now)
        #expect(talk.type("hello") == [.say(OwnLine("hello", to: .room("main")))])
        for line in ["/who", "/join ops", "/nick x", "/leave", "/history"] {
            #expect(talk.shown(typing: line) == ["*! not done: there is no connection at the moment"])
        }
    }

    // MARK: Rooms of which not everybody is told

    private static func crowd(_ numbers: Range<Int>) -> [Talk.Person] {
        numbers.map { Talk.Person(id: "p\($0)", name: "p\($0)") }
    }

    /// So many that there may be more.
    private static let some = crowd(0..<KnownRoom.peopleTold)

    @Test func nobodyIsSaidToHaveLeftWhomTheListMayJustNotName() {
        var talk = Talk.begun()
        for person in Self.some { _ = talk.hear(.joined(person)) }
        _ = talk.wait(.seconds(5))
        // ben is still there, behind the last that is named.
        _ = talk.conversation.lost("cable", at: talk.now)
        _ = back(&talk, people: [Talk.aisha] + Self.some.dropLast())
        #expect(talk.rows(talk.take(.settled)).count == 1)
        for _ in 0..<2 { #expect(talk.wait(.seconds(60)) == []) }
    }

    @Test func nobodyIsSaidToHaveComeWhoMayHaveBeenThereUnnamed() {
        var talk = Talk()
        _ = talk.hear(.hello(Talk.hello()))
        _ = talk.enter(people: [Talk.aisha] + Self.some)
        _ = talk.conversation.lost("cable", at: talk.now)
        _ = back(&talk, people: [Talk.aisha] + Self.crowd(400..<450) + Self.crowd(900..<910))
        #expect(talk.rows(talk.take(.settled)).count == 1)
        #expect(talk.wait(.seconds(60)) == [])
        let left = talk.wait(.seconds(60))
        #expect(left.count == 1 && left.first?.hasSuffix(" left *") == true, "\(left)")
        // From here on everybody is known again.
        _ = talk.conversation.lost("cable", at: talk.now)
        _ = back(&talk, people: [Talk.aisha, Talk.ben] + Self.crowd(400..<450) + Self.crowd(900..<910))
        #expect(talk.rows(talk.take(.settled)).first == "* ben joined the chat *")
    }

    @Test func whoWasWaitedForIsNotSaidToBeGoneOnceTheListMayNotNameIt() {
        var talk = Talk.begun()
        _ = talk.conversation.lost("restart", at: talk.now)
        _ = back(&talk, people: [Talk.aisha])
        _ = talk.take(.settled)
        _ = talk.conversation.lost("again", at: talk.now)
        _ = back(&talk, people: [Talk.aisha] + Self.some)
        _ = talk.take(.settled)
        _ = talk.wait(.seconds(5))
        for _ in 0..<2 { #expect(talk.wait(.seconds(60)) == []) }
    }

    // MARK: What was said before

    @Test func whatWasSaidBeforeOneCameIsNotCountedAsMissed() {
        var talk = Talk()
        _ = talk.hear(.hello(Talk.hello()))
        _ = talk.hear(.entered(.init(you: Talk.aisha, token: "t", isResumed: false)))
        let told = ServerMessage.RoomState(room: "main", people: [Talk.aisha], last: 102)
        _ = talk.hear(.room(told))
        // Cut before the first of them.
        _ = talk.conversation.lost("cable", at: talk.now)
        _ = back(&talk, people: [Talk.aisha])
        for _ in 101...103 {
            _ = talk.hear(.said(Talk.ben, text: "hi", isAction: false), isReplay: true)
        }
        #expect(
            talk.rows(talk.take(.settled))
                == ["*! the connection was lost (cable); back at once, 1 line was said meanwhile"]
        )
    }

    @Test func whereNumbersBeginAnewEverythingIsMissed() {
        var talk = Talk.begun()
        _ = talk.hear(.said(Talk.ben, text: "hi", isAction: false))
        _ = talk.conversation.lost("restart", at: talk.now)
        _ = back(&talk, people: [Talk.aisha, Talk.ben], epoch: "e2")
        let event = ServerMessage.Event(
            sequence: 1,
            time: 0,
            room: "main",
            isReplay: true,
            .said(Talk.ben, text: "anew", isAction: false)
        )
        _ = talk.hear(.event(event))
        #expect(talk.rows(talk.take(.settled)).last?.hasSuffix(", 1 line was said meanwhile") == true)
    }

    @Test func byEarALossIsToldAtOnceAndWithoutLiveRows() {
        var talk = Talk.begun(.plainSentences)
        #expect(
            talk.rows(talk.conversation.lost("cable", at: talk.now))
                == ["snug: the connection was lost (cable); trying to come back"]
        )
        #expect(talk.rows(talk.conversation.lost("still", at: talk.now)) == [])
        talk.conversation.noteAttempt(inSeconds: 3)
        talk.conversation.noteSent(OwnLine("hi", to: .room("main")), ref: "m-1")
        #expect(talk.conversation.liveRows.isEmpty)
        _ = talk.wait(.seconds(12))
        #expect(back(&talk, people: [Talk.aisha, Talk.ben]) == [])
        #expect(
            talk.rows(talk.take(.settled)) == [
                "snug: you are back after 12 seconds, nothing was said meanwhile"
            ]
        )
    }

    @Test func byEarLinesThatWaitAreToldOnce() {
        var talk = Talk.begun(.plainSentences)
        #expect(
            talk.hear(.waiting(lines: 1)) == ["snug: waiting for the server's rate limit: 1 line of yours"]
        )
        #expect(talk.hear(.waiting(lines: 4)) == [])
    }
}
