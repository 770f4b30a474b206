// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import TestSupport
import Testing

@testable import SnugTransport

/// What people write for a host.
@Suite struct HostNameTests {
    @Test(arguments: [
        ("chat.example", "chat.example"), ("chat.example.", "chat.example."),
        (" chat.example\n", "chat.example"),
        ("Chat.EXAMPLE", "Chat.EXAMPLE"), ("a_container-1", "a_container-1"), ("x", "x"),
        ("192.0.2.7", "192.0.2.7"), ("127.1", "127.0.0.1"), ("0.0.0.0", "0.0.0.0"),
        ("999.1.1.1", "999.1.1.1"),
        ("::1", "::1"), ("[::1]", "::1"), ("[2001:DB8:0:0::7]", "2001:db8::7"), ("::", "::"),
        ("::ffff:192.0.2.7", "192.0.2.7"), ("[::ffff:127.0.0.1]", "127.0.0.1"),
        ("fe80::1%lo", "fe80::1%lo"), ("[FE80::1%lo]", "fe80::1%lo"), ("fe80::1%1", "fe80::1%1"),
        ("bücher.example", "xn--bcher-kva.example"), ("BÜCHER.example", "xn--bcher-kva.example"),
        ("bu\u{308}cher.example", "xn--bcher-kva.example"), ("straße.example", "xn--strae-oqa.example"),
        ("１２７。０。０。１", "127.0.0.1"), ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
    ])
    func namesInAnyScriptAndAddressesInAnyFormAreTaken(written: String, text: String) throws {
        #expect(try HostName(written).text == text)
    }

    /// RFC 1035 section 2.3.4: 255 octets with the lengths, which leaves 253 characters.
    @Test func aNameMayBeAsLongAsTheDNSLetsItAndNoLonger() throws {
        let name = String(repeating: String(repeating: "x", count: 61) + ".", count: 4) + "x.xxx"
        #expect(name.utf8.count == 253)
        #expect(try HostName(name).text == name)
        #expect(throws: HostNameError.self) { try HostName(name + "x") }
    }

    @Test(arguments: [
        "", " ", "chat example", "chat/room", "bü_cher.example", "ben@chat.example", "-.-/", ".", "..",
        "chat..example",
        ".example",
        "[chat.example]", "[::1", "::1]", "[]", "chat.example:", "chat.example:https", "chat.example:70000",
        ":9443", "1:2:3", "::1::2", ":::", "9443", "https://", "https:///", "://", "*", "a\u{0}b",
        "x\u{1B}[31m",
        String(repeating: "x", count: 64), String(repeating: "x.", count: 127) + "x", "\u{202E}", "🙂🙂:🙂",
    ])
    func whatIsNoHostIsSaidToBeNone(written: String) throws {
        let error = try #require(throws: HostNameError.self) { try HostName(written) }
        #expect(!error.description.isEmpty)
        switch error {
        case .empty, .malformed, .url(nil): break
        case .interfaceMissing, .needlessInterface, .port, .url: Issue.record("\(error)")
        }
    }

    @Test func aPortBehindAnInterfaceIsNoPartOfItsName() throws {
        let host = try HostName("fe80::1%lo")
        #expect(throws: HostNameError.port(9000, behind: host)) { try HostName("fe80::1%lo:9000") }
        #expect(throws: HostNameError.malformed("fe80::1%lo:x")) { try HostName("fe80::1%lo:x") }
    }

    @Test(arguments: ["fe80::1", "[fe80::1]", "fe80::1%nowhere", "febf::1", "fe80::1%", "fe80::1%4000000000"])
    func aLinkLocalAddressNeedsAnInterfaceThatIsThere(written: String) throws {
        let error = try #require(throws: HostNameError.self) { try HostName(written) }
        guard case .interfaceMissing = error else {
            Issue.record("\(error)")
            return
        }
    }

    /// Pieces of hosts in any order: whatever comes out is ASCII, short, and stays as it is.
    @Test(arguments: 0..<50)
    func whateverIsWrittenEndsAsAHostThatStaysOneOrAsAnErrorWithASentence(seed: UInt64) throws {
        let pieces = [
            "[", "]", ":", "::", "%", "%lo", "/", "://", "https", "@", ".", "..", "fe80", "1", "127.0.0.1",
            "ffff", "chat", "ü", "ß", "例", "。", "\u{301}", "-", "_", " ", "9443", "xn--", "*", "\0", "🙂",
        ]
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let count = Int.random(in: 0...8, using: &random)
            let written = (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            do throws(HostNameError) {
                let host = try HostName(written)
                #expect(!host.text.isEmpty && host.text.utf8.count <= 253, "\(written)")
                #expect(host.text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "\(written)")
                #expect(try HostName(host.text) == host, "\(written)")
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
    }

    @Test func aCertificateIsAskedForTheAddressWithoutItsInterface() {
        #expect(ExpectedServer(name: "fe80::1%eth0").name == "fe80::1")
        #expect(ExpectedServer(name: "chat.example.").name == "chat.example")
    }
}
