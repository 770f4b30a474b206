// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import Testing

@testable import SnugServer

/// Where figures may be told.
@Suite struct MetricsAddressTests {
    @Test(arguments: [
        ("127.0.0.1:9464", "127.0.0.1:9464"), ("localhost:80", "127.0.0.1:80"), ("[::1]:0", "[::1]:0"),
        ("127.8.7.6:1", "127.8.7.6:1"), ("unix:/run/a b", "unix:/run/a b"), ("unix:x", "unix:x"),
    ])
    func anAddressOfThisMachineAloneIsTaken(_ text: String, _ meant: String) throws {
        #expect(try MetricsAddress(text).description == meant)
    }

    @Test(arguments: [
        "0.0.0.0:9464", "[::]:9464", "192.0.2.7:9464", "[2001:db8::1]:9464", "[fe80::1]:1",
        "[::ffff:192.0.2.7]:1",
    ])
    func anAddressThatOthersCanReachIsRefused(_ text: String) {
        #expect(throws: MetricsAddressError.notLoopback(text)) { try MetricsAddress(text) }
    }

    @Test(arguments: [
        "", "9464", ":9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "unix:",
        "chat.example:80",
    ])
    func whatIsNoAddressIsRefused(_ text: String) {
        #expect(throws: MetricsAddressError.malformed(text)) { try MetricsAddress(text) }
    }
}
