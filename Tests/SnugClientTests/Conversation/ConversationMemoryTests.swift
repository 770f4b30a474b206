// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import SnugRooms
import SnugSystem
import SnugTerminal
import Testing

@testable import SnugClient

/// What a conversation knows afterwards, of what it was told before.
@Suite struct ConversationMemoryTests {
    private static let aisha2 = Talk.Person(id: "90", name: "aisha-2")

    private func lose(_ talk: inout Talk) { _ = talk.conversation.lost("cable", at: talk.now) }

    private func enter(_ talk: inout Talk, as you: Talk.Person = Talk.aisha, epoch: String = "e1") {
        _ = talk.hear(.hello(Talk.hello(epoch: epoch)))
        _ = talk.hear(.entered(.init(you: you, token: "t", isResumed: true)))
    }

    private func room(
        _ name: String,
        _ people: [Talk.Person] = [Talk.aisha, Talk.ben],
        last: UInt64 = 100,
        hasMore: Bool = false
    ) -> ServerMessage.Kind {
        .room(.init(room: name, people: people, hasMore: hasMore, last: last))
    }

    private func said(_ text: String, by person: Talk.Person = Talk.ben) -> ServerMessage.EventKind {
        .said(person, text: text, isAction: false)
    }

    private func before(_ talk: inout Talk) -> UInt64? {
        for case .ask(let message) in talk.type("/history") {
            if case .history(_, let before, _) = message.kind { return before }
        }
        return nil
    }

    // MARK: People and rooms

    @Test func whoHasLeftIsNotCompletedAnyMore() {
        var talk = Talk.begun()
        #expect(talk.conversation.vocabulary.names == ["ben"])
        _ = talk.hear(.left(Talk.ben, Code(.left)))
        #expect(talk.conversation.vocabulary.names.isEmpty)
    }

    @Test func whoSpokeLastIsCompletedFirstAfterALossAsWell() {
        var talk = Talk.begun()
        _ = talk.hear(.joined(Talk.carla))
        _ = talk.hear(said("hi", by: Talk.carla))
        lose(&talk)
        _ = talk.enter(people: [Talk.aisha, Talk.ben, Talk.carla])
        #expect(talk.conversation.vocabulary.names == ["carla", "ben"])
    }

    @Test func theTopicThatARoomHasIsToldToWhoGoesThere() {
        var talk = Talk.begun()
        _ = talk.hear(.room(.init(room: "ops", topic: "disks", people: [Talk.aisha], last: 1)))
        #expect(talk.shown(typing: "/go ops") == ["*! you talk in #ops now: disks"])
        _ = talk.hear(.topic(by: Talk.ben, text: "tapes"), in: "ops")
        #expect(talk.shown(typing: "/go ops") == ["*! you talk in #ops now: tapes"])
    }

    @Test func aRoomThatWasMadePrivateAndIsOpenAfterALossIsAnotherOne() {
        var talk = Talk.begun()
        _ = talk.hear(.private(by: Talk.ben))
        lose(&talk)
        let warning = "*! #main is open to everybody now: it is another room than before"
        #expect(talk.enter(isResumed: true).contains(warning))
    }

    @Test func aRoomThatIsToldAgainWithoutALossChangesNothing() {
        var talk = Talk.begun()
        #expect(talk.hear(room("main", [Talk.aisha])) == [])
        #expect(talk.wait(.seconds(60)) == [])
    }

    @Test func partsOfARoomAreNotTakenForThoseOfAnotherOrOfAnAnswer() {
        var talk = Talk.begun()
        _ = talk.hear(room("tea", [Talk.aisha, Talk.ben], hasMore: true))
        #expect(talk.hear(room("ops", [Talk.aisha])) == ["* you are in #ops (1 here) *"])
        _ = talk.type("/who")
        _ = talk.hear(room("main", [Talk.ben], hasMore: true))
        #expect(talk.hear(room("main", [Talk.aisha]), ref: "m?1") == ["* online: aisha *"])
        _ = talk.type("/who")
        #expect(talk.hear(room("main", [Talk.aisha]), ref: "m?2") == ["* online: aisha *"])
    }

    @Test func aRoomOfWhichHalfWasToldBeforeALossBeginsAnew() {
        var talk = Talk.begun()
        _ = talk.hear(room("main", [Talk.aisha, Talk.ben, Talk.carla], hasMore: true))
        lose(&talk)
        #expect(talk.enter(isResumed: true).count == 1)
        #expect(talk.wait(.seconds(60)) == [])
    }

    @Test func aRoomThatWasNeverToldIsNotSaidToBeLeft() {
        var talk = Talk()
        enter(&talk)
        #expect(talk.rows(talk.take(.settled)) == [])
    }

