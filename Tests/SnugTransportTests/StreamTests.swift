// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import Synchronization
import TestSupport
import Testing

@testable import SnugTransport

@Suite struct StreamTests {
    @Test(arguments: TransportKind.allCases)
    func whatIsWrittenArrivesWholeAndInOrder(kind: TransportKind) throws {
        let pair = try ConnectedPair(kind)
        _ = try pair.completeHandshake()
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        #expect(try pair.transfer(bytes, from: pair.client, to: pair.server) == bytes)
        #expect(try pair.transfer(bytes, from: pair.server, to: pair.client) == bytes)
    }

    @Test(arguments: TransportKind.allCases, [1, 2, 5, 6, 1_000])
    func aPeerThatDripsBytesIsUnderstoodLikeAnyOther(kind: TransportKind, drip: Int) throws {
        let pair = try ConnectedPair(kind, clientFault: .drip(bytes: drip))
        _ = try pair.completeHandshake()
        let bytes = (0..<5_000).map { UInt8(truncatingIfNeeded: $0) }
        #expect(try pair.transfer(bytes, from: pair.client, to: pair.server) == bytes)
        #expect(try pair.transfer(bytes, from: pair.server, to: pair.client) == bytes)
    }

    @Test(arguments: TransportKind.allCases)
    func aPeerThatTakesNothingGetsNothingMoreAndLosesNothing(kind: TransportKind) throws {
        let pair = try ConnectedPair(kind, capacity: 4_096)
        _ = try pair.completeHandshake()
        let bytes = (0..<40_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        var taken = 0
        while !pair.server.wantsWrite {
            taken += try pair.server.write(bytes.span.bytes.extracting(taken...), pair.buffers)
        }
        // At most one record is taken beyond what the wire holds.
        #expect(taken <= 4_096 + IOBuffers.bytesPerWrite)
        #expect(try pair.server.write([1].span.bytes, pair.buffers) == 0)

        var arrived = try pair.read(pair.client) ?? []
        while taken < bytes.count || arrived.count < bytes.count {
            try pair.server.flush(pair.buffers)
            if !pair.server.wantsWrite, taken < bytes.count {
                taken += try pair.server.write(bytes.span.bytes.extracting(taken...), pair.buffers)
            }
            arrived += try pair.read(pair.client) ?? []
        }
        #expect(arrived == bytes)
    }

    @Test(arguments: TransportKind.allCases)
    func writingNothingSendsNothingAndHarmsNothing(kind: TransportKind) throws {
        let pair = try ConnectedPair(kind)
        _ = try pair.completeHandshake()
        #expect(try pair.client.write([UInt8]().span.bytes, pair.buffers) == 0)
        #expect(try pair.read(pair.server) == [])
        let bytes = Array("still here".utf8)
        #expect(try pair.transfer(bytes, from: pair.client, to: pair.server) == bytes)
    }

    @Test(arguments: TransportKind.allCases)
    func aGoodbyeIsAnEndOfStream(kind: TransportKind) throws {
        let pair = try ConnectedPair(kind)
        _ = try pair.completeHandshake()
        _ = try pair.client.write(Array("last words".utf8).span.bytes, pair.buffers)
        try pair.client.finish(pair.buffers)
        #expect(try pair.read(pair.server) == Array("last words".utf8))
        #expect(try pair.read(pair.server) == nil)
        // The other direction is still open.
        #expect(try pair.transfer([1, 2, 3], from: pair.server, to: pair.client) == [1, 2, 3])
    }

    /// As the contract says: finished again each time that the peer takes more.
    @Test func behindWhatAPeerIsSlowToTakeTheGoodbyeComesLastAndNothingIsLost() throws {
        let pair = try ConnectedPair(.tls, capacity: 4_096)
        _ = try pair.completeHandshake()
        let bytes = (0..<IOBuffers.bytesPerWrite).map { UInt8(truncatingIfNeeded: $0 / 7) }
        #expect(try pair.server.write(bytes.span.bytes, pair.buffers) == bytes.count)
        #expect(pair.server.wantsWrite)
        var arrived: [UInt8] = []
        for _ in 0..<20 {
            try pair.server.finish(pair.buffers)
            guard let more = try pair.read(pair.client) else { break }
            arrived += more
        }
        #expect(arrived == bytes && !pair.server.wantsWrite)
        #expect(try pair.read(pair.client) == nil)
    }

    @Test func aCutTLSConnectionIsNotMistakenForAGoodbye() throws {
        let pair = try ConnectedPair(.tls)
        _ = try pair.completeHandshake()
        _ = try pair.client.write(Array("half of what".utf8).span.bytes, pair.buffers)
        pair.client.close()
        #expect(try pair.read(pair.server) == Array("half of what".utf8))
        #expect(throws: TransportError.truncated) { try pair.read(pair.server) }
    }

    /// Before the first byte, in a record's header, behind it, and in its body.
    @Test(arguments: [0, 1, 4, 5, 6, 500])
    func aServerThatIsCutOffInItsHandshakeIsNotWaitedFor(bytes: Int) throws {
        let pair = try ConnectedPair(.tls, clientFault: .cutReceived(after: bytes))
        #expect(throws: TransportError.truncated) {
            for _ in 0..<10 {
                _ = try pair.client.handshake(pair.buffers)
                _ = try pair.server.handshake(pair.buffers)
            }
        }
    }

