// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugTransport

/// What a certificate can be made for.
@Suite struct SubjectNameTests {
    @Test(arguments: [
        "localhost", "chat.example", "a", "A.B", "xn--bcher-kva.example", "3com.example", "chat-1.example",
        "chat_room", "_dmarc.example", "1.2.3.4.example", "10-0-0-1",
        String(repeating: "a", count: 63) + ".example",
        Array(repeating: String(repeating: "a", count: 50), count: 4).joined(separator: ".")
            + "." + String(repeating: "b", count: 49),
    ])
    func aHostNameIsTakenAsItIs(text: String) throws {
        let name = try #require(SubjectName(text))
        #expect(name == .host(text) && name.text == text)
    }

    @Test(arguments: [
        "", ".", "a..b", ".example", "example.", "-chat.example", "chat-.example", "chat.-example", "a b",
        "chat!", "chat/room", "ben@chat.example", "*.example", "127.0.0", "10.0.0.256", "1", "chat.7",
        "127.0.0.1\0", "chat\u{0}.example", "chat,example", "[::1]", "chat{", "chat@", "ch`at", "chat:",
        "\u{7f}",
        String(repeating: "a", count: 64) + ".example",
        Array(repeating: String(repeating: "a", count: 50), count: 5).joined(separator: "."),
    ])
    func whatIsNeitherHostNorAddressIsNoName(text: String) {
        #expect(SubjectName(text) == nil)
    }

    @Test(arguments: [
        ("127.0.0.1", [127, 0, 0, 1], "127.0.0.1"),
        ("::1", [UInt8](repeating: 0, count: 15) + [1], "::1"),
        (
            "2001:DB8:0:0::7", [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [7],
            "2001:db8::7"
        ),
    ])
    func anAddressIsItsBytesHoweverItWasWritten(text: String, bytes: [UInt8], shown: String) throws {
        let name = try #require(SubjectName(text))
        #expect(name == .address(bytes) && name.text == shown)
    }

    @Test(arguments: [("bücher.example", "xn--bcher-kva.example"), ("Ünder_score", nil)])
    func aNameInAnyScriptIsWhatDNSKnowsItBy(text: String, host: String?) {
        #expect(SubjectName(text) == host.map { .host($0) })
    }

    @Test func ofACertificatesNamesThoseAreTakenThatClientsAskFor() {
        #expect(SubjectName(.host(Array("chat.example".utf8))) == .host("chat.example"))
        #expect(SubjectName(.address([127, 0, 0, 1])) == .address([127, 0, 0, 1]))
        #expect(SubjectName(.host(Array("127.0.0.1".utf8))) == nil)
        #expect(SubjectName(.host(Array("chat.example.".utf8))) == nil)
        #expect(SubjectName(.address([127, 0, 0])) == nil)
        #expect(SubjectName(.other) == nil)
    }
}
