// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import SnugTransport
import TestSupport
import Testing

@Suite struct PassphraseMakingTests {
    @Test func aPassphraseThatWasMadeIsFiveGroupsThatCanBeSaidAndTyped() throws {
        for _ in 0..<1_000 {
            let passphrase = try Passphrase.random()
            let text = passphrase.withBytes { String(decoding: $0, as: UTF8.self) }
            let groups = text.split(separator: "-", omittingEmptySubsequences: false).map(Array.init)
            #expect(groups.count == 5)
            for group in groups {
                #expect(group.count == 5)
                for (index, letter) in group.enumerated() {
                    let letters = index.isMultiple(of: 2) ? "bdfghjklmnprstvz" : "aiou"
                    #expect(letters.contains(letter))
                }
            }
            #expect(passphrase.weakness == nil)
        }
    }

    /// 16 consonants and 4 vowels in 15 and 10 places: were a bit of the 80 fixed, a letter would be missing somewhere.
    @Test func everyLetterComesInEveryPlaceAndNoPassphraseTwice() throws {
        var seen = [Set<UInt8>](repeating: [], count: 29)
        var all: Set<[UInt8]> = []
        for _ in 0..<2_000 {
            let bytes = try Passphrase.random().withBytes { Array($0) }
            for (index, byte) in bytes.enumerated() { seen[index].insert(byte) }
            all.insert(bytes)
        }
        #expect(all.count == 2_000)
        let inEveryPlace = seen.reduce(0) { $0 + $1.count }
        let expected = 15 * 16 + 10 * 4 + 4
        #expect(inEveryPlace == expected)
    }

    @Test(
        arguments: [
            ("ab", .short(characters: 2)), ("sesame", .short(characters: 6)), ("漢字漢字", .short(characters: 4)),
            ("Passwort", .common), ("P@ssw0rd!", .common), ("password123", .common), ("Open Sesame", .common),
            ("correct horse battery staple", .common), ("qwertyuiop", .common), ("2026changeme", .common),
            ("1Q2w3e4r", .common), ("admin-admin", .common), ("12345678", .monotonous),
            ("abcdefghij", .monotonous),
            ("zyxwvutsr", .monotonous), ("aaaaaaaaaaaa", .monotonous), ("abababababab", .monotonous),
            ("20261126", .digitsOnly), ("31415926535", .digitsOnly),
        ] as [(String, PassphraseWeakness)]
    )
    func aPassphraseThatIsTriedFirstIsKnownForIt(text: String, weakness: PassphraseWeakness) throws {
        #expect(try self.weakness(of: text) == weakness)
        #expect(!weakness.description.contains(text))
    }

    @Test(arguments: ["tigers eat 9 lemons", "314159265358", "漢字仮名交じり文です", "xk9qPz3v", "opensesames"])
    func othersAreNot(text: String) throws {
        #expect(try weakness(of: text) == nil)
    }

    private func weakness(of text: String) throws -> PassphraseWeakness? {
        let bytes = Array(text.utf8)
        return try Passphrase(SecretBytes(copying: bytes.span.bytes), from: .variable("CHAT_SECRET")).weakness
    }

    @Test func whatIsOverwrittenIsGone() throws {
        var bytes = Array("open sesame".utf8)
        overwrite(&bytes)
        #expect(bytes.isEmpty)
    }
}
