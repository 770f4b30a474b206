// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugTransport

/// When as much of a record is here as it takes to say something about it.
@Suite struct RecordHeaderTests {
    @Test(arguments: [1, 2, 255, 256, 16_640])
    func aRecordIsWholeWithItsLastByteAndNotBefore(fragmentBytes: Int) {
        let header = [23, 3, 3, UInt8(fragmentBytes >> 8), UInt8(fragmentBytes & 255)]
        let record = header + [UInt8](repeating: 0, count: fragmentBytes)
        #expect((0..<record.count).allSatisfy { !Self.isWhole(record.prefix($0)) })
        #expect(Self.isWhole(record[...]))
        #expect(Self.isWhole((record + header)[...]))
    }

    /// Whoever sent it would otherwise be waited for, and could take its time.
    @Test(
        arguments: [
            [22, 3, 1, 0xFF, 0xFF], [22, 2, 1, 0, 5], [22, 3, 1, 0, 0], [22, 3, 1, 0x41, 1],
            [24, 3, 3, 0, 1],
        ] as [[UInt8]]
    )
    func aHeaderThatCannotBeOneIsReportedWithoutWaitingForMore(header: [UInt8]) {
        #expect((0..<header.count).allSatisfy { !Self.isWhole(header.prefix($0)) })
        #expect(Self.isWhole(header[...]))
    }

    private static func isWhole(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.withUnsafeBytes { RecordHeader.isWholeRecord(at: $0) }
    }
}
