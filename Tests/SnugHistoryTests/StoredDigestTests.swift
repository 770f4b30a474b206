// SPDX-License-Identifier: Apache-2.0

import SnugHistory
import Testing

struct StoredDigestTests {
    @Test func aDigestGivesItsBytesBackInTheirOrder() {
        let bytes = Array(UInt8(1)...32)
        #expect(StoredDigest(bytes)?.bytes == bytes)
        #expect(
            StoredDigest(bytes)?.hexadecimal
                == bytes.map { $0 < 16 ? "0\(String($0, radix: 16))" : String($0, radix: 16) }.joined()
        )
    }

    @Test(arguments: [0, 1, 31, 33, 64]) func whatHasAnotherLengthIsNoDigest(count: Int) {
        #expect(StoredDigest([UInt8](repeating: 1, count: count)) == nil)
    }

    @Test func digestsThatDifferInOneByteAreDifferent() {
        for index in 0..<32 {
            var bytes = [UInt8](repeating: 7, count: 32)
            let digest = StoredDigest(bytes)
            #expect(Set([digest, StoredDigest(bytes)]).count == 1)
            bytes[index] = 8
            #expect(digest != StoredDigest(bytes))
        }
    }
}
