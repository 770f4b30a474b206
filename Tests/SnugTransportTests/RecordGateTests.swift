// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import Synchronization
import TestSupport
import Testing

@testable import SnugTransport

@Suite struct RecordGateTests {
    @Test func aBurstOfRecordsIsReadInOneReceiveAndInShares() throws {
        let receives = Atomic<Int>(0)
        let pair = try ConnectedPair(
            .tls,
            observer: { direction, _ in
                if direction == .received { receives.add(1, ordering: .relaxed) }
            }
        )
        _ = try pair.completeHandshake()
        for number in UInt8(0)..<200 { _ = try pair.client.write([number].span.bytes, pair.buffers) }
        receives.store(0, ordering: .relaxed)
        var shares: [[UInt8]] = []
        repeat { shares.append(try pair.read(pair.server) ?? []) } while pair.server.hasBufferedInput
        #expect(Array(shares.joined()) == Array(0..<200))
        #expect(receives.load(ordering: .relaxed) == 1)
        // One more than its share, and the others would wait for it.
        #expect(shares.dropLast().allSatisfy { $0.count == IOBuffers.recordsPerRead })
        #expect(shares.count == (200 + IOBuffers.recordsPerRead - 1) / IOBuffers.recordsPerRead)
    }

    /// Whoever connects and waits costs a socket, and not the memory of a session.
    @Test func aSessionIsMadeForTheFirstWholeRecordAndNotBefore() throws {
        let wire = MemoryWire()
        var peer = wire.leftEnd()
        var server = TLSTransport(
            server: wire.rightEnd(),
            context: try TestAuthority.shared.serverContext(),
            paddingMultiple: 0
        )
        let buffers = IOBuffers()
        let hello = CraftedHello.tls13.records
        for part in [hello[..<0], hello[..<4], hello[4..<hello.count - 1], hello[(hello.count - 1)...]] {
            _ = try Array(part).withUnsafeBytes { try peer.send($0) }
            _ = try server.handshake(buffers)
            let hasSession = server.session.handle != nil
            #expect(hasSession == (part.endIndex == hello.count), "after \(part.endIndex) bytes")
        }
    }

    @Test func paddedRecordsOfAllShortLinesHaveOneLength() throws {
        let lengths = Lock<[Int]>([])
        let pair = try ConnectedPair(
            .tls,
            paddingMultiple: 256,
            observer: { direction, bytes in
                if direction == .sent { lengths.withLock { $0.append(bytes.count) } }
            }
        )
        _ = try pair.completeHandshake()
        lengths.withLock { $0 = [] }
        for count in 1...256 {
            let line = [UInt8](repeating: 65, count: count)
            #expect(try pair.transfer(line, from: pair.server, to: pair.client) == line)
        }
        #expect(Set(lengths.withLock { $0 }) == [256 + 22])
    }

