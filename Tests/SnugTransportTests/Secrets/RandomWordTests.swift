// SPDX-License-Identifier: Apache-2.0

import SnugTransport
import Testing

@Suite struct RandomWordTests {
    @Test func noTwoWordsAreEqualAndEachHasAllItsBytes() throws {
        let words = try (0..<1_000).map { _ in try #require(RandomWord.make()) }
        #expect(Set(words).count == words.count)
        for word in words {
            #expect(word.utf8.count == 64 && word.allSatisfy { $0.isHexDigit && !$0.isUppercase })
        }
        #expect(RandomWord.make(bytes: 8)?.utf8.count == 16)
    }

    /// FIPS 180-4, the example of "abc".
    @Test func aDigestIsTheSHA256OfTheWord() throws {
        let digest = try #require(RandomWord.digest(of: "abc"))
        #expect(digest.prefix(4) == [0xBA, 0x78, 0x16, 0xBF] && digest.count == 32)
        #expect(RandomWord.digest(of: "abd") != digest)
    }
}
