// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugTransport

@Suite struct PEMBlockTests {
    private static func blocks(_ text: String) -> [PEMBlock] {
        Array(text.utf8).withUnsafeBytes { PEMBlock.all(in: $0) }
    }

    private static func texts(_ text: String) -> [String] {
        let bytes = Array(text.utf8)
        return blocks(text).map { String(decoding: bytes[$0.range], as: UTF8.self) }
    }

    private static func block(_ label: String, _ content: String = "AAAA") -> String {
        "-----BEGIN \(label)-----\n\(content)\n-----END \(label)-----"
    }

    @Test func blocksAreFoundInTheirOrderWhateverStandsBetweenThem() {
        let (first, second) = (Self.block("CERTIFICATE"), Self.block("PRIVATE KEY", "BBBB"))
        let text = "words\n\(first)\r\nsubject=CN=x - - ---- -----\n\(second)\ntrailing -----"
        #expect(Self.texts(text) == [first, second])
        #expect(Self.blocks(text).map(\.label) == ["CERTIFICATE", "PRIVATE KEY"])
        #expect(Self.blocks(text).map(\.isCertificate) == [true, false])
        #expect(Self.blocks(text).map(\.isPrivateKey) == [false, true])
    }

    @Test func aBlockWithoutAnEndGoesToTheNextOneOrToTheEndOfTheText() {
        let open = "-----BEGIN CERTIFICATE-----\nAAAA\n"
        let whole = Self.block("CERTIFICATE", "CCCC")
        #expect(Self.texts(open + whole) == [open, whole])
        #expect(Self.texts(whole + "\n" + open) == [whole, open])
        #expect(Self.texts(open + "-----END CERTIFICATE") == [open + "-----END CERTIFICATE"])
    }

    @Test(arguments: [
        "", "-", "-----BEGIN ", "-----BEGIN CERTIFICATE", "-----BEGIN CERTIFICATE----",
        "BEGIN CERTIFICATE-----",
        "-----begin certificate-----\nAAAA\n-----end certificate-----", "-----BEGIN-----\n",
    ])
    func whatHasNoWholeBeginningIsNoBlock(text: String) {
        #expect(Self.blocks(text).isEmpty)
    }

    @Test func aLabelHasAtMost64BytesSoThatNothingLongIsTakenForOne() {
        for (count, found) in [(64, 1), (65, 0)] {
            #expect(Self.blocks(Self.block(String(repeating: "X", count: count))).count == found)
        }
    }

    @Test func aKeyWithTheHeaderOfAnEncryptedOneIsNoneThatCanBeRead() {
        let content = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA"
        let blocks = Self.blocks(Self.block("EC PRIVATE KEY", content) + "\n" + Self.block("EC PRIVATE KEY"))
        #expect(blocks.map(\.isEncrypted) == [true, false])
        #expect(blocks.map(\.isPrivateKey) == [false, true])
    }

    @Test(arguments: [
        ("CERTIFICATE", true, false), ("X509 CERTIFICATE", true, false), ("PRIVATE KEY", false, true),
        ("RSA PRIVATE KEY", false, true), ("EC PRIVATE KEY", false, true), ("DSA PRIVATE KEY", false, true),
        ("ENCRYPTED PRIVATE KEY", false, false), ("OPENSSH PRIVATE KEY", false, false),
        ("CERTIFICATE REQUEST", false, false), ("PUBLIC KEY", false, false), ("", false, false),
    ])
    func theLabelSaysWhatIsInIt(label: String, isCertificate: Bool, isKey: Bool) {
        let blocks = Self.blocks(Self.block(label))
        #expect(blocks.map(\.isCertificate) == [isCertificate] && blocks.map(\.isPrivateKey) == [isKey])
    }
}
