// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import Testing

@testable import SnugClient
@testable import SnugTransport

@Suite struct SeenFactsTests {
    private static func facts(_ pin: String?) -> PeerFacts {
        PeerFacts(
            protocolVersion: nil,
            cipher: nil,
            group: nil,
            applicationProtocol: nil,
            identity: pin.map {
                PeerIdentity(verifiedName: "localhost", voucher: .pin, pin: $0, expiry: .now)
            },
            provedKey: nil,
            shownKey: nil
        )
    }

    @Test func theKeyBeforeThePresentOneStaysKnownHoweverOftenOneComesBack() {
        var seen = SeenFacts(Self.facts("a"))
        seen.note(Self.facts("a"))
        #expect(seen.formerPin == nil)
        seen.note(Self.facts("b"))
        #expect(seen.formerPin == "a" && seen.latest.identity?.pin == "b")
        seen.note(Self.facts("b"))
        #expect(seen.formerPin == "a")
        seen.note(Self.facts("a"))
        #expect(seen.formerPin == "b")
    }

    @Test func withoutEncryptionThereIsNoKey() {
        var seen = SeenFacts(Self.facts(nil))
        seen.note(Self.facts(nil))
        #expect(seen.formerPin == nil)
    }
}
