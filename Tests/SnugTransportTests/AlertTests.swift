// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import TestSupport
import Testing

@testable import SnugTransport

/// Whoever breaks the protocol is told what was wrong before the connection ends (RFC 8446 section 6.2).
@Suite struct AlertTests {
    @Test(
        arguments: [
            // A type that is none, inside a handshake that began well.
            ([99, 3, 3, 0, 1, 0], 10), ([22, 2, 3, 0, 5, 1], 70), ([22, 3, 1, 0x41, 1], 22),
            ([22, 3, 1, 0xff, 0xff], 22), ([22, 3, 1, 0, 0], 10), ([21, 3, 1, 0, 0], 10),
        ] as [([UInt8], UInt8)]
    )
    func aRecordThatCannotBeOneIsAnsweredWithAnAlertInTheHandshake(record: [UInt8], alert: UInt8) throws {
        var stranger = try Stranger()
        // Half a hello, so that this record is not the first.
        try stranger.send([22, 3, 1, 0, 4, 1, 0, 1, 0])
        _ = try stranger.server.handshake(stranger.buffers)
        try stranger.send(record)
        #expect(throws: TransportError.peerMisbehaved(.malformedRecord)) {
            _ = try stranger.server.handshake(stranger.buffers)
        }
        #expect(try stranger.receive() == [21, 3, 3, 0, 2, 2, alert])
        #expect(try stranger.receive() == [])
    }

    @Test func tooLongAHandshakeIsAnsweredWithAnAlert() throws {
        var stranger = try Stranger()
        #expect(throws: TransportError.peerMisbehaved(.handshakeTooLarge(limitBytes: 65_536))) {
            var message: [UInt8] = [1, 0xff, 0xff, 0xff] + [UInt8](repeating: 0, count: 16_380)
            for _ in 0..<8 {
                try stranger.send([22, 3, 1, 0x40, 0] + message)
                message = [UInt8](repeating: 0, count: 16_384)
                _ = try stranger.server.handshake(stranger.buffers)
            }
        }
        #expect(try stranger.receive() == [21, 3, 3, 0, 2, 2, 47])
    }

    @Test func aHelloThatGnuTLSCannotReadIsAnsweredWithAnAlert() throws {
        var stranger = try Stranger()
        try stranger.send([22, 3, 1, 0, 8, 1, 0, 0, 4, 3, 3, 1, 2])
        #expect(throws: TransportError.self) { _ = try stranger.server.handshake(stranger.buffers) }
        let answer = try stranger.receive()
        #expect(answer.prefix(6) == [21, 3, 3, 0, 2, 2])
        #expect(answer.count == 7)
    }

    @Test(
        arguments: [
            ([99, 3, 3, 0, 1, 0], "Unexpected message"), ([23, 4, 3, 0, 20, 0], "Error in protocol version"),
            ([23, 3, 3, 0x41, 1], "Record overflow"), ([23, 3, 3, 0, 0], "Bad record MAC"),
            ([23, 3, 3, 0, 3, 1, 2, 3], "Bad record MAC"), ([22, 3, 3, 0, 0], "Unexpected message"),
            ([23, 3, 3, 0, 20] + [UInt8](repeating: 5, count: 20), "Bad record MAC"),
        ] as [([UInt8], String)]
    )
    func aRecordThatCannotBeOneIsAnsweredWithAnEncryptedAlertLater(record: [UInt8], alert: String) throws {
        let pair = try EncryptedPair()
        try pair.inject(record)
        #expect(throws: TransportError.self) { _ = try pair.server.read(pair.buffers) }
        try pair.expectAlert(alert)
    }

    @Test func whatCameBeforeABadRecordIsReadAndThenTheAlertGoes() throws {
        let pair = try EncryptedPair()
        let three: [UInt8] = [1, 2, 3]
        #expect(try pair.client.write(three.span.bytes, pair.buffers) == 3)
        try pair.inject([23, 3, 3, 0x50, 0])
        #expect(try pair.server.read(pair.buffers) == .plaintext(bytes: 3))
        #expect(throws: TransportError.peerMisbehaved(.malformedRecord)) {
            try pair.server.read(pair.buffers)
        }
        try pair.expectAlert("Record overflow")
    }

    /// Real sockets: with unread input a close is a reset, which may overtake the alert.
    @Test func theAlertArrivesAlthoughThePeerWentOnSending() throws {
        let running = try RunningServer()
        defer { running.stop() }
        let addresses = try SocketAddress.resolve(host: "127.0.0.1", port: running.port(.tls))
        var channel = try SocketChannel.connect(to: addresses, timeout: .seconds(30))
        let flood: [UInt8] = Array("nonsense".utf8) + [UInt8](repeating: 0, count: 60_000)
        #expect(try flood.withUnsafeBytes { try channel.send($0) } == .transferred(bytes: flood.count))
        var answer: [UInt8] = []
        let deadline = MonotonicTime.now + .seconds(60)
        var buffer = [UInt8](repeating: 0, count: 64)
        reading: while MonotonicTime.now < deadline {
            switch try buffer.withUnsafeMutableBytes({ try channel.receive(into: $0) }) {
            case .endOfStream: break reading
            case .transferred(let count): answer += buffer[..<count]
            case .wouldBlock:
                var entries = [Polling.Entry(channel.descriptor ?? -1, for: .readable)]
                Polling.wait(for: &entries, until: deadline)
            }
        }
        #expect(answer == [21, 3, 3, 0, 2, 2, 10])
    }
}

