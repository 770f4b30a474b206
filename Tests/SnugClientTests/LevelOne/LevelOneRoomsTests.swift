// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugClient
@testable import SnugProtocol

/// A stay whose rooms, name and wishes change.
@Suite struct LevelOneRoomsTests {
    private static let ben = ServerMessage.Person(id: "2", name: "ben")
    private static let me = ModelChat.person

    private static func settled(
        rooms: [String] = [],
        _ manner: LevelOneState.Manner = .person
    ) throws -> LevelOneState {
        var state = LevelOneState(name: "aisha", rooms: rooms, client: "test", mark: "m", manner: manner)
        _ = try state.enter()
        for room in ["main"] + rooms { _ = try state.open(room) }
        _ = state.takeOutgoing()
        return state
    }

    @Test func aRoomThatWasJoinedIsOneToComeBackToAndOneThatWasLeftIsNot() throws {
        var state = try Self.settled()
        let ref = state.ask(.join(room: "ops"))
        #expect(state.takeMessages() == [ClientMessage(.join(room: "ops"), ref: ref)])
        _ = try state.open("ops")
        _ = try state.hear(.joined(Self.me), at: 10, in: "ops", ref: ref)
        state.lose()
        #expect(try state.enter()?.rooms == ["ops"])
        for room in ["main", "ops"] { _ = try state.open(room) }
        _ = try state.hear(.left(Self.me, Code(.left)), at: 11, in: "ops")
        state.lose()
        #expect(try state.enter()?.rooms == [])
    }

    @Test func aRoomThatIsRefusedIsForgottenWithTheLinesForIt() throws {
        var state = try Self.settled()
        let joining = state.ask(.join(room: "den"))
        let line = try state.saying("hello", in: "den")
        let refused = ServerMessage.Refused(.notInRoom, text: "no")
        let news = try state.take(ServerMessage(.refused(refused), ref: joining))
        #expect(news == [.refused(refused, ref: joining), .withheld(ref: line)])
        state.lose()
        #expect(try state.enter()?.rooms == [])
    }

    @Test func aJoinThatACutHasSwallowedIsMadeUpForAtTheNextConnection() throws {
        var state = try Self.settled()
        state.ask(.join(room: "ops"))
        state.say("hello", in: "ops")
        state.lose()
        #expect(try state.enter()?.rooms == ["ops"])
        _ = try state.open("main")
        #expect(state.takeMessages().isEmpty)
        #expect(try state.open("ops") == [.message(Self.end("ops")), .settled])
        #expect(state.takeMessages().map(\.kind) == [.say(room: "ops", text: "hello", isAction: false)])
    }

    @Test func aRoomThatIsClosedToUsWhenWeComeBackIsNamed() throws {
        var state = try Self.settled(rooms: ["den", "ops"])
        state.lose()
        let line = try state.saying("still there?", in: "den")
        _ = try state.enter()
        _ = try state.open("main")
        let refused = ServerMessage.Refused(.notInRoom, text: "no")
        #expect(try state.take(ServerMessage(.refused(refused))) == [.refused(refused, ref: nil)])
        let news = try state.open("ops")
        #expect(news.suffix(3) == [.shut(room: "den"), .withheld(ref: line), .settled])
    }

    @Test func aRoomThatAnotherSessionOfOursHasJoinedIsOursAsWell() throws {
        var state = try Self.settled()
        _ = try state.open("ops")
        state.say("hello", in: "ops")
        #expect(state.takeMessages().count == 1)
        for number in 0..<100 { _ = try state.open("room \(number)") }
        state.lose()
        // As many as a server takes.
        #expect(try state.enter()?.rooms.count == 16)
    }

    @Test func whoIsPutOutOfARoomDoesNotComeBackToItButMainIsEverybodys() throws {
        var state = try Self.settled(rooms: ["ops"])
        _ = try state.hear(.left(Self.me, Code(.kicked)), at: 10, in: "ops")
        _ = try state.hear(.left(Self.me, Code(.kicked)), at: 11, in: "main")
        state.lose()
        #expect(try state.enter()?.rooms == [])
        #expect(try state.open("main").last == .settled)
    }

    @Test func whoHasANewNameComesBackUnderIt() throws {
        var state = try Self.settled()
        let renamed = ServerMessage.Person(id: Self.me.id, name: "carla")
        _ = try state.hear(.renamed(Self.ben, from: "dan"), at: 10)
        _ = try state.hear(.renamed(renamed, from: "aisha"), at: 11)
        state.lose()
        #expect(try state.enter()?.name == "carla")
    }

