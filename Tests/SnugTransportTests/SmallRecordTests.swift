// SPDX-License-Identifier: Apache-2.0

import CGnuTLS
import SnugSystem
import TestSupport
import Testing

@testable import SnugTransport

/// Peers that take small records only: by RFC 8449, or by RFC 6066 section 4.
@Suite struct SmallRecordTests {
    enum Limit: CustomTestStringConvertible {
        case recordSize(Int)
        case maximumFragment(Int)

        var bytes: Int {
            switch self {
            case .recordSize(let bytes), .maximumFragment(let bytes): bytes
            }
        }

        var testDescription: String { "\(self)" }

        func apply(to session: gnutls_session_t?) {
            switch self {
            case .recordSize(let bytes): gnutls_record_set_max_recv_size(session, bytes)
            case .maximumFragment(let bytes): gnutls_record_set_max_size(session, bytes)
            }
        }
    }

    static let limits: [Limit] = [
        .recordSize(512), .recordSize(700), .recordSize(1_023), .recordSize(16_384), .maximumFragment(512),
        .maximumFragment(4_096),
    ]

    @Test(arguments: limits)
    func aPeerThatTakesSmallRecordsOnlyGetsAllInOneCallAndOneSend(limit: Limit) throws {
        let room = try Room(limit, paddingMultiple: 0)
        let bytes = (0..<IOBuffers.bytesPerWrite).map { UInt8(truncatingIfNeeded: $0 / 5) }
        #expect(try room.server.write(bytes.span.bytes, room.buffers) == bytes.count)
        #expect(room.sends == 1)
        #expect(try room.readAll(bytes.count) == bytes)
        #expect(room.fragments.allSatisfy { $0 <= limit.bytes + 17 })
        #expect(room.fragments.count == (bytes.count + limit.bytes - 1) / limit.bytes)
    }

    @Test(arguments: limits, [16, 256, 1_000, 16_384])
    func paddingNeverMakesARecordLargerThanThePeerTakes(limit: Limit, multiple: Int) throws {
        let room = try Room(limit, paddingMultiple: multiple)
        for count in [1, 2, 41, 42, 43, 63, 64, 65, 255, 256, 257, 490, 491, 511, 512, 1_511, 16_362, 16_384]
        {
            let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: count), count: count)
            #expect(try room.server.write(bytes.span.bytes, room.buffers) == count)
            #expect(try room.readAll(count) == bytes)
        }
        #expect(room.fragments.allSatisfy { $0 <= limit.bytes + 17 })
    }

    @Test func aMultipleLargerThanARecordStillMakesAllShortLinesOneLength() throws {
        let room = try Room(.recordSize(512), paddingMultiple: 16_384)
        for count in 1...490 {
            let bytes = [UInt8](repeating: 7, count: count)
            #expect(try room.server.write(bytes.span.bytes, room.buffers) == count)
            #expect(try room.readAll(count) == bytes)
        }
        #expect(Set(room.fragments) == [490 + 17])
    }

    @Test(arguments: TransportKind.allCases)
    func aTransportThatTakesOneByteAtATimeLosesNothing(kind: TransportKind) throws {
        let wire = MemoryWire()
        let buffers = IOBuffers()
        let near: any Connection
        let far: any Connection
        switch kind {
        case .plain:
            near = TransportConnection(
                owning: MiserlyTransport(owning: PlainTransport(owning: wire.leftEnd()))
            )
            far = TransportConnection(owning: PlainTransport(owning: wire.rightEnd()))
        case .tls:
            near = TransportConnection(
                owning: MiserlyTransport(
                    owning: TLSTransport(
                        client: wire.leftEnd(),
                        context: try TestAuthority.shared.clientContext(),
                        expecting: ExpectedServer(name: "localhost"),
                        paddingMultiple: 256
                    )
                )
            )
            far = TransportConnection(
                owning: TLSTransport(
                    server: wire.rightEnd(),
                    context: try TestAuthority.shared.serverContext(),
                    paddingMultiple: 0
                )
            )
        }
        try ConnectedPair.completeHandshake(near, far, buffers)
        let text = Array("漢字かな".utf8)
        var offset = 0
        while offset < text.count, !near.wantsWrite {
            let taken = try near.write(text.span.bytes.extracting(offset...), buffers)
            #expect(taken == 1)
            offset += taken
        }
        var arrived: [UInt8] = []
        while case .plaintext(let count) = try far.read(buffers) {
            arrived += buffers.withPlaintext(bytes: count) { $0.withUnsafeBytes { Array($0) } }
        }
        #expect(arrived == text)
    }
}