    @Test func ofARoomThatOneIsInNobodyIsToldToBeShutOut() {
        var talk = Talk.begun()
        _ = talk.join("ops")
        #expect(talk.rows(talk.take(.shut(room: "ops"))) == [])
        #expect(talk.rows(talk.take(.shut(room: "den"))) == ["*! you were not let into #den"])
    }

    @Test func whoAskedForARoomTalksThereAlthoughTheOthersWereToldFirst() {
        var talk = Talk.begun()
        _ = talk.type("/join tea")
        _ = talk.take(.settled)
        _ = talk.hear(room("tea"))
        #expect(talk.conversation.prompt == "#tea> ")
    }

    @Test func aRoomThatOneHasLeftIsNotEnteredByItself() {
        var talk = Talk.begun()
        _ = talk.type("/join tea")
        _ = talk.hear(room("tea"))
        _ = talk.hear(.left(Talk.aisha, Code(.left)), in: "tea")
        _ = talk.hear(room("tea"))
        #expect(talk.conversation.prompt == "#main> ")
    }

    // MARK: Names

    @Test func aNameThatChangedMeanwhileIsToldOnceForAllRooms() {
        var talk = Talk.begun()
        _ = talk.join("ops")
        lose(&talk)
        enter(&talk)
        let benny = Talk.Person(id: "13", name: "benny")
        let rows = ["main", "ops"].flatMap { talk.hear(room($0, [Talk.aisha, benny])) }
        #expect(rows == ["* ben is now benny *"])
    }

    @Test func whoIsHereIsToldToHaveAnotherNameHere() {
        var talk = Talk.begun()
        _ = talk.join("ops")
        let rename = ServerMessage.EventKind.renamed(.init(id: "13", name: "benny"), from: "ben")
        #expect(talk.hear(rename, in: "ops") == ["* ben is now benny *"])
    }

    @Test func ofWhoIsGoneNoFormerNameIsTold() {
        var talk = Talk.begun()
        let rename = ServerMessage.EventKind.renamed(.init(id: "77", name: "danny"), from: "dan")
        #expect(talk.hear(rename, isReplay: true) == [])
    }

    @Test func oneIsMeantByTheNameThatOneWasGivenOrHasTaken() {
        var talk = Talk.begun()
        enter(&talk, as: Self.aisha2)
        #expect(talk.effects(said("aisha-2: hi")).contains(.bell))
        _ = talk.wait(.seconds(5))
        _ = talk.hear(.renamed(.init(id: "90", name: "zoe"), from: "aisha-2"))
        #expect(talk.effects(said("zoe: hi")).contains(.bell))
    }

    @Test func nobodyIsToldOfOneselfUnderAnotherNameAfterARestart() {
        var talk = Talk.begun()
        lose(&talk)
        enter(&talk, as: Self.aisha2, epoch: "e2")
        _ = talk.hear(room("main", [Self.aisha2, Talk.ben]))
        #expect(talk.rows(talk.take(.settled)).count == 1)
        #expect(talk.wait(.seconds(60)) == [])
    }

    // MARK: Missed, unread and earlier

    @Test func whatIsMissedIsUnreadInAnotherRoom() {
        var talk = Talk.begun()
        _ = talk.join("ops")
        lose(&talk)
        enter(&talk)
        for name in ["main", "ops"] { _ = talk.hear(room(name)) }
        _ = talk.hear(said("hi"), in: "ops", isReplay: true)
        #expect(talk.conversation.prompt == "#main(ops:1)> ")
    }

    @Test func aLossBeforeWhatWasMissedIsToldMakesNothingOfItKnown() {
        var talk = Talk.begun()
        for _ in 0..<2 {
            lose(&talk)
            enter(&talk)
            _ = talk.hear(room("main", last: 103))
        }
        for _ in 0..<3 { _ = talk.hear(said("hi"), isReplay: true) }
        #expect(talk.rows(talk.take(.settled)).last?.contains("3 lines were said meanwhile") == true)
    }

    @Test func ofARoomThatOneIsNewInNothingWasMissed() {
        var talk = Talk.begun()
        lose(&talk)
        enter(&talk)
        for name in ["main", "ops"] { _ = talk.hear(room(name, last: 200)) }
        _ = talk.hear(said("hi"), in: "ops", isReplay: true)
        #expect(talk.rows(talk.take(.settled)).last?.contains("nothing was said meanwhile") == true)
    }

    @Test func aLossAnswersTheQuestionForEarlierLines() {
        var talk = Talk.begun()
        _ = talk.type("/history")
        _ = talk.hear(said("long ago"), isReplay: true)
        lose(&talk)
        enter(&talk)
        _ = talk.hear(room("main"))
        #expect(talk.hear(said("meanwhile"), isReplay: true) == ["ben: meanwhile"])
        #expect(talk.rows(talk.take(.settled)).last?.contains("1 line was said meanwhile") == true)
        _ = talk.type("/history")
        #expect(talk.hear(said("earlier"), isReplay: true).first == "*! earlier lines of #main:")
    }