    // MARK: Lines

    @Test func aLineToOnePersonIsSentAgainOnceEverythingThatWasMissedIsTold() throws {
        var state = try Self.settled(rooms: ["ops"])
        let ref = try state.saying("psst", to: "ben")
        let message = ClientMessage(.direct(to: "ben", text: "psst"), ref: ref)
        #expect(state.takeMessages() == [message])
        state.lose()
        #expect(state.hasDoubtfulLines)
        _ = try state.enter()
        _ = try state.open("main")
        #expect(state.takeMessages().isEmpty)
        _ = try state.open("ops")
        #expect(state.takeMessages() == [message])
        let direct = ServerMessage.Direct(sequence: 12, time: 0, from: Self.me, to: Self.ben, text: "psst")
        let told = ServerMessage(.direct(direct), ref: ref)
        #expect(try state.take(told) == [.confirmed(ref: ref), .message(told)])
        #expect(state.isAnswered)
    }

    @Test func moreLinesThanTheServerRemembersAreNotTaken() throws {
        var state = LevelOneState(name: "aisha", client: "test", mark: "m")
        for _ in 0..<LevelOneState.maximumUnanswered { #expect(state.say("x", in: "main") != nil) }
        #expect(state.say("x", in: "main") == nil)
        #expect(state.say("x", to: "ben") == nil)
        #expect(state.unansweredLines(sent: false).count == LevelOneState.maximumUnanswered)
    }

    // MARK: History

    @Test func aPageOfHistoryIsToldAlthoughItIsKnownAndNothingElseIs() throws {
        var state = try Self.settled()
        let line = ServerMessage.EventKind.said(Self.ben, text: "old", isAction: false)
        #expect(try state.hear(line, at: 5, isReplay: true).isEmpty)
        let ref = state.ask(.history(room: "main", before: nil, limit: 20))
        let old = LevelOneState.event(line, at: 5, isReplay: true)
        #expect(try state.take(old) == [.recalled(old)])
        let new = LevelOneState.event(line, at: 10)
        #expect(try state.take(new) == [.message(new)])
        let end = ServerMessage(.history(.init(room: "main", count: 1, hasMore: false)), ref: ref)
        #expect(try state.take(end) == [.message(end)])
        #expect(try state.hear(line, at: 6, isReplay: true).isEmpty)
    }

    @Test func aPageThatACutHasSwallowedIsNotWaitedFor() throws {
        var state = try Self.settled()
        state.ask(.history(room: "main", before: nil, limit: 20))
        state.lose()
        _ = try state.enter()
        _ = try state.open("main")
        #expect(try state.hear(.said(Self.ben, text: "x", isAction: false), at: 5, isReplay: true).isEmpty)
    }

    @Test func whoComesForTheFirstTimeIsToldAsMuchAsWasAskedFor() throws {
        var state = LevelOneState(
            name: "aisha",
            client: "test",
            mark: "m",
            manner: .person
        )
        #expect(try state.enter()?.history == 20)
        state.lose()
        #expect(try state.enter()?.history == 200)
    }

    @Test func whoWantsWhatWasSaidBeforeAndWasCutOffFromItGetsItTheNextTime() throws {
        let told = ServerMessage.RoomState(room: "main", people: [], last: 9)
        for manner in [LevelOneState.Manner.person, .program] {
            var state = LevelOneState(name: "aisha", client: "test", mark: "m", manner: manner)
            _ = try state.enter()
            _ = try state.take(ServerMessage(.room(told)))
            state.lose()
            let enter = try #require(try state.enter())
            // A program wants what happens from the moment on when it was in.
            let seen = manner.history > 0 ? [] : [ClientMessage.Seen(room: "main", sequence: 9)]
            #expect(enter.resume?.seen == seen)
            #expect(enter.history ?? 0 >= manner.history)
        }
    }

    @Test func nothingIsAskedWithoutAConnection() {
        var state = LevelOneState(name: "aisha", client: "test", mark: "m")
        #expect(state.ask(.rooms) == nil)
        #expect(state.ask(.join(room: "ops")) == nil)
    }

    private static func end(_ room: String) -> ServerMessage {
        ServerMessage(.history(.init(room: room, count: 0, hasMore: false)))
    }
}
