// SPDX-License-Identifier: Apache-2.0

import SnugTransport
import Testing

@Suite struct DigestTests {
    /// Those that the standard gives (FIPS 180-4).
    @Test(arguments: [
        (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ])
    func itIsTheOneOfTheStandard(count: Int, expected: String) throws {
        let digest = try #require(Digest.sha256(Array(repeating: UInt8(ascii: "a"), count: count)))
        let text = digest.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        #expect(text == expected)
    }

    @Test func oneBitMakesAnotherOne() throws {
        var bytes = Array(0..<UInt8.max)
        let digest = try #require(Digest.sha256(bytes))
        bytes[100] ^= 1
        #expect(Digest.sha256(bytes) != digest && digest.count == 32)
    }
}