/// Somebody without TLS, and our server's end.
private struct Stranger: ~Copyable {
    let server: any Connection
    let buffers = IOBuffers()
    private var channel: MemoryChannel

    init() throws {
        let wire = MemoryWire()
        channel = wire.leftEnd()
        server = TransportConnection(
            owning: TLSTransport(
                server: wire.rightEnd(),
                context: try TestAuthority.shared.serverContext(),
                paddingMultiple: 0
            )
        )
    }

    mutating func send(_ bytes: [UInt8]) throws {
        #expect(try bytes.withUnsafeBytes { try channel.send($0) } == .transferred(bytes: bytes.count))
    }

    mutating func receive() throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 64)
        let result = try bytes.withUnsafeMutableBytes { try channel.receive(into: $0) }
        guard case .transferred(let count) = result else { return [] }
        return Array(bytes[..<count])
    }
}

/// Two ends whose handshake is complete, and somebody on the client's side who adds bytes of his own.
private final class EncryptedPair {
    let client: any Connection
    let server: any Connection
    let buffers = IOBuffers()
    private var intruder: MemoryChannel

    init() throws {
        let wire = MemoryWire()
        intruder = wire.leftEnd()
        client = TransportConnection(
            owning: TLSTransport(
                client: wire.leftEnd(),
                context: try TestAuthority.shared.clientContext(),
                expecting: ExpectedServer(name: "localhost"),
                paddingMultiple: 0
            )
        )
        server = TransportConnection(
            owning: TLSTransport(
                server: wire.rightEnd(),
                context: try TestAuthority.shared.serverContext(),
                paddingMultiple: 0
            )
        )
        try ConnectedPair.completeHandshake(client, server, buffers)
    }

    func inject(_ bytes: [UInt8]) throws {
        #expect(try bytes.withUnsafeBytes { try intruder.send($0) } == .transferred(bytes: bytes.count))
    }

    /// What the client is told must be an alert whose name begins like this (gnutls_alert_get_name(3)).
    func expectAlert(_ name: String) throws {
        do throws(TransportError) {
            let result = try client.read(buffers)
            Issue.record("the client read \(result)")
        } catch {
            guard case .peerMisbehaved(.alert(let told)) = error else {
                Issue.record("the client was told \(error)")
                return
            }
            #expect(told.hasPrefix(name))
        }
    }
}
