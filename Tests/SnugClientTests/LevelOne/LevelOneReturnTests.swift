// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugClient
@testable import SnugProtocol

/// What a stay does with each message, and what it remembers for the next connection.
@Suite struct LevelOneReturnTests {
    private static let me = ModelChat.person
    private static let ben = ServerMessage.Person(id: "2", name: "ben")
    private static let speech = ServerMessage.EventKind.said(ben, text: "hi", isAction: false)

    private static func stay(_ rooms: [String] = [], _ manner: LevelOneState.Manner = .person)
        -> LevelOneState
    {
        LevelOneState(name: "aisha", rooms: rooms, client: "test", mark: "m", manner: manner)
    }

    private static func settled(
        _ rooms: [String] = [],
        _ manner: LevelOneState.Manner = .person
    ) throws -> LevelOneState {
        var state = stay(rooms, manner)
        _ = try state.enter()
        for room in ["main"] + rooms { _ = try state.open(room) }
        _ = state.takeOutgoing()
        return state
    }

    private static func refusal(_ ref: String? = nil) -> ServerMessage {
        ServerMessage(.refused(.init(.notInRoom, text: "no")), ref: ref)
    }

    private static func room(_ name: String, last: UInt64, isPrivate: Bool = false) -> ServerMessage {
        ServerMessage(.room(.init(room: name, isPrivate: isPrivate, people: [], last: last)))
    }

    private static func end(_ room: String, ref: String? = nil) -> ServerMessage {
        ServerMessage(.history(.init(room: room, count: 0, hasMore: false)), ref: ref)
    }

    // MARK: Entering

    @Test func aNumberThatIsKnownWithoutItsEpochIsOneOfTheFirst() throws {
        let position = LevelOneState.Position(sequence: 47)
        var state = LevelOneState(name: "aisha", client: "test", mark: "m", position: position)
        #expect(try state.enter()?.resume?.token == "m")
        state.lose()
        state.begin()
        guard case .hello(var hello) = LevelOneState.hello().kind else { return }
        hello.epoch = "later"
        _ = try state.take(ServerMessage(.hello(hello)))
        guard case .enter(let enter)? = state.takeMessages().last?.kind else { return }
        #expect(enter.resume?.epoch == "now" && enter.resume?.token == "t")
    }

    @Test func whatCanBeNoRoomIsForTheServerToRefuseAndIsWaitedFor() throws {
        var state = Self.stay(["**"])
        #expect(try state.enter()?.rooms == ["**"])
        #expect(try state.open("main").contains(.settled) == false)
        #expect(try state.take(Self.refusal()).last == .settled)
    }

    @Test func roomsThatLookTheSameAreAskedForOnce() throws {
        var state = Self.stay(["ops", "OPS", "Main"])
        #expect(try state.enter()?.rooms == ["ops"])
        var settled = try Self.settled(["ops"])
        settled.ask(.join(room: "Ops"))
        settled.lose()
        #expect(try settled.enter()?.rooms == ["ops"])
    }

    @Test func whoLeavesWhileItIsLetInSaysSo() throws {
        var state = Self.stay()
        state.begin()
        _ = try state.take(LevelOneState.hello())
        _ = state.takeOutgoing()
        state.quit()
        #expect(state.takeMessages().map(\.kind) == [.quit])
        #expect(!state.isOver)
        state.lose()
        #expect(state.isOver)
    }

    @Test func whoIsThereAlreadyDoesNotBeginAgain() throws {
        var state = try Self.settled()
        state.begin()
        #expect(state.phase == .present)
    }

    @Test func whatComesWithoutAConnectionIsNothing() throws {
        var state = try Self.settled()
        state.lose()
        #expect(try state.hear(Self.speech, at: 20).isEmpty)
        #expect(try state.take(Self.room("main", last: 30)).isEmpty)
        _ = try state.enter()
        #expect(try state.hear(Self.speech, at: 20, isReplay: true).count == 1)
    }

    @Test func aPingIsAnswered() throws {
        var state = try Self.settled()
        #expect(try state.take(ServerMessage(.ping(id: "7"))).isEmpty)
        #expect(state.takeMessages().map(\.kind) == [.pong(id: "7")])
    }

    // MARK: Lines

    @Test func aLineThatIsRefusedIsAnswered() throws {
        var state = try Self.settled()
        let ref = try state.saying("hi", in: "main")
        _ = try state.take(Self.refusal(ref))
        #expect(state.isAnswered)
    }

