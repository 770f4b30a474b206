// SPDX-License-Identifier: Apache-2.0

import SnugTransport
import Testing

@Suite struct IOBuffersTests {
    private struct CableIsOut: Error {}

    private let buffers = IOBuffers()

    private func lent(_ count: Int) -> [UInt8] {
        buffers.withPlaintext(bytes: count) { bytes in bytes.withUnsafeBytes { Array($0) } }
    }

    @Test func whatATransportFillsInIsWhatItsReaderIsLent() {
        let result = buffers.fillPlaintext { span in
            for byte in UInt8(1)...5 { span.append(byte) }
        }
        #expect(result == .plaintext(bytes: 5))
        #expect(lent(5) == [1, 2, 3, 4, 5])
    }

    @Test func eachReadBeginsAtTheBeginning() {
        _ = buffers.fillPlaintext { span in
            for _ in 0..<100 { span.append(7) }
        }
        #expect(buffers.fillPlaintext { span in span.append(8) } == .plaintext(bytes: 1))
        #expect(lent(1) == [8])
    }

    @Test func whoFillsInNothingHasNothingToRead() {
        #expect(buffers.fillPlaintext { _ in } == .wouldBlock)
    }

    @Test func aReadThatFailsSaysSo() {
        #expect(throws: CableIsOut.self) {
            try buffers.fillPlaintext { span throws(CableIsOut) in
                span.append(1)
                throw CableIsOut()
            }
        }
    }

    @Test func thereIsRoomForAWholeReceive() {
        var room = 0
        _ = buffers.fillPlaintext { span in room = span.freeCapacity }
        #expect(room >= 65_536)
    }
}
