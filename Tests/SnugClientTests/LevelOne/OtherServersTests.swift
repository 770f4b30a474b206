// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugClient

@Suite struct OtherServersTests {
    private func text(_ servers: OtherServers) -> String {
        servers.dialled.map { "\($0.host) \($0.port)" } ?? "asked"
    }

    @Test func eachServerIsTriedInTurnAndThenTheOneThatWasAskedFor() {
        var (servers, random) = (OtherServers(), SeededGenerator(seed: 1))
        #expect(text(servers) == "asked" && servers.isEmpty)
        servers.next()
        #expect(text(servers) == "asked")
        servers.learn(["a:1", "b:2", "c:3"], using: &random)
        #expect(text(servers) == "asked" && !servers.isEmpty)
        for _ in 0..<3 {
            var tried: Set<String> = []
            for _ in 0..<3 {
                servers.next()
                tried.insert(text(servers))
            }
            #expect(tried == ["a 1", "b 2", "c 3"])
            servers.next()
            #expect(text(servers) == "asked")
        }
    }

    @Test func whatAServerNamesTakesThePlaceOfWhatAnotherOneNamedAndItselfStays() {
        var (servers, random) = (OtherServers(), SeededGenerator(seed: 1))
        servers.learn(["a:1"], using: &random)
        servers.next()
        servers.learn(["b:2", "a:1"], using: &random)
        #expect(text(servers) == "a 1", "it is the one that has said so")
        servers.next()
        #expect(text(servers) == "b 2")
        servers.next()
        #expect(text(servers) == "asked")
    }

    @Test func oneThatIsNoneOfTheChatIsNotTriedAgain() {
        var (servers, random) = (OtherServers(), SeededGenerator(seed: 1))
        #expect(servers.forgetCurrent() == false, "the one that was asked for is never forgotten")
        servers.learn(["a:1"], using: &random)
        servers.next()
        #expect(servers.forgetCurrent() == true)
        #expect(text(servers) == "asked" && servers.isEmpty)
    }

    @Test(arguments: [
        "", ":", "a", "a:", ":1", "a:0", "a:65536", "a:-1", "a:+1", "a:1x", "::1:80", "[]:1", "a b:1",
        "a\n:1", "ü:1",
        "[::1]",
    ])
    func whatIsNoAddressIsLeftOut(text: String) {
        #expect(OtherServers.address(text) == nil)
    }

    @Test func namesAndAddressesOfBothKindsAreRead() {
        for (text, host, port) in [
            ("chat.example:7777", "chat.example", 7777), ("192.0.2.1:1", "192.0.2.1", 1),
            ("[2001:db8::1]:65535", "2001:db8::1", 65_535),
        ] as [(String, String, UInt16)] {
            let address = OtherServers.address(text)
            #expect(address?.host == host && address?.port == port)
        }
    }
}
