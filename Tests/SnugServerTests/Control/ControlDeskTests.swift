// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugFraming
import SnugRooms
import TestSupport
import Testing

@testable import SnugProtocol
@testable import SnugServer
@testable import SnugSystem

/// A control socket that a test runs turn by turn, with a clock that it turns itself, and with peers of the worst kind.
@Suite(.timeLimit(.minutes(30))) struct ControlDeskTests {
    private let folder: TemporaryFolder
    private let room: TextDesk
    private let desk: ControlDesk
    private let clock = TestClock()
    private let logged = Lock<[String]>([])

    init() throws {
        folder = try TemporaryFolder()
        room = try TextDesk(loops: 2)
        desk = try Self.desk(at: folder.path("control"), of: room.hub, clock, logged)
    }

    private static func desk(
        at path: String,
        of hub: ChatHub,
        _ clock: TestClock,
        _ logged: Lock<[String]>
    ) throws -> ControlDesk {
        try ControlDesk(
            try UnixListeningSocket(path: path),
            hub: hub,
            hello: ServerMessage(
                .hello(
                    ServerMessage.Hello(
                        ServerConfiguration(tlsAddresses: []),
                        hub,
                        needsPassphrase: false
                    )
                )
            ),
            strangerCount: { 7 },
            reloading: nil,
            report: { event in logged.withLock { $0.append("\(event)") } },
            clock: { clock.now }
        )
    }

    private var log: [String] { logged.withLock { $0 } }

    private func turn() { for _ in 0..<4 { desk.turn(mayWait: false) } }

    private func pass(_ time: Duration) {
        clock.pass(time)
        turn()
    }

    private func connect() throws -> Peer {
        let peer = try Peer(folder.path("control"))
        turn()
        return peer
    }

    /// The other end, which never waits.
    private final class Peer {
        private var socket: OwnedDescriptor?
        private var decoder = FrameDecoder()
        private(set) var isGone = false

        init(_ path: String) throws {
            let socket = try UnixAddress.openSocket()
            let number = socket.number
            try #require(try UnixAddress(path).withSystemAddress { Glibc.connect(number, $0, $1) } == 0)
            self.socket = consume socket
        }

        /// Sends what the kernel takes, and returns how much that was.
        @discardableResult
        func send(_ bytes: [UInt8]) -> Int {
            guard let number = socket?.number else { return 0 }
            return max(0, Glibc.send(number, bytes, bytes.count, Int32(MSG_NOSIGNAL)))
        }

        func send(_ kinds: ClientMessage.Kind...) throws {
            var bytes: [UInt8] = []
            for kind in kinds { try ClientMessage(kind).encode(appendingTo: &bytes) }
            send(bytes)
        }

        func endInput() { if let number = socket?.number { shutdown(number, Int32(SHUT_WR)) } }

        func leave() { socket = nil }

        /// The types of all messages that are here.
        func heard() throws -> [String] {
            var bytes = [UInt8](repeating: 0, count: 65_536)
            while let number = socket?.number, !isGone {
                let count = recv(number, &bytes, bytes.count, Int32(MSG_DONTWAIT))
                if count > 0 {
                    let taken = bytes[..<count]
                    try decoder.append(taken.span.bytes)
                } else if count == 0 || errno != EAGAIN {
                    isGone = true
                } else {
                    break
                }
            }
            var kinds: [String] = []
            while let frame = decoder.next() {
                let text = String(decoding: frame, as: UTF8.self)
                kinds.append(String(text.dropFirst(9).prefix { $0 != "\"" }))
            }
            return kinds
        }
    }

    // MARK: What is sent

    @Test func aGreetingThatComesInPiecesIsOne() throws {
        let peer = try connect()
        for byte in LevelChoice.preface {
            #expect(try peer.heard() == [])
            peer.send([byte])
            turn()
        }
        #expect(try peer.heard() == ["hello"])
    }

    @Test(arguments: [
        Array("GET / HTTP/1.1\r\n\r\n".utf8), [0x16, 0x03, 0x01, 0x02, 0x00],
        [0, 0, 0, 5] + Array("aisha".utf8),
        Array("SNG2".utf8), [0], Array("SNG".utf8) + [0],
    ])
    func whatIsNoGreetingEndsTheConnectionWithoutAWord(_ bytes: [UInt8]) throws {
        let peer = try connect()
        peer.send(bytes)
        turn()
        #expect(try peer.heard() == [] && peer.isGone)
        #expect(
            log == [
                "process \(getpid()) of uid \(geteuid()) was dropped at the control socket: it does not speak level 1"
            ]
        )
    }

    @Test func aFrameThatIsTooLongEndsTheConnectionAtItsFourthByte() throws {
        let peer = try connect()
        peer.send(LevelChoice.preface + [0, 0, 0x20, 0x01])
        turn()
        #expect(peer.isGone == false)
        _ = try peer.heard()
        #expect(peer.isGone && log.last?.hasSuffix("it announced a frame that is too long") == true)
    }

    @Test func framesThatAreNoMessageAreRefusedAndTheNextOneIsAnswered() throws {
        let peer = try connect()
        peer.send(LevelChoice.preface)
        let payloads = [
            "{", "[]", "{}", "nonsense", "{\"type\":7}", "{\"type\":\"kick\"}",
            "{\"type\":\"unban\",\"number\":1e3}",
            "{\"type\":\"ping\",\"id\":\"1\",\"id\":\"1\"}", String(repeating: "[", count: 8_000),
            "{\"type\":\"kick\",\"name\":\"\\ud800\"}",
        ]
        for payload in payloads { peer.send(try FrameEncoder.frame(payload)) }
        peer.send(try FrameEncoder.frame(""))
        try peer.send(.ping(id: "1"))
        for _ in 0..<10 { turn() }
        #expect(try peer.heard() == ["hello"] + payloads.map { _ in "refused" } + ["pong"])
    }

    @Test func whoEndsItsInputIsStillAnswered() throws {
        let peer = try connect()
        peer.send(LevelChoice.preface)
        try peer.send(.ping(id: "1"), .rooms, .bans, .ping(id: "2"))
        peer.endInput()
        for _ in 0..<4 { turn() }
        #expect(try peer.heard() == ["hello", "pong", "rooms", "bans", "pong"] && peer.isGone)
    }

    @Test func whoQuitsIsToldGoodbye() throws {
        let peer = try connect()
        peer.send(LevelChoice.preface)
        try peer.send(.quit, .ping(id: "1"))
        turn()
        #expect(try peer.heard() == ["hello", "bye"] && peer.isGone)
    }

    @Test func whoLooksInAndGoesIsNotWorthALine() throws {
        for _ in 0..<40 {
            let peer = try connect()
            peer.leave()
            turn()
        }
        #expect(log == [] && desk.hasRoom)
    }

    // MARK: Time and numbers

    @Test func whoSaysNothingIsDroppedAfterHalfAMinuteAndGivesItsPlaceToTheNext() throws {
        let silent = try (0..<ControlDesk.maximumPeers).map { _ in try connect() }
        #expect(!desk.hasRoom)
        let next = try connect()
        next.send(LevelChoice.preface)
        pass(.milliseconds(29_999))
        #expect(try next.heard() == [])
        pass(.milliseconds(2))
        for peer in silent { #expect(try peer.heard() == [] && peer.isGone) }
        turn()
        #expect(try next.heard() == ["hello"])
        #expect(log.count == ControlDesk.maximumPeers)
    }

    /// Between a wait and what is read behind it as well.
    @Test func whoSpokeUntilTheServerStoodStillIsNotDroppedForSilence() throws {
        let peer = try connect()
        peer.send(LevelChoice.preface)
        for _ in 1...3 {
            clock.passBehindTheNextLook(.seconds(31))
            try peer.send(.ping(id: "1"))
            turn()
        }
        #expect(try peer.heard() == ["hello", "pong", "pong", "pong"] && !peer.isGone && log == [])
    }

    @Test func aFrameThatIsNeverFinishedDoesNotKeepAPlace() throws {
        let peer = try connect()
        peer.send(LevelChoice.preface + [0, 0, 0x10, 0])
        // Real time passes as well, on a busy machine a second of it.
        for _ in 0..<20 {
            peer.send([0x20])
            pass(.seconds(1))
        }
        #expect(try peer.heard() == ["hello"] && !peer.isGone)
        pass(.seconds(11))
        #expect(try peer.heard() == [] && peer.isGone)
    }

    /// Whatever it asks for, only what the kernel holds and one part of an answer are made for a peer that does not read.
    @Test func whoTakesNothingIsDroppedAndLittleIsMadeForIt() throws {
        for number in 0..<300 { _ = try room.enter("guest\(number)") }
        let peer = try connect()
        peer.send(LevelChoice.preface)
        var asked: [UInt8] = []
        for _ in 0..<400 { try ClientMessage(.rooms).encode(appendingTo: &asked) }
        var isFull = false
        for _ in 0..<400 {
            if peer.send(asked) < asked.count { isFull = true }
            turn()
        }
        #expect(isFull)
        let lines = log.count
        for _ in 0..<20 { turn() }
        #expect(log.count == lines, "nothing more is answered")
        pass(.milliseconds(10_001))
        #expect(log.last?.hasSuffix("it sent no complete frame, or took nothing of its answer") == true)
        #expect(desk.hasRoom)
    }

    /// A loop that is stuck must not keep the owner from an answer, nor from the next one.
    @Test func loopsThatDoNotAnswerAreWaitedForTwoSeconds() throws {
        _ = try room.enter("ann")
        let (first, second) = (try connect(), try connect())
        for peer in [first, second] {
            peer.send(LevelChoice.preface)
            try peer.send(.control(.stats), .control(.sessions))
        }
        turn()
        #expect(try first.heard() == ["hello"])
        for _ in 0..<4 { pass(.milliseconds(2_001)) }
        #expect(try first.heard() == ["stats", "sessions"])
        #expect(try second.heard() == ["hello", "stats", "sessions"])
    }

    @Test func whoGoesWhileTheLoopsAreAskedIsForgotten() throws {
        _ = try room.enter("ann")
        for _ in 0..<40 {
            let peer = try connect()
            peer.send(LevelChoice.preface)
            try peer.send(.control(.sessions))
            turn()
            peer.leave()
            turn()
        }
        pass(.milliseconds(2_001))
        for _ in 0..<8 { pass(.milliseconds(2_001)) }
        #expect(desk.hasRoom)
        let peer = try connect()
        peer.send(LevelChoice.preface)
        try peer.send(.ping(id: "1"))
        turn()
        #expect(try peer.heard() == ["hello", "pong"])
    }

    @Test func whatComesAfterTheServersEndChangesNothing() throws {
        let ann = try room.enter("ann")
        for _ in room.mailboxes { room.hub.finishedReading() }
        let peer = try connect()
        peer.send(LevelChoice.preface)
        try peer.send(.kick(name: "ann", room: nil, reason: nil))
        turn()
        #expect(try peer.heard() == ["hello", "refused"])
        #expect(ann.name.text == "ann" && log == [])
    }

    // MARK: Entering

    private static let enter = ClientMessage.Kind.enter(.init(name: "owner", rooms: []))

    @Test func whoEntersIsAtTheSocketNoMoreAndHasNoDeadlineThere() throws {
        let peer = try connect()
        peer.send(LevelChoice.preface)
        try peer.send(Self.enter)
        turn()
        for _ in 0..<4 { pass(.seconds(31)) }
        #expect(try peer.heard() == ["hello"] && !peer.isGone)
        #expect(room.hub.allSessions.count == 1 && log == [])
    }

    @Test func nobodyEntersBehindTheServersEnd() throws {
        for _ in room.mailboxes { room.hub.finishedReading() }
        let peer = try connect()
        peer.send(LevelChoice.preface)
        try peer.send(Self.enter)
        turn()
        #expect(try peer.heard() == ["hello", "refused", "bye"] && peer.isGone)
    }

    @Test(arguments: [true, false]) func anOrderThatIsLateIsWaitedForForAWhile(isInTime: Bool) throws {
        let desks = OrderedDesks()
        try desks.withNodes(1) { nodes in
            let (hub, order) = (nodes[0].hub, nodes[0].log)
            let path = folder.path("other")
            let desk = try Self.desk(at: path, of: hub, clock, logged)
            let peer = try Peer(path)
            func pass(_ time: Duration) {
                clock.pass(time)
                for _ in 0..<4 { desk.turn(mayWait: false) }
            }
            order.keep()
            peer.send(LevelChoice.preface)
            try peer.send(Self.enter)
            pass(.zero)
            pass(.seconds(4))
            #expect(try peer.heard() == ["hello"] && !peer.isGone)
            if !isInTime { pass(.milliseconds(1_500)) }
            #expect(try peer.heard() == (isInTime ? [] : ["refused", "bye"]))
            order.deliver()
            try desks.order.settle()
            pass(.zero)
            #expect(try peer.heard() == [] && peer.isGone != isInTime)
            #expect(hub.allSessions.count == (isInTime ? 1 : 0))
        }
    }

    // MARK: Chance

    /// Bytes of all kinds in pieces of all sizes: nothing traps, nobody in the chat notices, and a place is free afterwards.
    @Test(arguments: 0..<8 as Range<UInt64>) func randomPeersCostNobodyAnything(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let ann = try room.enter("ann")
        for _ in 0..<60 {
            let peer = try connect()
            if Bool.random(using: &generator) { peer.send(LevelChoice.preface) }
            for _ in 0..<Int.random(in: 0..<12, using: &generator) {
                switch Int.random(in: 0..<5, using: &generator) {
                case 0:
                    peer.send(
                        (0..<Int.random(in: 1..<64, using: &generator)).map { _ in
                            .random(in: 0...255, using: &generator)
                        }
                    )
                case 1: try peer.send(.control(.sessions))
                case 2: try peer.send(.mute(name: "ann", room: nil, seconds: 1))
                case 3: peer.send(try FrameEncoder.frame("{\"type\":\"bans\"}"))
                default: pass(.milliseconds(Int64.random(in: 0..<3_000, using: &generator)))
                }
                turn()
            }
            if Bool.random(using: &generator) { peer.endInput() } else { peer.leave() }
            turn()
        }
        for _ in 0..<20 { pass(.seconds(31)) }
        #expect(desk.hasRoom)
        _ = try room.posted(to: 1)
        _ = try room.type("/who", as: ann)
        #expect(try room.posted(to: 1) == ["1 < * online: ann *"])
    }
}
