// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem
internal import SnugTransport

/// A wire with somebody on it: takes connections on loopback and passes every byte on to a server, through a ``Tap``.
final class Relay: Sendable {
    /// Where clients connect.
    let address: SocketAddress

    private let stopping: LoopWaker
    private let thread: RunningThread

    /// Binds a port of the kernel's choice on loopback and begins to pass bytes on to `server`.
    init(to server: SocketAddress, tap: Tap) throws(SystemError) {
        let stopping = try LoopWaker()
        let loop = try RelayLoop(server: server, tap: tap, stopping: stopping)
        address = loop.address
        self.stopping = stopping
        let handedOver = HandedOver(loop)
        thread = try RunningThread(name: "snug-relay") { handedOver.value.run() }
    }

    /// Closes everything; to be called once.
    func stop() {
        stopping.wake()
        thread.join()
    }
}

/// The relay's thread: one wait for all its sockets.
private final class RelayLoop {
    let address: SocketAddress
    private let server: SocketAddress
    private let tap: Tap
    private let stopping: LoopWaker
    private var listener: ListeningSocket
    private var connections: [RelayedConnection] = []

    /// For the server to accept; it is on this machine and its kernel answers for it.
    private static let connectTimeout = Duration.seconds(10)

    init(server: SocketAddress, tap: Tap, stopping: LoopWaker) throws(SystemError) {
        self.server = server
        self.tap = tap
        self.stopping = stopping
        listener = try ListeningSocket(address: .loopback(port: 0))
        address = listener.address
    }

    func run() {
        while true {
            var entries = [
                Polling.Entry(stopping.descriptor, for: .readable),
                Polling.Entry(listener.descriptor, for: .readable),
            ]
            entries += connections.flatMap(\.entries)
            Polling.wait(for: &entries, until: nil)
            if !entries[0].readiness.isEmpty { return }
            for (index, connection) in connections.enumerated() {
                connection.move(
                    client: entries[2 + 2 * index].readiness,
                    server: entries[3 + 2 * index].readiness
                )
            }
            connections.removeAll(where: \.isClosed)
            if !entries[1].readiness.isEmpty { acceptNext() }
        }
    }

    /// A connection that cannot be passed on is closed: its client sees that nobody answers.
    private func acceptNext() {
        do {
            switch try listener.accept() {
            case .accepted(let client, let peer):
                let onwards = try SocketChannel.connect(to: [server], timeout: Self.connectTimeout)
                let number = tap.opened(client: peer, server: address)
                connections.append(
                    RelayedConnection(
                        number: number,
                        client: SocketChannel(accepted: client),
                        server: onwards,
                        tap: tap
                    )
                )
            default: return
            }
        } catch {
            return
        }
    }
}

/// Two sockets, and the bytes on their way between them.
private final class RelayedConnection {
    private let number: Int
    private let tap: Tap
    private let client: RelayEnd
    private let server: RelayEnd
    private let flows: [RelayedFlow]
    private(set) var isClosed = false

    init(number: Int, client: consuming SocketChannel, server: consuming SocketChannel, tap: Tap) {
        self.number = number
        self.tap = tap
        self.client = RelayEnd(client)
        self.server = RelayEnd(server)
        flows = [
            RelayedFlow(.toServer, from: self.client, to: self.server),
            RelayedFlow(.toClient, from: self.server, to: self.client),
        ]
    }

    /// The client's socket, then the server's.
    var entries: [Polling.Entry] { [client.entry, server.entry] }

    func move(client clientReadiness: Readiness, server serverReadiness: Readiness) {
        client.readiness = clientReadiness
        server.readiness = serverReadiness
        do throws(SystemError) {
            for flow in flows {
                guard try flow.move(of: number, through: tap) else {
                    for flow in flows { flow.endHere() }
                    break
                }
            }
            for flow in flows { try flow.passOn() }
            guard flows.allSatisfy(\.isOver) else { return }
        } catch {
            // A reset on one side is one on the other: both sockets are closed.
        }
        isClosed = true
        tap.closed(number)
    }
}

/// One of a relayed connection's two sockets.
private final class RelayEnd {
    var channel: SocketChannel
    var readiness: Readiness = []
    var interest: Readiness = []

    init(_ channel: consuming SocketChannel) { self.channel = channel }

    var entry: Polling.Entry { Polling.Entry(channel.descriptor ?? -1, for: interest) }
}

/// One direction of a relayed connection.
private final class RelayedFlow {
    private let direction: CapturedSegment.Direction
    private let source: RelayEnd
    private let target: RelayEnd
    private var waiting: [UInt8] = []
    private var hasEnded = false
    private var isWithheld = false
    private var isShut = false

    /// Nothing more is read from a side while so much waits for the other.
    private static let limitBytes = 65_536

    init(_ direction: CapturedSegment.Direction, from source: RelayEnd, to target: RelayEnd) {
        self.direction = direction
        self.source = source
        self.target = target
        source.interest.insert(.readable)
    }

    /// The source has ended, and everything was passed on, the end of the stream too.
    var isOver: Bool { hasEnded && isShut }

    /// Takes in what the source has; false if the connection is to be cut.
    func move(of connection: Int, through tap: Tap) throws(SystemError) -> Bool {
        guard !hasEnded, !source.readiness.isDisjoint(with: [.readable, .hungUp]) else { return true }
        var buffer = [UInt8](repeating: 0, count: Self.limitBytes)
        let result: ChannelResult
        do throws(SystemError) { result = try receive(into: &buffer) } catch {
            // Who resets a connection ends it.
            tap.ended(direction, of: connection)
            throw error
        }
        switch result {
        case .wouldBlock: return true
        case .endOfStream:
            hasEnded = true
            tap.ended(direction, of: connection)
            return true
        case .transferred(let count):
            guard !isWithheld else { return true }
            guard let passed = tap.passing(Array(buffer[..<count]), of: connection, direction) else {
                return false
            }
            waiting += passed
            return true
        }
    }

    private func receive(into buffer: inout [UInt8]) throws(SystemError) -> ChannelResult {
        var span = buffer.mutableSpan
        return try span.withUnsafeMutableBytes { (buffer) throws(SystemError) in
            try source.channel.receive(into: buffer)
        }
    }

    /// Ends the stream for the target, whatever the source still sends: that is taken in and dropped, because a
    /// socket closed over unread bytes would send a reset, and a cut would show on a plain connection too.
    func endHere() {
        waiting = []
        isWithheld = true
    }

    /// Passes on what the target takes, and then the end of the stream.
    func passOn() throws(SystemError) {
        while !waiting.isEmpty {
            let bytes = waiting
            let result = try bytes.span.bytes.withUnsafeBytes { (bytes) throws(SystemError) in
                try target.channel.send(bytes)
            }
            guard case .transferred(let count) = result else { break }
            waiting = Array(bytes[count...])
        }
        if waiting.isEmpty, hasEnded || isWithheld, !isShut {
            target.channel.shutdownWrite()
            isShut = true
        }
        watch()
    }

    private func watch() {
        if hasEnded || waiting.count >= Self.limitBytes {
            source.interest.remove(.readable)
        } else {
            source.interest.insert(.readable)
        }
        if waiting.isEmpty { target.interest.remove(.writable) } else { target.interest.insert(.writable) }
    }
}
