// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import SnugTransport
import TestSupport
import Testing

@testable import SnugWire

@Suite(.timeLimit(.minutes(30))) struct RelayTests {
    @Test func aHalfCloseArrivesAndTheOtherDirectionGoesOn() throws {
        let wire = try RelayedWire()
        defer { wire.relay.stop() }
        try wire.client.send([1, 2, 3])
        wire.client.finish()
        #expect(try wire.server.receiveUntilEnd() == [1, 2, 3])
        try wire.server.send([4, 5])
        wire.server.finish()
        #expect(try wire.client.receiveUntilEnd() == [4, 5])
        try wire.waitUntilClosed()
        #expect(wire.tap.capture.connections[0].closedFirstBy == .toServer)
        #expect(wire.tap.capture.stream(of: 0, .toServer) == [1, 2, 3])
        #expect(wire.tap.capture.stream(of: 0, .toClient) == [4, 5])
    }

    @Test func everyByteOfALargeTransferIsPassedOnAndSeenInOrder() throws {
        let wire = try RelayedWire()
        defer { wire.relay.stop() }
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let server = HandedOver(wire.server)
        let received = Lock<[UInt8]>([])
        let reader = try RunningThread(name: "reader") {
            let all = (try? server.value.receiveUntilEnd()) ?? []
            received.withLock { $0 = all }
        }
        try wire.client.send(bytes)
        wire.client.finish()
        reader.join()
        #expect(received.withLock { $0 } == bytes)
        #expect(wire.tap.capture.stream(of: 0, .toServer) == bytes)
    }

    @Test func aReaderThatReadsNothingStopsTheSenderAndNotTheRelaysMemory() throws {
        let wire = try RelayedWire()
        defer { wire.relay.stop() }
        // What two pairs of kernel buffers hold, and no more: then the relay takes nothing in any more.
        let sent = try wire.client.sendWhatFits(atMost: 200_000_000)
        #expect(sent < 200_000_000)
        #expect(wire.tap.capture.stream(of: 0, .toServer).count <= sent)
    }

    @Test func aConnectionThatIsDroppedOnOneSideEndsOnTheOther() throws {
        let wire = try RelayedWire()
        defer { wire.relay.stop() }
        wire.server.close()
        #expect(try wire.client.receiveUntilEnd() == [])
        wire.client.close()
        try wire.waitUntilClosed()
        #expect(wire.tap.capture.connections[0].closedFirstBy == .toClient)
    }

    @Test func whoResetsAConnectionIsTheOneThatEndedIt() throws {
        let wire = try RelayedWire()
        defer { wire.relay.stop() }
        try wire.server.send([1])
        // Closing over what was not read is a reset.
        wire.client.waitUntilReadable(deadline: .now + .seconds(60))
        wire.client.close()
        try wire.waitUntilClosed()
        #expect(wire.tap.capture.connections[0].closedFirstBy == .toServer)
    }

    @Test func aServerThatIsNotThereLooksLikeOneThatHangsUp() throws {
        let nobody = try ReservedPort()
        let tap = Tap(start: .now, noticed: {})
        let relay = try Relay(to: nobody.address, tap: tap)
        defer { relay.stop() }
        let client = try RawPeer(port: relay.address.port)
        #expect(try client.receiveUntilEnd() == [])
        #expect(tap.capture.connections.isEmpty)
    }

    @Test func stoppingClosesEverything() throws {
        let wire = try RelayedWire()
        wire.relay.stop()
        #expect(try wire.client.receiveUntilEnd() == [])
        #expect(try wire.server.receiveUntilEnd() == [])
    }

    @Test(arguments: [
        (Tampering.flip(mask: 0x80, offset: 2), [1, 2, 0x83, 4, 5, 6] as [UInt8]),
        (.flip(mask: 0x80, offset: 9), [1, 2, 3, 4, 5, 6]), (.replay, [1, 2, 3, 1, 2, 3, 4, 5, 6]),
        (.cut, []),
    ])
    func tamperingIsDoneOnceAndTheTapKeepsWhatWasSent(tampering: Tampering, arrives: [UInt8]) throws {
        let wire = try RelayedWire()
        defer { wire.relay.stop() }
        wire.tap.tamper(tampering, with: 0, .toServer)
        try wire.client.send([1, 2, 3])
        try wire.waitUntilSeen(bytes: 3)
        try wire.client.send([4, 5, 6])
        wire.client.finish()
        #expect(try wire.server.receiveUntilEnd() == arrives)
        #expect(wire.tap.capture.stream(of: 0, .toServer).starts(with: [1, 2, 3]))
        wire.server.finish()
        #expect(try wire.client.receiveUntilEnd() == [])
        try wire.waitUntilClosed()
    }
}

