// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugFraming
import SnugRooms
import SnugTransport
import TestSupport
import Testing

@testable import SnugServer

/// Room loops that a test runs turn by turn, with a clock that it turns itself.
@Suite(.timeLimit(.minutes(5))) struct RoomLoopTests {
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
        #expect(ann.stillHereCount == 0)
        for seconds in 1...3 {
            room.pass(.seconds(1))
            _ = room.heard(by: ann)
            #expect(ann.stillHereCount <= seconds)
        }
        #expect(ann.stillHereCount >= 2)
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
        let room = try TestRoom {
            $0.lineRate = .unlimited
            $0.backlogBytes = 65_536
        }
        let ann = try room.enter("ann")
        room.turn()
        _ = room.heard(by: ann)
        var asked = 0
        // As much as the server takes, and then some more turns.
        while asked < 20_000, ann.sendIfTaken("/help") {
            asked += 1
            if asked % 20 == 0 { room.turn() }
        }
        for _ in 0..<20 { room.turn() }
        #expect(asked < 20_000)
        #expect(!ann.isGone && room.log.count == 1, "\(room.log)")
        #expect(room.allHeard(by: ann).count == asked)
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
        #expect(room.loops.map(\.backlog.keptBytes) == [0, 0])
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

/// A room without a lobby: loops, and guests at the other ends of socket pairs.
private final class TestRoom {
    let hub: RoomHub
    let loops: [RoomLoop]
    private let clock = TestClock()
    private let events = Lock<[String]>([])
    private let buffers = IOBuffers()
    /// Who is not held leaves.
    private var guests: [Guest] = []

    init(loops count: Int = 1, _ configure: (inout ServerLimits) -> Void = { _ in }) throws {
        var configuration = ServerConfiguration(tlsAddresses: [])
        configuration.loops = count
        configure(&configuration.limits)
        let mailboxes = try (0..<count).map { _ in try RoomMailbox() }
        let hub = RoomHub(mailboxes: mailboxes, maximumMembers: 100)
        self.hub = hub
        let (clock, events) = (clock, events)
        loops = try mailboxes.map { mailbox in
            try RoomLoop(
                configuration: configuration,
                hub: hub,
                mailbox: mailbox,
                report: { event in events.withLock { $0.append("\(event)") } },
                clock: { clock.now }
            )
        }
    }

    var log: [String] { events.withLock { $0 } }

    func enter(_ name: String) throws -> Guest {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        try #require(socketpair(AF_UNIX, kind, 0, &ends) == 0)
        let near = SocketConnection.plain(SocketChannel(owning: OwnedDescriptor(owning: ends[0])))
        // Small, so that a reader that does not read is felt soon.
        var bytes: Int32 = 4_096
        setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        let far = SocketConnection.plain(SocketChannel(owning: OwnedDescriptor(owning: ends[1])))
        let admitted = hub.admit(NameRequest(name), fallbackName: "anon", warnings: []) { admission in
            HandedOver(
                Arrival(
                    id: admission.id,
                    name: admission.name,
                    peer: .loopback(port: 1),
                    facts: .plain,
                    connection: far,
                    decoder: FrameDecoder(),
                    addressSlot: nil
                )
            )
        }
        #expect(admitted?.text == name)
        let guest = Guest(near, buffers)
        guests.append(guest)
        return guest
    }

    /// Lets all loops take a turn, or one.
    func turn(only index: Int? = nil) {
        for (number, loop) in loops.enumerated() where index == nil || number == index {
            if !loop.isFinished { loop.turn(mayWait: false) }
        }
    }

    /// Turns the clock, and lets whoever is due by then act.
    func pass(_ time: Duration, turning: Bool = true) {
        clock.pass(time)
        if turning { for _ in 0..<3 { turn() } }
    }

    /// Turns until everything that can happen without time has, and notices that wait have come.
    func settle() {
        for _ in 0..<8 { pass(.milliseconds(25)) }
    }

    /// What a guest was sent since it last read.
    func heard(by guest: Guest) -> [String] { guest.read() }

    /// What a guest is sent if it goes on reading.
    func allHeard(by guest: Guest) -> [String] {
        var texts: [String] = []
        while case let more = heard(by: guest), !more.isEmpty {
            texts += more
            for _ in 0..<3 { turn() }
        }
        return texts
    }

    /// Somebody at the other end.
    final class Guest {
        private let connection: any Connection
        private let buffers: IOBuffers
        private var decoder = FrameDecoder()
        private(set) var stillHereCount = 0
        /// The server has said goodbye.
        private(set) var hasEnded = false
        /// The connection is no more, whether there was a goodbye or not.
        private(set) var isGone = false

        init(_ connection: any Connection, _ buffers: IOBuffers) {
            self.connection = connection
            self.buffers = buffers
        }

        func send(_ text: String) throws { try send(raw: FrameEncoder.frame(text)) }

        func send(raw bytes: [UInt8]) throws {
            let taken = try connection.write(bytes.span.bytes, buffers)
            try #require(taken == bytes.count)
        }

        /// Returns whether the kernel took it.
        func sendIfTaken(_ text: String) -> Bool {
            guard let frame = try? FrameEncoder.frame(text) else { return false }
            return (try? connection.write(frame.span.bytes, buffers)) == frame.count
        }

        func leave() { connection.close() }

        func read() -> [String] {
            var texts: [String] = []
            while !hasEnded, !isGone {
                do throws(TransportError) {
                    switch try connection.read(buffers) {
                    case .endOfStream:
                        hasEnded = true
                        isGone = true
                    case .plaintext(let count):
                        buffers.withPlaintext(bytes: count) { bytes in try? decoder.append(bytes) }
                    case .wouldBlock:
                        return texts + takeFrames()
                    }
                } catch { isGone = true }
                texts += takeFrames()
            }
            return texts
        }

        private func takeFrames() -> [String] {
            var texts: [String] = []
            while let frame = decoder.next() {
                guard frame.isEmpty else {
                    texts.append(String(decoding: frame, as: UTF8.self))
                    continue
                }
                stillHereCount += 1
            }
            return texts
        }
    }
}