    @Test func aLineWaitsUntilItsRoomIsToldAndIsSentOnceOnEachConnection() throws {
        var state = Self.stay(["ops"])
        _ = try state.enter()
        for text in ["one", "two"] { _ = try state.saying(text, in: "ops") }
        _ = try state.saying("psst", to: "ben")
        _ = try state.open("main")
        #expect(state.takeMessages().isEmpty)
        _ = try state.open("ops")
        #expect(state.takeMessages().count == 3)
        _ = try state.saying("three", in: "ops")
        #expect(state.takeMessages().count == 1)
        // Told once more, as after a question.
        #expect(try state.open("ops").contains(.settled) == false)
        #expect(state.takeMessages().isEmpty)
        #expect(state.hasDoubtfulLines)
    }

    @Test func aLineThatWaitedForAnOpenRoomIsSaidThere() throws {
        var state = try Self.settled(["den"])
        state.lose()
        let ref = try state.saying("hi", in: "den")
        _ = try state.enter()
        for room in ["main", "den"] { _ = try state.open(room) }
        #expect(state.takeMessages().map(\.ref) == [ref])
    }

    @Test(arguments: [true, false])
    func whatWasSaidToGuestsIsNotSaidToEverybody(isMadePrivate: Bool) throws {
        var state = try Self.settled()
        _ = try state.open("den", isPrivate: !isMadePrivate)
        if isMadePrivate { _ = try state.hear(.private(by: Self.ben), at: 12, in: "den") }
        let ref = try state.saying("between us", in: "den")
        state.lose()
        _ = try state.enter()
        _ = try state.open("main")
        #expect(try state.open("den").contains(.withheld(ref: ref)))
    }

    @Test func whatWasSaidToGuestsIsSaidToThemAgain() throws {
        var state = try Self.settled()
        _ = try state.open("den", isPrivate: true)
        let ref = try state.saying("between us", in: "den")
        _ = state.takeOutgoing()
        state.lose()
        _ = try state.enter()
        _ = try state.open("main")
        #expect(try state.open("den", isPrivate: true).contains(.withheld(ref: ref)) == false)
        #expect(state.takeMessages().map(\.ref) == [ref])
    }

    // MARK: Rooms

    @Test func aRefusalCountsForItsOwnConnectionOnly() throws {
        var state = Self.stay(["den", "ops"])
        _ = try state.enter()
        _ = try state.take(Self.refusal())
        for room in ["main", "ops"] { _ = try state.open(room) }
        state.lose()
        _ = try state.enter()
        #expect(try state.open("main").contains(.settled) == false)
        #expect(try state.open("ops").contains(.settled))
    }

    @Test func aJoinThatACutHasSwallowedMayBeRefusedAfterwards() throws {
        var state = try Self.settled()
        state.ask(.join(room: "ops"))
        state.lose()
        _ = try state.enter()
        _ = try state.take(Self.refusal())
        #expect(try state.open("main").contains(.shut(room: "ops")))
    }

    @Test func aRoomThatIsStillToBeJoinedIsNotShut() throws {
        var state = Self.stay(["den"])
        _ = try state.enter()
        state.ask(.join(room: "tea"))
        _ = try state.take(Self.refusal())
        _ = try state.open("main")
        let news = try state.open("tea")
        #expect(!news.contains(.shut(room: "tea")))
        state.lose()
        #expect(try state.enter()?.rooms.contains("tea") == true)
    }

    @Test func onlyOnesOwnComingAndGoingChangesWhereOneIs() throws {
        var state = try Self.settled(["ops"])
        let ref = state.ask(.join(room: "tea"))
        _ = try state.hear(.joined(Self.ben), at: 11, in: "tea")
        _ = try state.hear(.left(Self.ben, Code(.left)), at: 12, in: "ops")
        _ = try state.hear(.renamed(Self.ben, from: "dan"), at: 13, in: "ops")
        // It was refused after all.
        _ = try state.take(Self.refusal(ref))
        state.lose()
        let enter = try state.enter()
        #expect(enter?.rooms == ["ops"] && enter?.name == "aisha")
    }

    @Test func aRoomThatOneWasLetIntoIsNotForgottenByALaterRefusal() throws {
        var state = try Self.settled()
        let ref = state.ask(.join(room: "tea"))
        _ = try state.hear(.joined(Self.me), at: 11, in: "tea", ref: ref)
        _ = try state.take(Self.refusal(ref))
        state.lose()
        #expect(try state.enter()?.rooms == ["tea"])
    }