    @Test func whatIsSaidWhileEarlierLinesAreAwaitedIsNews() {
        var talk = Talk.begun()
        _ = talk.type("/history")
        #expect(talk.effects(said("aisha!")).contains(.bell))
    }

    @Test func eachPageGoesBackFromTheFirstThatIsKnownAndHasItsOwnHeading() {
        var talk = Talk.begun()
        for text in ["one", "two"] { _ = talk.hear(said(text)) }
        #expect(before(&talk) == 101)
        // Nothing that is shown may be on a page.
        let end = ServerMessage.HistoryEnd(room: "main", count: 3, first: 40, hasMore: false)
        #expect(talk.hear(.history(end), ref: "m?1") == ["*! end of the earlier lines of #main"])
        #expect(before(&talk) == 40)
        #expect(talk.hear(said("older"), isReplay: true).first == "*! earlier lines of #main:")
        let next = ServerMessage.HistoryEnd(room: "main", count: 1, first: 60, hasMore: true)
        _ = talk.hear(.history(next), ref: "m?2")
        #expect(before(&talk) == 40)
        #expect(talk.hear(said("oldest"), isReplay: true).first == "*! earlier lines of #main:")
    }

    @Test func whatWasSaidLastInARoomIsNotAskedForAgain() {
        var talk = Talk.begun()
        let asked = talk.conversation.lookBack(in: "main", lines: 20)
        let end = ServerMessage.HistoryEnd(room: "main", count: 4, first: 30, hasMore: true)
        _ = talk.hear(.history(end), ref: asked.ref)
        #expect(before(&talk) == 30)
    }

    // MARK: Bells, marks and live rows

    @Test func nobodyIsCalledByAnInvitationOfOthersOrOfLongAgo() {
        var talk = Talk.begun()
        #expect(!talk.effects(.invited(Talk.carla, by: Talk.ben)).contains(.bell))
        #expect(!talk.effects(.invited(Talk.aisha, by: Talk.ben), isReplay: true).contains(.bell))
    }

    @Test func theDesktopIsToldAFewWordsWithoutATime() {
        var talk = Talk.begun { $0.time = .minutes }
        let effects = talk.effects(said("aisha: " + String(repeating: "x", count: 400)))
        let words = "ben: aisha: " + String(repeating: "x", count: 188)
        #expect(effects.last == .notify(words))
    }

    @Test func whoCameBeforeAPauseIsToldAboveItsMark() {
        var talk = Talk.begun()
        talk.conversation.noteKey(at: talk.now.clock)
        _ = talk.hear(.joined(Talk.carla))
        talk.now.clock = talk.now.clock + .seconds(1_000)
        #expect(talk.hear(said("hi")) == ["* carla joined the chat *", "*-- new --*", "ben: hi"])
    }

    @Test func linesThatWaitForTheRateLimitDoSoOnTheirConnectionOnly() {
        var talk = Talk.begun()
        _ = talk.hear(.waiting(lines: 3))
        #expect(talk.conversation.liveRows.count == 1)
        _ = talk.hear(.waiting(lines: 0))
        #expect(talk.conversation.liveRows.isEmpty)
        _ = talk.hear(.waiting(lines: 3))
        lose(&talk)
        #expect(talk.conversation.liveRows.isEmpty)
    }

    @Test func theNextAttemptIsCountedDownToItsBeginning() {
        var talk = Talk.begun()
        lose(&talk)
        talk.conversation.noteAttempt(inSeconds: 0)
        #expect(talk.conversation.liveRows.map(\.text) == ["*! the connection is lost; trying again"])
    }

    @Test func aStayThatWasOverIsToldToHaveBeenSeenByTheOthers() {
        for isResumed in [true, false] {
            var talk = Talk.begun()
            lose(&talk)
            let told = talk.enter(isResumed: isResumed).last?.contains("the others were told that you left")
            #expect(told == !isResumed)
        }
    }

    @Test func aRefusalWithoutWordsIsToldByItsCode() {
        var talk = Talk.begun()
        #expect(talk.hear(.refused(.init(.notInRoom, text: ""))) == ["*! not done: not-in-room"])
    }

    @Test func whatIsOverAlreadyLastsNoLonger() {
        let now = Moment(calendar: UnixTime(seconds: 5_000), clock: .start)
        #expect(Conversation.terms(until: 1_000, nil, now) == LevelZero.duration(seconds: 0))
    }
}
