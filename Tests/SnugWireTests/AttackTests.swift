// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugWire

@Suite(.timeLimit(.minutes(30))) struct AttackTests {
    @Test func aFlippedBitChangesAPlainLineUnnoticedAndEndsATLSSession() throws {
        let outcome = try WireAttacks.flippedBit()
        #expect(
            outcome.plain == "the receiver was shown \"please pay 90 for the tickets\", and nobody noticed"
        )
        #expect(outcome.tls.hasPrefix("the receiver was shown nothing, and the attacked session ended: "))
        #expect(outcome.held)
    }

    @Test func aReplayedLineIsShownTwiceWithoutTLSAndOnceWithIt() throws {
        let outcome = try WireAttacks.replayedLine()
        #expect(
            outcome.plain
                == "the receiver was shown \"please pay 10 for the tickets\" 2 times, and nobody noticed"
        )
        #expect(
            outcome.tls.hasPrefix(
                "the receiver was shown \"please pay 10 for the tickets\", and the attacked session ended: "
            )
        )
        #expect(outcome.held)
    }

    @Test func aCutStreamLooksLikeAGoodbyeWithoutTLSAndIsReportedWithIt() throws {
        let outcome = try WireAttacks.cutStream()
        #expect(outcome.plain == "the receiver was shown nothing, and nobody noticed")
        #expect(outcome.tls.contains("cut without a goodbye"))
        #expect(outcome.held)
    }

    @Test func anImpostorGetsThePassphraseWithoutTLSAndNothingWithIt() throws {
        let outcome = try WireAttacks.impostor()
        #expect(outcome.plain == "the client sent its passphrase to the impostor")
        #expect(outcome.tls.contains("before it sent its passphrase"))
        #expect(outcome.tls.contains("is not trusted"))
        #expect(outcome.held)
    }
}
