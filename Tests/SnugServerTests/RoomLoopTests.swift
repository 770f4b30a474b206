// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugRooms
import TestSupport
import Testing

@testable import SnugServer

/// Room loops that a test runs turn by turn, with a clock that it turns itself.
@Suite(.timeLimit(.minutes(30))) struct RoomLoopTests {
    // MARK: Time

    @Test func whoSaysNothingIsShownOutAfterFiveMinutesAndNotBefore() throws {
        let room = try TestRoom()
        let (ann, ben) = (try room.enter("ann"), try room.enter("ben"))
        room.turn()
        for _ in 0..<2 {
            room.pass(.milliseconds(149_999))
            try ben.send("")
            room.turn()
        }
        #expect(room.heard(by: ben) == ["* ben joined the chat *"])
        room.pass(.milliseconds(2))
        #expect(room.heard(by: ben) == ["* ann left *"])
        #expect(
            room.heard(by: ann) == [
                "* ann joined the chat *", "* ben joined the chat *",
                "* nothing came in for 300 seconds; the connection ends *",
            ]
        )
        #expect(ann.hasEnded && !ben.hasEnded)
        #expect(room.log.contains { $0.hasSuffix(" left as ann: idle for 300 s") })
    }

    @Test func aFrameThatWasBegunHasFifteenSecondsHoweverOftenAByteOfItComes() throws {
        let room = try TestRoom()
        let (ann, ben) = (try room.enter("ann"), try room.enter("ben"))
        room.turn()
        _ = room.heard(by: ben)
        let frame = try FrameEncoder.frame("hello, everybody")
        for byte in frame.prefix(15) {
            try ann.send(raw: [byte])
            room.turn()
            room.pass(.milliseconds(999))
        }
        #expect(room.heard(by: ben) == [])
        room.pass(.seconds(1))
        #expect(room.heard(by: ben) == ["* ann left *"])
        _ = room.heard(by: ann)
        #expect(ann.isGone)
    }

    @Test func aFrameThatIsFinishedInTimeIsSaid() throws {
        let room = try TestRoom()
        let (ann, ben) = (try room.enter("ann"), try room.enter("ben"))
        room.turn()
        _ = room.heard(by: ben)
        let frame = try FrameEncoder.frame("hello")
        for _ in 0..<3 {
            try ann.send(raw: Array(frame.prefix(6)))
            room.turn()
            room.pass(.milliseconds(14_900))
            try ann.send(raw: Array(frame.dropFirst(6)))
            room.turn()
            #expect(room.heard(by: ben) == ["ann: hello"])
        }
    }

    @Test func linesBeyondTheBurstComeAFifthOfASecondApart() throws {
        let room = try TestRoom()
        let (ann, ben) = (try room.enter("ann"), try room.enter("ben"))
        room.turn()
        _ = room.heard(by: ben)
        for number in 1...14 { try ann.send("\(number)") }
        room.turn()
        #expect(room.heard(by: ben) == (1...10).map { "ann: \($0)" })
        for number in 11...14 {
            room.pass(.milliseconds(199))
            #expect(room.heard(by: ben) == [])
            room.pass(.milliseconds(1))
            #expect(room.heard(by: ben) == ["ann: \(number)"])
        }
    }

    @Test func whileLinesWaitTheirSpeakerIsToldEachSecondThatTheServerIsThere() throws {
        let room = try TestRoom { $0.lineRate = LineRate(burst: 1, perSecond: 1) }
        let ann = try room.enter("ann")
        room.turn()
        for number in 1...4 { try ann.send("\(number)") }
        room.turn()
        _ = room.heard(by: ann)
        #expect(ann.stillHereCount == 0)
        for seconds in 1...3 {
            room.pass(.seconds(1))
            _ = room.heard(by: ann)
            #expect(ann.stillHereCount <= seconds)
        }
        let count = ann.stillHereCount
        #expect(count >= 2)
        for _ in 0..<5 { room.pass(.seconds(1)) }
        _ = room.heard(by: ann)
        #expect(ann.stillHereCount == count, "all is said")
    }

    /// A filter that has ended its input gives up on a server that says nothing.
    @Test func whoEndsItsInputWhileTheServerReadsNoFurtherHearsAtOnceThatItIsThere() throws {
        let room = try TestRoom {
            $0.lineRate = LineRate(burst: 1, perSecond: 1)
            $0.unreadBytes = 100
        }
        let ann = try room.enter("ann")
        room.turn()
        for number in 1...40 { try ann.send("line \(number)") }
        room.settle()
        _ = room.heard(by: ann)
        #expect(ann.stillHereCount == 0)
        try ann.finish()
        room.turn()
        _ = room.heard(by: ann)
        #expect(ann.stillHereCount == 1)
    }

    /// It is the one that is woken when something comes due earlier.
    @Test func whatComesDueInTheChatIsDoneByTheFirstLoopAlone() throws {
        let desk = try TextDesk(loops: 2)
        var configuration = ServerConfiguration(tlsAddresses: [])
        configuration.loops = 2
        let loops = try desk.mailboxes.map {
            try RoomLoop(configuration: configuration, hub: desk.hub, mailbox: $0, report: { _ in })
        }
        let ann = try desk.enter("ann") { $0.isOperator = true }
        _ = try desk.enter("ben", from: "192.0.2.9")
        _ = try desk.type("/ban ben 1h", as: ann)
        for loop in 0..<2 { _ = try desk.posted(to: loop) }
        desk.pass(milliseconds: 3_600_000)
        loops[1].turn(mayWait: false)
        #expect(desk.hub.timeToNextDue == .zero)
        loops[0].turn(mayWait: false)
        #expect(desk.hub.timeToNextDue == nil)
    }

    @Test func aNoticeThatComesSoonAfterAnotherWaitsForALineOrTwentyMilliseconds() throws {
        let room = try TestRoom()
        let ann = try room.enter("ann")
        room.turn()
        _ = room.heard(by: ann)
        room.pass(.seconds(1))
        _ = try room.enter("ben")
        room.turn()
        #expect(room.heard(by: ann) == ["* ben joined the chat *"], "the first one at once")
        let cem = try room.enter("cem")
        room.turn()
        #expect(room.heard(by: ann) == [])
        #expect(room.heard(by: cem) == ["* cem joined the chat *"], "who comes in is told at once")
        room.pass(.milliseconds(20))
        #expect(room.heard(by: ann) == ["* cem joined the chat *"])
        _ = try room.enter("dia")
        room.turn()
        try cem.send("hello")
        room.turn()
        #expect(room.heard(by: ann) == ["* dia joined the chat *", "cem: hello"])
    }

    // MARK: Readers that do not read

    @Test func aReaderThatTakesNothingIsDroppedAfterTenSeconds() throws {
        let room = try TestRoom { $0.lineRate = .unlimited }
        let ann = try room.enter("ann")
        _ = try room.enter("ben")
        room.turn()
        _ = room.heard(by: ann)
        let line = String(repeating: "x", count: 400)
        for _ in 0..<100 { try ann.send(line) }
        for _ in 0..<5 { room.turn() }
        room.pass(.milliseconds(9_999))
        #expect(room.heard(by: ann) == [])
        room.pass(.milliseconds(2))
        #expect(room.heard(by: ann) == ["* ben left *"])
        #expect(room.log.contains { $0.hasSuffix(" left as ben: slow reader, took nothing for 10 s") })
    }

    @Test func aReaderForWhomTooMuchWaitsIsDroppedAtOnceAndNobodyElseNotices() throws {
        let room = try TestRoom {
            $0.lineRate = .unlimited
            $0.backlogBytes = 65_536
        }
        let (ann, cem) = (try room.enter("ann"), try room.enter("cem"))
        _ = try room.enter("ben")
        room.turn()
        _ = room.heard(by: ann)
        _ = room.heard(by: cem)
        let line = String(repeating: "x", count: 400)
        var heard: [String] = []
        for number in 0..<400 {
            try ann.send("\(number) \(line)")
            room.turn()
            heard += room.heard(by: cem)
        }
        #expect(heard.filter { $0 != "* ben left *" } == (0..<400).map { "ann: \($0) \(line)" })
        #expect(heard.contains("* ben left *"))
        #expect(room.log.contains { $0.hasSuffix("slow reader, more than 65536 bytes waited for it") })
    }

    /// Its questions stay in the kernel until it reads the answers; to read them all the same would fill its backlog.
    @Test func ofWhoDoesNotReadItsAnswersNoMoreQuestionsAreRead() throws {
        let room = try TestRoom { $0.lineRate = .unlimited }
        try room.expectToReadNoMoreQuestions(of: room.enter("ann"), "/help", perTurn: 20)
    }

    /// A turn's answers come on top of what waits already; both have room in the smallest backlog there is.
    @Test(arguments: [1, 20, 128, 500])
    func whoAsksAndDoesNotReadIsNotDroppedForTheAnswersToOneTurnsQuestions(questionsPerTurn: Int) throws {
        let room = try TestRoom {
            $0.lineRate = .unlimited
            $0.backlogBytes = 65_536
        }
        try room.expectToReadNoMoreQuestions(of: room.enter("ann"), "/help", perTurn: questionsPerTurn)
    }

    // MARK: Order

    /// Two loops take their turns in a random order, and who only listens hears the same on either.
    @Test(arguments: 0..<25)
    func everyoneHearsEverythingOnceInOneOrderWhicheverLoopTakesItsTurn(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let room = try TestRoom(loops: 2) { $0.lineRate = .unlimited }
        let listeners = [try room.enter("left"), try room.enter("right")]
        let speakers = try ["ann", "ben", "cem", "dia"].map { try room.enter($0) }
        room.settle()
        for guest in listeners + speakers { _ = room.heard(by: guest) }
        var heard: [[String]] = [[], []]
        var sent = [0, 0, 0, 0]
        var visitors: [TestRoom.Guest] = []
        for number in 0..<300 {
            switch Int.random(in: 0..<8, using: &random) {
            case 0:
                let index = Int.random(in: 0..<2, using: &random)
                heard[index] += room.heard(by: listeners[index])
            case 1: room.pass(.milliseconds(Int.random(in: 0...30, using: &random)), turning: false)
            case 2 where visitors.isEmpty: visitors.append(try room.enter("visitor \(number)"))
            case 2: visitors.removeLast().leave()
            case 3, 4: room.turn(only: Int.random(in: 0..<2, using: &random))
            default:
                let index = Int.random(in: 0..<4, using: &random)
                for _ in 0..<Int.random(in: 1...5, using: &random) {
                    sent[index] += 1
                    try speakers[index].send("\(index) \(sent[index])")
                }
            }
        }
        room.settle()
        for index in 0..<2 { heard[index] += room.allHeard(by: listeners[index]) }
        #expect(heard[0] == heard[1])
        for (index, name) in ["ann", "ben", "cem", "dia"].enumerated() {
            let lines = heard[0].filter { $0.hasPrefix("\(name): ") }
            #expect(lines == (0..<sent[index]).map { "\(name): \(index) \($0 + 1)" })
            // Who speaks hears all but its own.
            let others = heard[0].filter { !$0.hasPrefix("\(name): ") }
            #expect(room.allHeard(by: speakers[index]) == others)
        }
        // With the next line, what all have is forgotten.
        for visitor in visitors { _ = room.allHeard(by: visitor) }
        try speakers[0].send("the last one")
        room.settle()
        #expect(room.loops.map { $0.audiences.keptBytes } == [0, 0])
    }

    // MARK: Rooms

    @Test(arguments: [1, 2])
    func whoGoesToAnotherRoomWhileItIsBehindLosesNothingAndHearsEachRoomInItsTurn(loops: Int) throws {
        let room = try TestRoom(loops: loops) { $0.lineRate = .unlimited }
        let (ann, ben, cem) = (try room.enter("ann"), try room.enter("ben"), try room.enter("cem"))
        room.settle()
        for guest in [ann, ben, cem] { _ = room.heard(by: guest) }
        let line = String(repeating: "x", count: 400)
        for number in 0..<60 { try ann.send("\(number) \(line)") }
        room.settle()
        try ben.send("/join den")
        room.settle()
        try ann.send("not for ben")
        try cem.send("/join den")
        room.settle()
        try cem.send("hello, den")
        room.settle()
        let heard = room.allHeard(by: ben)
        #expect(heard.prefix(60) == (0..<60).map { "ann: \($0) \(line)" }[...])
        #expect(
            heard.dropFirst(60) == [
                "* ben joined the chat *", TextDesk.kept, "* you are in #den (1 here) *",
                "* cem joined the chat *", "cem: hello, den",
            ]
        )
        #expect(Array(room.allHeard(by: ann).suffix(2)) == ["* ben left *", "* cem left *"])
        #expect(room.loops.map { $0.audiences.count }.reduce(0, +) >= loops)
    }

    /// Nothing is kept for whoever is lost, so there may be nothing left to take along.
    @Test func whoIsGoneBeforeItsJoinIsWorkedOffHarmsNobody() throws {
        let room = try TestRoom {
            $0.roomBytesPerSecond = 2_000
            $0.lineRate = .init(burst: 1_000, perSecond: 1_000)
        }
        let (ann, ben, cem) = (try room.enter("ann"), try room.enter("ben"), try room.enter("cem"))
        room.settle()
        for guest in [ann, ben, cem] { _ = room.heard(by: guest) }
        for number in 0..<20 { try ann.send("\(number)") }
        room.turn()
        try cem.send("/join den")
        cem.leave()
        var heard: [String] = []
        for number in 20..<40 {
            try ann.send("\(number)")
            room.pass(.seconds(1))
            heard += room.heard(by: ben)
        }
        for _ in 0..<60 {
            room.pass(.seconds(1))
            heard += room.heard(by: ben)
        }
        #expect(heard.filter { $0.hasPrefix("ann: ") } == (0..<40).map { "ann: \($0)" })
        #expect(heard.filter { $0 == "* cem left *" }.count == 1)
    }

    @Test func aRoomThatNobodyReadsAnyMoreIsForgotten() throws {
        let room = try TestRoom()
        let ann = try room.enter("ann")
        for number in 0..<20 {
            try ann.send("/join room \(number)")
            room.settle()
        }
        // The one that ann is in, and main, which is kept for the next to come.
        #expect(room.loops[0].audiences.count == 2)
    }

    // MARK: Stopping

    @Test func whatWasAcceptedIsDeliveredWhenTheServerStopsAndAllAreSaidGoodbyeTo() throws {
        let room = try TestRoom(loops: 2)
        let guests = try ["ann", "ben", "cem"].map { try room.enter($0) }
        room.settle()
        for guest in guests { _ = room.heard(by: guest) }
        for number in 1...30 { try guests[0].send("\(number)") }
        room.hub.drain()
        room.settle()
        for guest in guests.dropFirst() {
            #expect(room.allHeard(by: guest) == (1...30).map { "ann: \($0)" }, "whatever the rate")
        }
        #expect(room.allHeard(by: guests[0]) == [])
        #expect(guests.allSatisfy { $0.hasEnded })
        for guest in guests { guest.leave() }
        room.settle()
        #expect(room.loops.allSatisfy { $0.isFinished })
    }
}
