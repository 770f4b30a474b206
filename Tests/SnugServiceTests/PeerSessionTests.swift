// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugFraming
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@testable import SnugService

/// One peer of a service that a test runs turn by turn, with a clock that it turns itself.
@Suite struct PeerSessionTests {
    private let clock = TestClock()

    /// As a process does on a machine that sleeps: also between reading and looking at the clock.
    @Test func whoSpokeUntilTheServiceStoodStillWasNotIdleMeanwhile() throws {
        var limits = ServiceLimits()
        limits.idleTimeout = .seconds(3)
        let (clock, departures) = (clock, Departures())
        let service = try FrameService(
            on: .loopback(port: 0),
            context: TestAuthority.shared.serverContext(),
            limits: limits,
            rules: departures,
            clock: { clock.now }
        )
        let peer = try Peer(of: service) { clock.pass(.seconds(4)) }
        for _ in 1...5 {
            try peer.send("here")
            turn(service)
        }
        #expect(departures.frames == 5 && departures.reasons.isEmpty, "\(departures.reasons)")
        clock.pass(.milliseconds(2_999))
        turn(service)
        #expect(departures.reasons.isEmpty, "\(departures.reasons)")
        clock.pass(.milliseconds(2))
        turn(service)
        #expect(departures.reasons == [.tooSlow(.idle)])
    }

    private func turn(_ service: FrameService) { for _ in 0..<3 { service.turn(mayWait: false) } }

    /// Somebody at the other end.
    private final class Peer {
        private let near: any Connection
        private let buffers = IOBuffers()

        /// - Parameter standsStill: called whenever the service has just read something.
        init(of service: FrameService, standsStill: @escaping () -> Void) throws {
            var ends: [Int32] = [-1, -1]
            let kind =
                Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            try #require(socketpair(AF_UNIX, kind, 0, &ends) == 0)
            near = SocketConnection.plain(SocketChannel(owning: OwnedDescriptor(owning: ends[0])))
            nonisolated(unsafe) let standsStill = standsStill
            let channel = RecordingChannel(owning: SocketChannel(owning: OwnedDescriptor(owning: ends[1]))) {
                direction,
                _ in if direction == .received { standsStill() }
            }
            service.adopt(
                TransportConnection(owning: PlainTransport(owning: channel)),
                from: "the other end"
            )
        }

        func send(_ text: String) throws {
            let frame = try FrameEncoder.frame(text)
            try #require(try near.write(frame.span.bytes, buffers) == frame.count)
        }
    }

    private final class Departures: FrameRules {
        private(set) var frames = 0
        private(set) var reasons: [PeerDeparture] = []

        func entered(_ peer: FramePeer) {}
        func received(_ frame: [UInt8], from peer: FramePeer) { frames += 1 }
        func left(_ peer: FramePeer, because reason: PeerDeparture) { reasons.append(reason) }
        func turnedAway(_ address: String, because reason: PeerDeparture) { reasons.append(reason) }
    }
}
