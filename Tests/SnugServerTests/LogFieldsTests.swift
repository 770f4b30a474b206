// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import SnugTransport
import Testing

@testable import SnugServer

/// What programs look for in a log line.
@Suite struct LogFieldsTests {
    private let peer = SocketAddress.loopback(port: 4_711)

    private func fields(_ event: ServerEvent) -> LogFields { LogLine(event).fields }

    @Test func whoItWasAndWhyAreApartFromTheSentence() {
        var expected = LogFields()
        expected.peer = "127.0.0.1:4711"
        expected.name = "ann"
        #expect(fields(.joined(peer: .address(peer), name: "ann", .plain)) == expected)
        expected.reason = "slow_reader"
        expected.limit = 262_144
        #expect(
            fields(.left(peer: .address(peer), name: "ann", .limitReached(.backlog(bytes: 262_144))))
                == expected
        )
        expected.name = nil
        expected.reason = "strangers"
        expected.limit = 1_000
        #expect(fields(.limitReached(peer: peer, .strangers(1_000))) == expected)
        expected.reason = "protocol_violation"
        expected.limit = nil
        expected.bytes = 1_195_725_856
        let announced = ServerEvent.ProtocolViolation.oversizedFrame(announcedBytes: 1_195_725_856)
        #expect(fields(.protocolViolated(peer: peer, announced)) == expected)
    }

    @Test func ofATimeTheSecondsAreTheLimitAndOfARateItsBurst() {
        #expect(fields(.limitReached(peer: peer, .firstByteTime(.seconds(3)))).limit == 3)
        let rate = LineRate(burst: 256, perSecond: 16)
        #expect(fields(.limitReached(peer: peer, .connectionRate(rate))).limit == 256)
        #expect(fields(.limitReached(peer: peer, .openDescriptors)).limit == nil)
    }

    @Test func aNameIsMadeSafeHereToo() throws {
        let name = try #require(
            fields(.joined(peer: .address(peer), name: "a\u{1B}[2Jb\u{202E}\n", .plain)).name
        )
        #expect(name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "\u{202E}" })
    }

    @Test func whatIsNobodysHasNone() {
        for event: ServerEvent in [.draining, .stopped, .reloadFailed(reason: "no"), .joinLink("x")] {
            #expect(fields(event) == LogFields())
        }
        #expect(LogLine(.warning, 3, "dropped").fields == LogFields())
    }
}
