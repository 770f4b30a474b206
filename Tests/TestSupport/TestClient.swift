// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugSystem
public import SnugTransport

/// A client of the protocol that waits for what it is told to wait for, and fails loudly if it does not come.
public final class TestClient {
    public let connection: any Connection
    private let buffers = IOBuffers()
    private var decoder = FrameDecoder()

    /// How often the server said "still here", which no test has to expect.
    public private(set) var stillHereCount = 0

    public struct TimedOut: Error, CustomStringConvertible {
        public let description: String

        public init(description: String) { self.description = description }
    }

    public struct Ended: Error {}

    /// Long enough for a busy machine under a sanitizer; reached only by a test that fails.
    private static let patience = Duration.seconds(60)

    /// Connects to `port` from an address of the loopback network and completes the handshake.
    public convenience init(_ kind: TransportKind, port: UInt16, from source: String = "127.0.0.1") throws {
        let channel = try SocketChannel.connect(port: port, from: source)
        switch kind {
        case .plain: try self.init(over: SocketConnection.plain(channel))
        case .tls:
            try self.init(
                over: SocketConnection.tlsClient(
                    channel,
                    context: try TestAuthority.shared.clientContext(),
                    expecting: ExpectedServer(name: "localhost"),
                    paddingMultiple: 0
                )
            )
        }
    }

    /// Connects and says that it speaks level 1.
    public convenience init(
        levelOne kind: TransportKind,
        port: UInt16,
        clientKey: ClientKey? = nil
    ) throws {
        let channel = try SocketChannel.connect(port: port, from: "127.0.0.1")
        switch kind {
        case .plain:
            try self.init(over: SocketConnection.plain(channel))
            try send(raw: Array("SNG1".utf8))
        case .tls:
            let context = try TestAuthority.shared.clientContext(
                clientKey: clientKey,
                applicationProtocols: ["snug/1", "snug/0"]
            )
            try self.init(
                over: SocketConnection.tlsClient(
                    channel,
                    context: context,
                    expecting: ExpectedServer(name: "localhost"),
                    paddingMultiple: 256
                )
            )
        }
    }

    /// Connects to the encrypted `port` and shows `observer` what crosses the wire, from the handshake on.
    public convenience init(
        port: UInt16,
        observer: @escaping RecordingChannel<SocketChannel>.Observer
    ) throws {
        let channel = try Self.connect(to: port)
        try self.init(
            over: TransportConnection(
                owning: TLSTransport(
                    client: RecordingChannel(owning: channel, observer: observer),
                    context: try TestAuthority.shared.clientContext(),
                    expecting: ExpectedServer(name: "localhost"),
                    paddingMultiple: 256
                )
            )
        )
    }

    private static func connect(to port: UInt16) throws -> SocketChannel {
        let addresses = try SocketAddress.resolve(host: "127.0.0.1", port: port)
        return try SocketChannel.connect(to: addresses, timeout: .seconds(30))
    }

    /// Completes the handshake of a connection that the test made itself.
    public init(over connection: any Connection) throws {
        self.connection = connection
        let deadline = MonotonicTime.now + Self.patience
        while try connection.handshake(buffers) == .incomplete {
            try wait(until: deadline, for: "the handshake")
        }
    }

    /// Connects, names itself and waits for its own join notice.
    public convenience init(_ kind: TransportKind, port: UInt16, name: String) throws {
        self.init(try TestClient(kind, port: port))
        try send(name)
        try expect("* \(name) joined the chat *")
        if kind == .plain { try expectNotice(containing: "NOT encrypted") }
    }

    private init(_ other: TestClient) {
        connection = other.connection
        decoder = other.decoder
    }

    // MARK: Sending

    /// Sends a frame with `text`.
    public func send(_ text: String) throws {
        try send(raw: FrameEncoder.frame(text))
    }

    /// Sends bytes as they are.
    public func send(raw bytes: [UInt8]) throws {
        let deadline = MonotonicTime.now + Self.patience
        var offset = 0
        while offset < bytes.count || connection.wantsWrite {
            try connection.flush(buffers)
            if offset < bytes.count {
                offset += try connection.write(bytes.span.bytes.extracting(offset...), buffers)
            }
            if connection.wantsWrite { try wait(until: deadline, for: "the server to take bytes") }
        }
    }

