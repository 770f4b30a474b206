// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import SnugSystem
import SnugTransport
import Testing

@testable import SnugServer

/// What becomes of the log's events in the figures.
@Suite struct EventCountsTests {
    private let peer = SocketAddress.loopback(port: 1)

    @Test func eachEventCountsOnceUnderItsReason() {
        let counts = EventCounts()
        let events: [(ServerEvent, CountedEvent)] = [
            (.joined(peer: .address(peer), name: "ann", .plain), .joined),
            (.left(peer: .address(peer), name: "ann", .quit), .left(.quit)),
            (.left(peer: .address(peer), name: "ann", .limitReached(.backlog(bytes: 1))), .left(.slowReader)),
            (
                .left(peer: .address(peer), name: "ann", .limitReached(.writeTime(.seconds(1)))),
                .left(.slowReader)
            ),
            (
                .left(peer: .address(peer), name: "ann", .limitReached(.frameTime(.seconds(1)))),
                .left(.incompleteFrame)
            ),
            (.left(peer: .address(peer), name: "ann", .dismissed(.kicked)), .left(.dismissed)),
            (.limitReached(peer: peer, .strangers(3)), .refused(.strangers)),
            (.limitReached(peer: peer, .firstByteTime(.seconds(3))), .refused(.tooSlow)),
            (.authenticationFailed(peer: peer, failures: 2), .refused(.wrongPassphrase)),
            (.turnedAway(peer: peer, .banned), .refused(.turnedAway)),
            (.handshakeFailed(peer: peer, .truncated), .handshakeFailed(.cut)),
            (.handshakeFailed(peer: peer, .peerMisbehaved(.notTLS(.http))), .handshakeFailed(.notTLS)),
            (.reloadFailed(reason: "none"), .reloadFailed),
        ]
        var model: [CountedEvent: UInt64] = [:]
        for (event, counted) in events {
            counts.note(event)
            model[counted, default: 0] += 1
        }
        #expect(counts.totals == model && model[.left(.slowReader)] == 2)
    }

    /// Names and alerts are a peer's; a label of each would let it fill the memory of whoever watches.
    @Test func nothingThatAPeerNamesTellsTwoEventsApart() {
        let counts = EventCounts()
        for number in 0..<1_000 {
            counts.note(.joined(peer: .address(peer), name: "name\(number)", .plain))
            counts.note(.handshakeFailed(peer: peer, .peerMisbehaved(.alert(name: "\(number)"))))
            counts.note(.left(peer: .address(peer), name: "name\(number)", .connectionFailed(.truncated)))
            counts.note(.authenticationFailed(peer: .loopback(port: UInt16(number)), failures: number))
        }
        #expect(counts.totals.count == 4 && counts.totals.values.allSatisfy { $0 == 1_000 })
    }

    @Test func whatIsNoMatterOfFiguresIsNotCounted() {
        let counts = EventCounts()
        for event: ServerEvent in [.draining, .stopped, .visited(peer: peer), .moderated("ann")] {
            counts.note(event)
        }
        #expect(counts.totals.isEmpty)
    }
}