/// A transport as a user may write it: it takes one byte a call, for no reason that anybody can see.
private struct MiserlyTransport<Base: Transport & ~Copyable>: Transport, ~Copyable {
    private var base: Base

    init(owning base: consuming Base) { self.base = base }

    var descriptor: Int32? { base.descriptor }
    var wantsWrite: Bool { base.wantsWrite }
    var hasBufferedInput: Bool { base.hasBufferedInput }
    var isMidRecord: Bool { base.isMidRecord }
    var paddingMultiple: Int {
        get { base.paddingMultiple }
        set { base.paddingMultiple = newValue }
    }

    mutating func handshake(_ buffers: IOBuffers) throws(TransportError) -> HandshakeProgress {
        try base.handshake(buffers)
    }

    mutating func read(_ buffers: IOBuffers) throws(TransportError) -> ReadResult { try base.read(buffers) }

    mutating func write(_ bytes: RawSpan, _ buffers: IOBuffers) throws(TransportError) -> Int {
        try base.write(bytes.extracting(first: 1), buffers)
    }

    mutating func flush(_ buffers: IOBuffers) throws(TransportError) { try base.flush(buffers) }
    mutating func cork() { base.cork() }
    mutating func finish(_ buffers: IOBuffers) throws(TransportError) { try base.finish(buffers) }
    consuming func close() { base.close() }
    consuming func reset() { base.reset() }
}

/// Our server's end and a peer with a limit, connected in memory.
private final class Room {
    let server: any Connection
    let buffers = IOBuffers()
    private let peer: GnuTLSPeer
    private let sent = Lock<[[UInt8]]>([])

    init(_ limit: SmallRecordTests.Limit, paddingMultiple: Int) throws {
        let wire = MemoryWire()
        let sent = sent
        server = TransportConnection(
            owning: TLSTransport(
                server: RecordingChannel(owning: wire.rightEnd()) { direction, bytes in
                    if direction == .sent { sent.withLock { $0.append(bytes) } }
                },
                context: try TestAuthority.shared.serverContext(),
                paddingMultiple: paddingMultiple
            )
        )
        peer = GnuTLSPeer(
            wire.leftEnd(),
            priorities: "NORMAL:-VERS-ALL:+VERS-TLS1.3",
            limit.apply
        )
        var isDone = (false, false)
        while isDone != (true, true) {
            if !isDone.0 { isDone.0 = try peer.handshake() }
            if !isDone.1 { isDone.1 = try server.handshake(buffers) != .incomplete }
        }
        self.sent.withLock { $0 = [] }
    }

    var sends: Int { sent.withLock { $0.count } }

    /// The sizes of all encrypted records that were sent since the handshake.
    var fragments: [Int] {
        let bytes = sent.withLock { Array($0.joined()) }
        var sizes: [Int] = []
        var offset = 0
        while offset < bytes.count {
            let size = Int(bytes[offset + 3]) << 8 | Int(bytes[offset + 4])
            sizes.append(size)
            offset += RecordHeader.bytes + size
        }
        return sizes
    }

    func readAll(_ count: Int) throws -> [UInt8] {
        var arrived: [UInt8] = []
        while arrived.count < count, let more = try peer.read() { arrived += more }
        return arrived
    }
}