private struct TimedOut: Error {
    let description: String
}

/// A connection through a relay, with both of its ends in the test's hands.
private final class RelayedWire {
    let relay: Relay
    let tap: Tap
    let client: RawPeer
    let server: RawPeer
    private let changed: LoopWaker

    init() throws {
        let changed = try LoopWaker()
        self.changed = changed
        var listener = try ListeningSocket(address: .loopback(port: 0))
        tap = Tap(start: .now, noticed: changed.wake)
        relay = try Relay(to: listener.address, tap: tap)
        client = try RawPeer(port: relay.address.port)
        server = try RawPeer(acceptedBy: &listener)
    }

    func waitUntilClosed() throws {
        try wait { tap.capture.connections[0].closedAt != nil }
    }

    func waitUntilSeen(bytes: Int) throws {
        try wait { tap.capture.stream(of: 0, .toServer).count >= bytes }
    }

    private func wait(until isDone: () -> Bool) throws {
        let deadline = MonotonicTime.now + .seconds(60)
        while !isDone() {
            guard MonotonicTime.now < deadline else {
                throw TimedOut(description: "the relay did not get there")
            }
            changed.wait(until: deadline)
        }
    }
}

/// One end of a TCP connection that sends and receives bytes as they are.
private final class RawPeer {
    private var channel: SocketChannel?

    init(port: UInt16) throws {
        channel = try SocketChannel.connect(to: [.loopback(port: port)], timeout: .seconds(30))
    }

    init(acceptedBy listener: inout ListeningSocket) throws {
        var entries = [Polling.Entry(listener.descriptor, for: .readable)]
        Polling.wait(for: &entries, until: .now + .seconds(60))
        guard case .accepted(let socket, _) = try listener.accept() else {
            throw TimedOut(description: "nobody came")
        }
        channel = SocketChannel(accepted: socket)
    }

    func send(_ bytes: [UInt8]) throws {
        try Polling.write(bytes, to: channel?.descriptor ?? -1)
    }

    /// Sends until nothing is taken for half a second.
    func sendWhatFits(atMost limit: Int) throws -> Int {
        let piece = [UInt8](repeating: 7, count: 65_536)
        var sent = 0
        while sent < limit {
            let result = try piece.withUnsafeBytes { try channel?.send($0) }
            if case .transferred(let count) = result {
                sent += count
                continue
            }
            var entries = [Polling.Entry(channel?.descriptor ?? -1, for: .writable)]
            Polling.wait(for: &entries, until: .now + .milliseconds(500))
            if entries[0].readiness.isEmpty { break }
        }
        return sent
    }

    func waitUntilReadable(deadline: MonotonicTime) {
        var entries = [Polling.Entry(channel?.descriptor ?? -1, for: .readable)]
        Polling.wait(for: &entries, until: deadline)
    }

    func finish() { channel?.shutdownWrite() }

    func close() { channel = nil }

    /// Everything that arrives until the stream ends, by a FIN or a reset.
    func receiveUntilEnd() throws -> [UInt8] {
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let deadline = MonotonicTime.now + .seconds(60)
        while MonotonicTime.now < deadline {
            do {
                let result = try buffer.withUnsafeMutableBytes { try channel?.receive(into: $0) }
                switch result {
                case .endOfStream, nil: return received
                case .transferred(let count): received += buffer[..<count]
                case .wouldBlock:
                    waitUntilReadable(deadline: deadline)
                }
            } catch let error as SystemError where error.isLostConnection {
                return received
            }
        }
        throw TimedOut(description: "the stream did not end")
    }
}
