// SPDX-License-Identifier: Apache-2.0

import SnugProgram
import SnugSystem
import SnugTransport
import Testing

/// What people write behind `--host`, and what they are told to write instead.
@Suite struct HostNameOptionTests {
    @Test(arguments: [
        ("chat.example:9444", "--host chat.example --port 9444"),
        ("127.0.0.1:0", "--host 127.0.0.1 --port 0"), ("[::1]:9444", "--host ::1 --port 9444"),
        ("[fe80::1%lo]:9444", "--host fe80::1%lo --port 9444"),
        ("bücher.example:9444", "--host xn--bcher-kva.example --port 9444"),
        ("https://chat.example", "--host chat.example"), ("https://chat.example/", "--host chat.example"),
        ("tls://chat.example:9444/room?x#y", "--host chat.example --port 9444"),
        ("http://[::1]:80", "--host ::1 --port 80"),
        ("https://ben:secret@chat.example", "--host chat.example"),
        ("::1%lo", "--host ::1"),
    ])
    func whatGoesTooFarIsRefusedWithWhatToWriteInstead(written: String, instead: String) throws {
        let error = try #require(throws: Failure.self) { try HostName(option: written) }
        #expect(error.hint == "say \(instead)")
        let host = try #require(instead.split(separator: " ").dropFirst().first)
        #expect(try HostName(String(host)).text == host)
    }

    @Test(arguments: ["fe80::1", "[fe80::1]", "fe80::1%nowhere", "febf::1", "fe80::1%", "fe80::1%4000000000"])
    func anAddressThatLacksItsInterfaceIsRefusedWithThoseThatThereAre(written: String) throws {
        let error = try #require(throws: Failure.self) { try HostName(option: written) }
        let choices = error.hint.split(separator: " ").filter { $0.contains("%") }
        #expect(choices.isEmpty == !SocketAddress.ofThisMachine.contains { $0.contains("%") })
        for choice in choices {
            #expect(try HostName(String(choice)).text == choice)
            #expect(try !SocketAddress.resolve(host: String(choice), port: 1).isEmpty)
        }
    }

    @Test(arguments: ["", "chat example", "https://", "*:9443", ":9443"])
    func whatIsNoHostIsRefusedWithWhatOneLooksLike(written: String) throws {
        let error = try #require(throws: Failure.self) { try HostName(option: written) }
        let examples = "such as chat.example, 192.0.2.7 or ::1, and a port with --port"
        #expect(error.hint == "give a name or an address with --host, \(examples)")
        #expect(error.code == .usage && !error.sentence.isEmpty)
    }
}