    @Test func aLineCostsOneRecordAndOneSend() throws {
        let sends = Lock<[Int]>([])
        let pair = try ConnectedPair(
            .tls,
            observer: { direction, bytes in
                if direction == .sent { sends.withLock { $0.append(bytes.count) } }
            }
        )
        _ = try pair.completeHandshake()
        sends.withLock { $0 = [] }
        _ = try pair.server.write([UInt8](repeating: 1, count: 68).span.bytes, pair.buffers)
        #expect(sends.withLock { $0 } == [68 + 22])
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\r\n", PlaintextGuess.http), ("\0\0\0\u{5}aisha", .plainChat),
        ("SSH-2.0-x\r\n", .ssh), ("no protocol at all", .unknown),
    ])
    func plaintextOnTheTLSPortIsNamedAndAnsweredWithAnAlert(text: String, guess: PlaintextGuess) throws {
        let (stranger, server, buffers) = try Self.strangerAndServer()
        try stranger.send(Array(text.utf8))
        #expect(throws: TransportError.peerMisbehaved(.notTLS(guess))) { _ = try server.handshake(buffers) }
        // A fatal unexpected_message in a plaintext record (RFC 8446 section 6).
        #expect(try stranger.receive() == [21, 3, 3, 0, 2, 2, 10])
    }

    @Test func aHandshakeMessageThatClaims16MiBIsDroppedAt64KiB() throws {
        let (stranger, server, buffers) = try Self.strangerAndServer()
        // ClientHello of length 0xffffff, then as much of it as the server cares to take.
        var message: [UInt8] = [1, 0xff, 0xff, 0xff] + [UInt8](repeating: 0, count: 16_380)
        var sent = 0
        #expect(throws: TransportError.peerMisbehaved(.handshakeTooLarge(limitBytes: 65_536))) {
            while sent < 16_777_216 {
                try stranger.send([22, 3, 1, 0x40, 0] + message)
                message = [UInt8](repeating: 0, count: 16_384)
                sent += message.count
                _ = try server.handshake(buffers)
            }
        }
        #expect(sent <= 65_536 + 16_384)
    }

    @Test(
        arguments: [
            [22, 3, 1, 0xff, 0xff], [22, 2, 1, 0, 5], [22, 3, 1, 0, 0], [22, 3, 1, 0x41, 1],
        ] as [[UInt8]]
    )
    func aRecordHeaderThatCannotBeOneNeverReachesGnuTLS(header: [UInt8]) throws {
        let (stranger, server, buffers) = try Self.strangerAndServer()
        try stranger.send(header + [1, 2, 3])
        #expect(throws: TransportError.peerMisbehaved(.malformedRecord)) { _ = try server.handshake(buffers) }
    }

    @Test func recordsWithoutDataAreToleratedUpToALimit() throws {
        var pair = try OwnedTransports()
        for _ in 0..<64 { try pair.client.testOnlySendEmptyRecord(paddingBytes: 16, pair.buffers) }
        #expect(try pair.failureOfServer() == nil)
        try pair.client.testOnlySendEmptyRecord(paddingBytes: 16, pair.buffers)
        #expect(try pair.failureOfServer() == .peerMisbehaved(.noProgress(records: 65)))
    }

    @Test func largeRecordsWithoutDataAreToleratedUpTo64KiB() throws {
        var pair = try OwnedTransports()
        for _ in 0..<4 { try pair.client.testOnlySendEmptyRecord(paddingBytes: 16_300, pair.buffers) }
        #expect(try pair.failureOfServer() == nil)
        try pair.client.testOnlySendEmptyRecord(paddingBytes: 16_300, pair.buffers)
        #expect(try pair.failureOfServer() == .peerMisbehaved(.noProgress(records: 5)))
    }

    @Test func aKeyUpdateIsAnsweredAndAFloodOfThemEndsTheSession() throws {
        var pair = try OwnedTransports()
        let three: [UInt8] = [1, 2, 3]
        try pair.client.testOnlySendKeyUpdate(pair.buffers)
        #expect(try pair.client.write(three.span.bytes, pair.buffers) == 3)
        #expect(try pair.server.read(pair.buffers) == .plaintext(bytes: 3))
        #expect(try pair.server.write(three.span.bytes, pair.buffers) == 3)
        #expect(try pair.client.read(pair.buffers) == .plaintext(bytes: 3))
        for _ in 0..<65 { try pair.client.testOnlySendKeyUpdate(pair.buffers) }
        #expect(try pair.failureOfServer() != nil)
    }

    private static func strangerAndServer() throws -> (RawPeer, any Connection, IOBuffers) {
        let wire = MemoryWire()
        let server = TLSTransport(
            server: wire.rightEnd(),
            context: try TestAuthority.shared.serverContext(),
            paddingMultiple: 0
        )
        return (RawPeer(wire.leftEnd()), TransportConnection(owning: server), IOBuffers())
    }
}

/// A peer that sends bytes of the test's choice instead of a handshake.
private final class RawPeer {
    private var channel: MemoryChannel

    init(_ channel: consuming MemoryChannel) { self.channel = channel }

    func send(_ bytes: [UInt8]) throws {
        let result = try bytes.withUnsafeBytes { try channel.send($0) }
        #expect(result == .transferred(bytes: bytes.count))
    }

    func receive() throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 64)
        let result = try bytes.withUnsafeMutableBytes { try channel.receive(into: $0) }
        guard case .transferred(let count) = result else { return [] }
        return Array(bytes[..<count])
    }
}

/// Both ends of a TLS connection in memory whose handshake is complete, as the types they are.
private struct OwnedTransports: ~Copyable {
    let buffers: IOBuffers
    var client: TLSTransport<MemoryChannel>
    var server: TLSTransport<MemoryChannel>

    init() throws {
        let buffers = IOBuffers()
        let wire = MemoryWire()
        var server = TLSTransport(
            server: wire.rightEnd(),
            context: try TestAuthority.shared.serverContext(),
            paddingMultiple: 0
        )
        var client = TLSTransport(
            client: wire.leftEnd(),
            context: try TestAuthority.shared.clientContext(),
            expecting: ExpectedServer(name: "localhost"),
            paddingMultiple: 0
        )
        var isDone = (false, false)
        while isDone != (true, true) {
            if !isDone.0 { isDone.0 = try client.handshake(buffers) != .incomplete }
            if !isDone.1 { isDone.1 = try server.handshake(buffers) != .incomplete }
        }
        self.buffers = buffers
        self.server = server
        self.client = client
    }

    /// Reads everything that is on the wire; nil if the server's end found nothing wrong with it, and no data.
    mutating func failureOfServer() throws -> TransportError? {
        do throws(TransportError) {
            // More reads than it takes to get through what any test here sends.
            for _ in 0..<32 { guard try server.read(buffers) == .wouldBlock else { break } }
        } catch {
            return error
        }
        return nil
    }
}