    @Test func mainIsWhatItIsWhoeverIsPutOutOfIt() throws {
        var state = try Self.settled()
        _ = try state.hear(.left(Self.me, Code(.kicked)), at: 11)
        #expect(try state.hear(Self.speech, at: 12).count == 1)
        #expect(try state.hear(Self.speech, at: 12).isEmpty)
    }

    @Test func aProgramIsInNoRoomThatItHasNotAskedFor() throws {
        var state = try Self.settled([], .program)
        _ = try state.open("ops")
        state.lose()
        #expect(try state.enter()?.rooms == [])
    }

    // MARK: Events

    @Test func aRoomKeepsTheNameThatTheServerGivesIt() throws {
        var state = try Self.settled(["OPS"])
        _ = try state.take(Self.room("ops", last: 9))
        _ = try state.hear(Self.speech, at: 20, in: "ops")
        state.lose()
        let seen = try state.enter()?.resume?.seen ?? []
        #expect(seen.contains(.init(room: "ops", sequence: 20)))
    }

    @Test func theAnswerToAQuestionTellsOfNoRoomThatOneIsIn() throws {
        var state = Self.stay()
        _ = try state.enter()
        var told = Self.room("main", last: 500)
        told.ref = "m-9"
        _ = try state.take(told)
        _ = try state.take(Self.end("main", ref: "m-9"))
        #expect(try state.open("main").contains(.settled))
        #expect(try state.hear(Self.speech, at: 20).count == 1)
    }

    @Test func whatIsToldOnceMoreOfARoomTakesNothingBack() throws {
        var state = try Self.settled()
        _ = try state.take(Self.room("main", last: 500))
        #expect(try state.hear(Self.speech, at: 20).count == 1)
        #expect(try state.take(Self.end("main")) == [.message(Self.end("main"))])
        #expect(try state.hear(Self.speech, at: 21).count == 1)
    }

    @Test func aGapIsToldOnceAndWhatItSaysIsGone() throws {
        var state = try Self.settled()
        func gap(_ after: UInt64, _ before: UInt64) -> ServerMessage {
            ServerMessage(.gap(room: "main", after: after, before: before))
        }
        #expect(try state.take(gap(9, 30)).count == 1)
        #expect(try state.take(gap(9, 30)).isEmpty)
        #expect(try state.take(gap(40, 35)).isEmpty)
        #expect(try state.hear(Self.speech, at: 29, isReplay: true).isEmpty)
        #expect(try state.hear(Self.speech, at: 30).count == 1)
    }

    @Test func anEventIsToldOnceAndNumbersDoNotGoBack() throws {
        var state = try Self.settled()
        for sequence: UInt64 in [20, 25] { #expect(try state.hear(Self.speech, at: sequence).count == 1) }
        for sequence: UInt64 in [20, 25] { #expect(try state.hear(Self.speech, at: sequence).isEmpty) }
        _ = state.ask(.history(room: "main", before: 9, limit: 5))
        // Not told again, and not on a page either.
        #expect(try state.hear(Self.speech, at: 20).isEmpty)
        state.lose()
        #expect(try state.enter()?.resume?.seen == [.init(room: "main", sequence: 25)])
    }

    @Test func anOwnLineThatIsConfirmedAgainIsOnNoPage() throws {
        var state = try Self.settled()
        _ = try state.hear(Self.speech, at: 20)
        let ref = try state.saying("hi", in: "main")
        _ = state.ask(.history(room: "main", before: 9, limit: 5))
        let own = ServerMessage.EventKind.said(Self.me, text: "hi", isAction: false)
        #expect(try state.hear(own, at: 15, isReplay: true, ref: ref) == [.confirmed(ref: ref)])
    }

    @Test func aPageThatIsRefusedIsNotWaitedFor() throws {
        var state = try Self.settled()
        let ref = state.ask(.history(room: "main", before: 9, limit: 5))
        #expect(try state.hear(Self.speech, at: 3, isReplay: true).count == 1)
        _ = try state.take(Self.refusal(ref))
        #expect(try state.hear(Self.speech, at: 4, isReplay: true).isEmpty)
    }

    @Test func numbersOfAnotherEpochMeanNothing() throws {
        var state = try Self.settled()
        _ = try state.hear(Self.speech, at: 50)
        state.lose()
        state.begin()
        guard case .hello(var hello) = LevelOneState.hello().kind else { return }
        hello.epoch = "later"
        _ = try state.take(ServerMessage(.hello(hello)))
        _ = try state.take(ServerMessage(.entered(.init(you: Self.me, token: "t", isResumed: false))))
        #expect(try state.hear(Self.speech, at: 2, isReplay: true).count == 1)
    }
}
