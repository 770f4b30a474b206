// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugFraming
import SnugProtocol
import SnugRooms
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@testable import SnugServer

/// A room without a lobby: loops, and guests at the other ends of socket pairs.
final class TestRoom {
    let hub: ChatHub
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
        let mailboxes = try (0..<count).map { _ in try LoopMailbox() }
        let hub = try ChatHub(mailboxes: mailboxes, configuration.limits)
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

    /// - Parameter pause: how long the process stands still whenever it has just read something of this guest's.
    func enter(_ name: String, at level: Entry.Level = .text, pause: Duration = .zero) throws -> Guest {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        try #require(socketpair(AF_UNIX, kind, 0, &ends) == 0)
        let near = SocketConnection.plain(SocketChannel(owning: OwnedDescriptor(owning: ends[0])))
        // Small, so that a reader that does not read is felt soon.
        var bytes: Int32 = 4_096
        setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        nonisolated(unsafe) let clock = clock
        let channel = RecordingChannel(owning: SocketChannel(owning: OwnedDescriptor(owning: ends[1]))) {
            direction,
            _ in if direction == .received { clock.pass(pause) }
        }
        let far = TransportConnection(owning: PlainTransport(owning: channel))
        var newcomer = Newcomer.plain(at: far)
        var entry = Entry(NameRequest(name), fallbackName: "anon", level: level)
        newcomer.level = level
        if level == .typed {
            let enter = ClientMessage.Enter(name: name, rooms: [])
            newcomer.login = try #require(LevelOneLogin(enter, ref: nil, epoch: "", filling: &entry))
        }
        let decided = Decided<Refusal?>()
        let id = hub.admit(entry, HandedOver(newcomer)) {
            decided.set($1)
        }
        let refusal = try decided.value()
        #expect(hub.seated([id].compactMap(\.self)).first?.who.name.text == name)
        #expect(refusal == nil)
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

    /// Expects that somebody who asks and reads nothing is read from no further at some time, and not dropped, and that all it
    /// asked is answered once it reads.
    func expectToReadNoMoreQuestions(of guest: Guest, _ question: String, perTurn: Int) {
        settle()
        _ = heard(by: guest)
        var asked = 0
        while asked < 20_000, guest.sendIfTaken(question) {
            asked += 1
            if asked % perTurn == 0 { turn() }
        }
        for _ in 0..<20 { turn() }
        #expect(asked < 20_000)
        #expect(!guest.isGone && log.count == 1, "\(log)")
        #expect(allHeard(by: guest).count == asked, "\(log)")
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

        /// Ends its input, and reads on.
        func finish() throws { try connection.finish(buffers) }

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

extension ChatHub {
    /// A hub with history in memory, and nobody who reads the log.
    convenience init(mailboxes: [LoopMailbox], _ limits: ServerLimits) throws {
        try self.init(
            mailboxes: mailboxes,
            limits: limits.chat,
            history: HistoryDesk(HistorySettings(), report: { _ in }),
            pageBytes: limits.historyPageBytes,
            report: { _ in }
        )
    }
}
