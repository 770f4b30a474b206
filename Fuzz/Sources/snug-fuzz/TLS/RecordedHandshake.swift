// SPDX-License-Identifier: Apache-2.0

internal import CFuzz
internal import SnugTransport

/// What a real client and a real server of this build said to each other.
///
/// Both draw the same random numbers each time, so either one's bytes are an answer to the other's whenever they are
/// played again: an input that is nearly the recording gets as deep as it is long.
final class RecordedHandshake: Sendable {
    static let shared = RecordedHandshake()

    private let fromClient: [UInt8]
    private let fromServer: [UInt8]
    private let clientText: [UInt8]
    private let serverText: [UInt8]

    private init() {
        let identity = FuzzIdentity.shared
        fuzz_begin()
        let forth = Pipe(keepsHistory: true)
        let back = Pipe(keepsHistory: true)
        let buffers = FuzzIdentity.buffers
        let client = TLSEnd(client: identity.client, incoming: back, outgoing: forth, buffers: buffers)
        fuzz_use_random_sequence(2)
        let server = TLSEnd(server: identity.modernServer, incoming: forth, outgoing: back, buffers: buffers)
        while !client.isSecure || !server.isSecure {
            if !client.isSecure { client.handshake() }
            if !server.isSecure { server.handshake() }
            promise(
                client.failure == nil && server.failure == nil,
                "no handshake: \(String(describing: client.failure))"
            )
        }
        for text in ["\0\0\0\u{4}open", "\0\0\0\u{3}bob", "\0\0\0\u{5}hello"] {
            client.write(Array(text.utf8))
        }
        client.setPadding(256)
        client.write(Array("\0\0\0\u{2}hi".utf8))
        client.finish()
        for text in ["\0\0\0\u{2}ok", "\0\0\0\u{7}* bob *"] { server.write(Array(text.utf8)) }
        server.finish()
        fromClient = forth.history
        fromServer = back.history
        clientText = client.written
        serverText = server.written
    }

    var seedsForServer: [[UInt8]] { Self.seeds(fromClient) }
    var seedsForClient: [[UInt8]] { Self.seeds(fromServer) }

    /// The whole at once, in pieces, and by the lax server; the handshake alone; and what no TLS peer says.
    private static func seeds(_ stream: [UInt8]) -> [[UInt8]] {
        [[0] + stream, [1] + stream, [7] + stream, [0x80] + stream, [0] + stream.prefix(600)]
            + ["GET / HTTP/1.1\r\n\r\n", "\0\0\0\u{4}open"].map { [0] + Array($0.utf8) }
            + [[0, 21, 3, 3, 0, 2, 2, 40], [0, 22, 3, 1, 0x41, 0], [0, 0x80, 0x2e, 1, 0, 2]]
    }

    /// Lets a server read the input as what a client sends.
    static func replayToServer(_ bytes: [UInt8]) {
        let identity = FuzzIdentity.shared
        let context =
            bytes.first.map { $0 & 0x80 == 0 } ?? true ? identity.modernServer : identity.compatServer
        let text = shared.clientText
        let stream = shared.fromClient
        fuzz_begin()
        fuzz_use_random_sequence(2)
        let (incoming, outgoing) = pipes(bytes)
        let isWhole = incoming.bytes == stream
        let server = TLSEnd(
            server: context,
            incoming: incoming,
            outgoing: outgoing,
            buffers: FuzzIdentity.buffers
        )
        play(server, incoming, outgoing, expecting: text, isWhole: isWhole)
    }

    /// Lets a client read the input as what a server sends.
    static func replayToClient(_ bytes: [UInt8]) {
        let identity = FuzzIdentity.shared
        let text = shared.serverText
        let stream = shared.fromServer
        fuzz_begin()
        let (incoming, outgoing) = pipes(bytes)
        let isWhole = incoming.bytes == stream
        let client = TLSEnd(
            client: identity.client,
            incoming: incoming,
            outgoing: outgoing,
            buffers: FuzzIdentity.buffers
        )
        play(client, incoming, outgoing, expecting: text, isWhole: isWhole)
    }

    private static func pipes(_ bytes: [UInt8]) -> (Pipe, Pipe) {
        let incoming = Pipe(keepsHistory: true)
        incoming.bytes = Array(bytes.dropFirst())
        incoming.hasEnded = true
        let piece = Int((bytes.first ?? 0) & 0x7f)
        incoming.pieceBytes = piece == 0 ? .max : piece
        return (incoming, Pipe(keepsHistory: true))
    }

    private static func play(
        _ end: TLSEnd,
        _ incoming: Pipe,
        _ outgoing: Pipe,
        expecting text: [UInt8],
        isWhole: Bool
    ) {
        while !end.isSecure, end.failure == nil { end.handshake() }
        while end.isOpen, !end.sawEnd { _ = end.read() }
        promise(text.starts(with: end.received), "a peer is shown what nobody sent")
        promise(!end.sawEnd || end.received == text, "a stream that was cut ends as if it were whole")
        promise(
            !isWhole || end.sawEnd,
            "the recording does not go through: \(String(describing: end.failure))"
        )
        promise(outgoing.history.count <= 65_536, "a peer is answered with \(outgoing.history.count) bytes")
    }
}
