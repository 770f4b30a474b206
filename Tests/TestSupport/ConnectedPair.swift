// SPDX-License-Identifier: Apache-2.0

public import SnugTransport

/// Every promise of a transport is kept by both kinds, so every test of one runs on both.
public enum TransportKind: CaseIterable, Sendable {
    case plain
    case tls
}

/// Two ends of one connection in memory, driven by turns on the test's own thread.
public final class ConnectedPair {
    public let client: any Connection
    public let server: any Connection
    public let buffers = IOBuffers()

    /// Connects the ends without a handshake yet.
    ///
    /// - Parameters:
    ///   - clientKey: what the client shows to who asks for it.
    ///   - clientFault: what happens to the bytes on the client's side.
    ///   - capacity: bytes that each direction of the wire holds.
    ///   - observer: sees the bytes on the server's side.
    public init(
        _ kind: TransportKind,
        authority: TestAuthority = .shared,
        expecting name: String = "localhost",
        pins: [String] = [],
        clientKey: ClientKey? = nil,
        clientFault: FaultyChannel<MemoryChannel>.Fault = .none,
        capacity: Int = 262_144,
        paddingMultiple: Int = 0,
        observer: @escaping RecordingChannel<MemoryChannel>.Observer = { _, _ in }
    ) throws {
        let wire = MemoryWire(capacity: capacity)
        let near = FaultyChannel(owning: wire.leftEnd(), fault: clientFault)
        let far = RecordingChannel(owning: wire.rightEnd(), observer: observer)
        switch kind {
        case .plain:
            client = TransportConnection(owning: PlainTransport(owning: near))
            server = TransportConnection(owning: PlainTransport(owning: far))
        case .tls:
            client = TransportConnection(
                owning: TLSTransport(
                    client: near,
                    context: try authority.clientContext(clientKey: clientKey),
                    expecting: ExpectedServer(name: name, pins: pins),
                    paddingMultiple: paddingMultiple
                )
            )
            server = TransportConnection(
                owning: TLSTransport(
                    server: far,
                    context: try authority.serverContext(),
                    paddingMultiple: paddingMultiple
                )
            )
        }
    }

    /// Takes turns until both ends have completed the handshake, or one of them fails.
    public func completeHandshake() throws -> (client: PeerFacts, server: PeerFacts) {
        var facts: (client: PeerFacts?, server: PeerFacts?)
        while true {
            if facts.client == nil, case .complete(let done) = try client.handshake(buffers) {
                facts.client = done
            }
            if facts.server == nil, case .complete(let done) = try server.handshake(buffers) {
                facts.server = done
            }
            if let client = facts.client, let server = facts.server { return (client, server) }
            try client.flush(buffers)
            try server.flush(buffers)
        }
    }

    /// Takes turns until two ends of other kinds have completed the handshake, or one of them fails.
    public static func completeHandshake(
        _ one: any Connection,
        _ other: any Connection,
        _ buffers: IOBuffers
    ) throws {
        var isDone = (false, false)
        while isDone != (true, true) {
            if !isDone.0 { isDone.0 = try one.handshake(buffers) != .incomplete }
            if !isDone.1 { isDone.1 = try other.handshake(buffers) != .incomplete }
        }
    }

    /// Writes all of `bytes` at one end while the other end reads, and returns what arrived.
    public func transfer(
        _ bytes: [UInt8],
        from sender: any Connection,
        to receiver: any Connection
    ) throws -> [UInt8] {
        var offset = 0
        var arrived: [UInt8] = []
        while arrived.count < bytes.count {
            if sender.wantsWrite { try sender.flush(buffers) }
            if offset < bytes.count, !sender.wantsWrite {
                offset += try sender.write(bytes.span.bytes.extracting(offset...), buffers)
            }
            arrived += try read(receiver) ?? []
        }
        return arrived
    }

    /// One read: the plaintext that arrived, empty if none did, nil at the end of the stream.
    public func read(_ end: any Connection) throws -> [UInt8]? {
        try end.received(with: buffers)
    }
}

extension Connection {
    /// What has arrived by now; nil at the end of the stream.
    public func received(with buffers: IOBuffers) throws -> [UInt8]? {
        switch try read(buffers) {
        case .endOfStream: nil
        case .plaintext(let count): buffers.withPlaintext(bytes: count) { $0.withUnsafeBytes { Array($0) } }
        case .wouldBlock: []
        }
    }
}