    /// Sends as much of `bytes` as the kernel takes at once.
    public func sendWhatFits(_ bytes: [UInt8]) throws {
        var offset = 0
        while offset < bytes.count, !connection.wantsWrite {
            offset += try connection.write(bytes.span.bytes.extracting(offset...), buffers)
        }
    }

    /// Says goodbye in the sending direction.
    public func finish() throws {
        try connection.finish(buffers)
    }

    // MARK: Receiving

    /// The next frame's text; throws ``Ended`` at the end of the stream.
    public func next(_ purpose: String = "a frame") throws -> String {
        let deadline = MonotonicTime.now + Self.patience
        while true {
            if let frame = decoder.next() {
                if !frame.isEmpty { return String(decoding: frame, as: UTF8.self) }
                stillHereCount += 1
                continue
            }
            switch try connection.read(buffers) {
            case .endOfStream: throw Ended()
            case .plaintext(let count):
                try buffers.withPlaintext(bytes: count) { (bytes) throws in try decoder.append(bytes) }
            case .wouldBlock: try wait(until: deadline, for: purpose)
            }
        }
    }

    public struct Unexpected: Error, CustomStringConvertible {
        public let description: String

        public init(description: String) { self.description = description }
    }

    /// Fails unless the next frame is exactly `text`.
    public func expect(_ text: String) throws {
        let actual = try next(text)
        guard actual == text else { throw Unexpected(description: "expected \"\(text)\", got \"\(actual)\"") }
    }

    /// Fails unless the next frame begins with `text`.
    public func expectLine(startingWith text: String) throws {
        let actual = try next(text)
        guard actual.hasPrefix(text) else {
            throw Unexpected(description: "expected \"\(text)…\", got \"\(actual)\"")
        }
    }

    /// Fails unless the next frame is a notice that holds `text`.
    public func expectNotice(containing text: String) throws {
        let actual = try next(text)
        guard actual.hasPrefix("* "), actual.hasSuffix(" *"), actual.contains(text) else {
            throw Unexpected(description: "expected a notice with \"\(text)\", got \"\(actual)\"")
        }
    }

    /// Skips frames until one is exactly `text`, and returns those skipped.
    @discardableResult
    public func skip(to text: String) throws -> [String] {
        var skipped: [String] = []
        while true {
            let actual = try next(text)
            if actual == text { return skipped }
            skipped.append(actual)
        }
    }

    /// Fails if the stream does not end now; returns the error it ended with, nil for a goodbye.
    @discardableResult
    public func expectEnd() throws -> TransportError? {
        do {
            let text = try next("the end of the stream")
            throw Unexpected(description: "expected the end of the stream, got \"\(text)\"")
        } catch is Ended {
            return nil
        } catch let error as TransportError {
            return error
        }
    }

    /// Everything that arrives until the stream ends in whatever way.
    public func collectUntilEnd() throws -> [String] {
        var texts: [String] = []
        while true {
            do { texts.append(try next("the end of the stream")) } catch is Ended {
                return texts
            } catch is TransportError {
                return texts
            }
        }
    }

    /// Reads what is there without keeping it, and returns whether the stream has ended.
    public func hasEnded() -> Bool {
        while true {
            switch try? connection.read(buffers) {
            case .endOfStream, nil: return true
            case .plaintext: continue
            case .wouldBlock: return false
            }
        }
    }

    public func close() { connection.close() }

    public func reset() { connection.reset() }

    private func wait(until deadline: MonotonicTime, for purpose: String) throws {
        var entries = [
            Polling.Entry(
                connection.descriptor ?? -1,
                for: connection.wantsWrite ? [.readable, .writable] : .readable
            )
        ]
        Polling.wait(for: &entries, until: deadline)
        guard MonotonicTime.now < deadline else {
            throw TimedOut(description: "waited in vain for \(purpose)")
        }
    }
}
