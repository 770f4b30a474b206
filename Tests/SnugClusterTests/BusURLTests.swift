// SPDX-License-Identifier: Apache-2.0
#if Cluster

import Testing

@testable import SnugCluster

@Suite struct BusURLTests {
    @Test func hostAndPortAreFoundWithAndWithoutUsers() throws {
        for (text, shown) in [
            ("nats://127.0.0.1:4223", "127.0.0.1:4223"), ("nats://bus", "bus:4222"),
            ("tls://user:p%40ss@bus.example:4222", "bus.example:4222"), ("nats://[::1]:5000", "[::1]:5000"),
            ("nats://[::1]", "[::1]:4222"), ("nats://token@bus:1", "bus:1"),
        ] {
            #expect(try #require(BusURL(text)).description == shown)
        }
        #expect(BusURL("tls://bus")?.isEncrypted == true)
        #expect(BusURL("nats://bus")?.isEncrypted == false)
    }

    @Test func whatIsNoPlaceOfANATSServerIsRefused() {
        for text in [
            "", "bus", "bus:4222", "http://bus", "nats://", "nats://bus:0", "nats://bus:70000",
            "nats://bus:x",
            "nats://b us", "nats://bus/stream", "nats://a@", "nats://\u{1B}[2J",
        ] {
            #expect(BusURL(text) == nil, "\(text)")
        }
    }
}
#endif
