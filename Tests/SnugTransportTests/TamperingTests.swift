// SPDX-License-Identifier: Apache-2.0

import SnugTransport
import Synchronization
import TestSupport
import Testing

/// Somebody on the way who changes one byte of what a server sends, each byte in turn.
@Suite(.timeLimit(.minutes(30))) struct TamperingTests {
    private static let line = Array("pay 10".utf8)

    @Test func noByteCanBeChangedOnTheWaySoThatSomethingFalseIsShown() throws {
        let total = try Self.bytesOfAConnection()
        var harmless = 0
        for offset in 0..<total {
            switch try Self.shown(flipping: offset) {
            case nil, []: break
            case Self.line: harmless += 1
            case let other?: Issue.record("byte \(offset) made it \(other)")
            }
        }
        // The minor version in the headers of records in clear, and an end that came sooner than the time before.
        #expect(harmless < 16, "\(harmless) of \(total)")
    }

    /// What a client is shown of the line behind the handshake; nil if the session ended.
    private static func shown(flipping offset: Int) throws -> [UInt8]? {
        let pair = try ConnectedPair(.tls, clientFault: .flipReceivedBit(ofByte: offset))
        do {
            guard try hasShakenHands(pair) else { return [] }
            _ = try pair.server.write(line.span.bytes, pair.buffers)
            return try pair.read(pair.client)
        } catch is TransportError {
            return nil
        }
    }

    /// Whether it comes to a handshake; a length that grew makes a client wait for bytes that never come.
    private static func hasShakenHands(_ pair: ConnectedPair) throws -> Bool {
        var isDone = (client: false, server: false)
        for _ in 0..<16 where isDone != (true, true) {
            if !isDone.client { isDone.client = try pair.client.handshake(pair.buffers) != .incomplete }
            if !isDone.server { isDone.server = try pair.server.handshake(pair.buffers) != .incomplete }
        }
        return isDone == (true, true)
    }

    private static func bytesOfAConnection() throws -> Int {
        let sent = Atomic<Int>(0)
        let pair = try ConnectedPair(.tls) { direction, bytes in
            if direction == .sent { sent.add(bytes.count, ordering: .relaxed) }
        }
        try #require(try hasShakenHands(pair))
        _ = try pair.server.write(line.span.bytes, pair.buffers)
        return sent.load(ordering: .relaxed)
    }
}
