// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugTransport

/// Of a client's Certificate message only one form gets any further than its bytes.
@Suite struct ClientCertificateTests {
    private static let prefix: [UInt8] = [0, 0, 0, 49, 0, 0, 44]
    private static let algorithm: [UInt8] = [0x30, 0x2A, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 3, 0x21, 0]

    private static func message(key: [UInt8] = .init(repeating: 7, count: 32)) -> [UInt8] {
        prefix + algorithm + key + [0, 0]
    }

    private static func judge(_ bytes: [UInt8]) -> ClientCertificate { bytes.withUnsafeBytes { .init($0) } }

    @Test func aKeyOfEd25519IsTakenWhateverItsBytes() {
        var random = SeededGenerator(seed: 7_250)
        for _ in 0..<200 {
            let key = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(Self.judge(Self.message(key: key)) == .ed25519)
        }
    }

    @Test func anyOtherByteOutsideTheKeyMakesItNoKey() {
        let good = Self.message()
        for index in good.indices {
            for change in 1...255 as ClosedRange<UInt8> {
                var bytes = good
                bytes[index] ^= change
                let isInKey = (19..<51).contains(index)
                let expected: ClientCertificate = isInKey ? .ed25519 : index < 4 ? .malformed : .other
                #expect(Self.judge(bytes) == expected, "byte \(index)")
            }
        }
    }

    @Test func aMessageThatIsCutOrGoesOnIsMalformed() {
        let good = Self.message()
        for count in 0..<good.count { #expect(Self.judge(Array(good[..<count])) == .malformed) }
        #expect(Self.judge(good + [0]) == .malformed)
        #expect(Self.judge([0, 0xFF, 0xFF, 0xFF]) == .malformed)
    }

    @Test func anEmptyListIsAClientWithoutAKey() {
        #expect(Self.judge([0, 0, 0, 0]) == .none)
    }
}
