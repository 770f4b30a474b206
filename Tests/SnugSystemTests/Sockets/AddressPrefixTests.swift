// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugSystem

/// Addresses that begin with the same bits.
@Suite struct AddressPrefixTests {
    private func address(_ text: String) throws -> SocketAddress {
        try #require(SocketAddress.resolve(host: text, port: 1).first)
    }

    @Test(arguments: [
        ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.6", false),
        ("10.0.0.0/8", "10.255.1.2", true),
        ("10.0.0.0/8", "11.0.0.0", false), ("10.0.0.0/9", "10.127.255.255", true),
        ("10.0.0.0/9", "10.128.0.0", false),
        ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "::1", false),
        ("2001:db8::/32", "2001:db8:1::1", true),
        ("2001:db8::/32", "2001:db9::1", false), ("::/0", "192.0.2.7", false), ("::1", "::1", true),
        ("10.0.0.0/8", "::ffff:10.1.2.3", true), ("::ffff:10.1.2.3", "10.1.2.3", true),
    ])
    func anAddressIsInItIfItBeginsWithItsBits(_ prefix: String, _ other: String, _ isIn: Bool) throws {
        #expect(try #require(AddressPrefix(prefix)).contains(try address(other)) == isIn)
    }

    @Test(arguments: [
        "", "/", "10.0.0.0/", "/8", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8",
        "10.0.0.0/a",
        "10.0.0.0/0008", "10.0.0.1/8", "chat.example", "10.0.0.0 /8", "::ffff:10.0.0.0/104", "10.0.0",
    ])
    func whatIsNoneIsRefused(_ text: String) {
        #expect(AddressPrefix(text) == nil)
    }
}