    /// Whoever only looks whether somebody listens is no failure that an operator has to know of.
    @Test func aClientThatSaysNothingIsToldFromOneThatIsCutOffAndFromAServer() throws {
        let visit = try ConnectedPair(.tls)
        visit.client.close()
        #expect(throws: TransportError.peerMisbehaved(.saidNothing)) {
            _ = try visit.server.handshake(visit.buffers)
        }
        let cut = try ConnectedPair(.tls)
        _ = try cut.client.handshake(cut.buffers)
        cut.client.close()
        #expect(throws: TransportError.truncated) {
            for _ in 0..<10 { _ = try cut.server.handshake(cut.buffers) }
        }
        let silent = try ConnectedPair(.tls)
        silent.server.close()
        #expect(throws: TransportError.truncated) { _ = try silent.client.handshake(silent.buffers) }
    }

    @Test(arguments: TransportKind.allCases)
    func aResetConnectionIsASystemError(kind: TransportKind) throws {
        let pair = try ConnectedPair(kind, clientFault: .reset(104, afterReceived: 3_000))
        _ = try pair.completeHandshake()
        _ = try pair.server.write([UInt8](repeating: 7, count: 4_000).span.bytes, pair.buffers)
        #expect(throws: TransportError.system(SystemError(code: 104, call: "recv"))) {
            while true { _ = try pair.read(pair.client) }
        }
    }

    @Test func aBitFlippedOnTheWayChangesPlainTextUnnoticed() throws {
        let pair = try ConnectedPair(.plain, clientFault: .flipReceivedBit(ofByte: 4))
        _ = try pair.completeHandshake()
        _ = try pair.server.write(Array("pay 10".utf8).span.bytes, pair.buffers)
        #expect(try pair.read(pair.client) == Array("pay 00".utf8))
    }

    @Test func aBitFlippedOnTheWayEndsATLSSessionAndNothingFalseIsShown() throws {
        let handshake = Atomic<Int>(0)
        let probe = try ConnectedPair(
            .tls,
            observer: { direction, bytes in
                if direction == .sent { handshake.add(bytes.count, ordering: .relaxed) }
            }
        )
        _ = try probe.completeHandshake()
        // Signatures vary by a byte or two in length, so the flip is aimed well inside a long record.
        let pair = try ConnectedPair(
            .tls,
            clientFault: .flipReceivedBit(ofByte: handshake.load(ordering: .relaxed) + 500)
        )
        _ = try pair.completeHandshake()
        _ = try pair.server.write([UInt8](repeating: 9, count: 4_000).span.bytes, pair.buffers)
        #expect(throws: TransportError.self) { try pair.read(pair.client) }
    }
}
