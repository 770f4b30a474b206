// SPDX-License-Identifier: Apache-2.0

import SnugService
import SnugSystem
import SnugTransport
import TestSupport

/// A service on a thread of its own, which ends with this object.
final class RunningService {
    let port: UInt16
    private let stopper: LoopStopper
    private let thread: RunningThread
    private let events: EventList

    struct TimedOut: Error {}

    init(_ limits: ServiceLimits = ServiceLimits()) throws {
        let events = try EventList()
        let service = try FrameService(
            on: .loopback(port: 0),
            context: TestAuthority.shared.serverContext(),
            limits: limits,
            rules: Parrot(events)
        )
        self.events = events
        port = service.address.port
        stopper = service.stopper
        let handed = HandedOver(service)
        thread = try RunningThread(name: "service") { try? handed.value.run() }
    }

    deinit { stop() }

    func client() throws -> TestClient { try TestClient(.tls, port: port) }

    func beginToStop() { stopper.stop() }

    func stop() {
        stopper.stop()
        thread.join()
    }

    /// The next that was told of somebody's leaving, as soon as there is one.
    func nextEvent() throws -> String {
        let deadline = MonotonicTime.now + .seconds(60)
        while MonotonicTime.now < deadline {
            if let event = events.takeFirst() { return event }
            events.waker.wait(until: deadline)
        }
        throw TimedOut()
    }
}

/// Says what it is told to: to the peer (`say X`), to all (`all X`), `much`, or goodbye (`bye`).
private final class Parrot: FrameRules {
    private var peers: Set<FramePeer> = []
    private let events: EventList

    init(_ events: EventList) { self.events = events }

    func entered(_ peer: FramePeer) { peers.insert(peer) }

    func received(_ frame: [UInt8], from peer: FramePeer) {
        let text = String(decoding: frame, as: UTF8.self)
        switch text.prefix(4) {
        case "say ": peer.send(String(text.dropFirst(4)))
        case "all ": for other in peers { other.send(String(text.dropFirst(4))) }
        case "much":
            for _ in 0..<300 { peer.send(String(repeating: "x", count: 8_000)) }
            peer.finish()
        default:
            peer.send("goodbye")
            peer.finish()
        }
    }

    func left(_ peer: FramePeer, because reason: PeerDeparture) {
        peers.remove(peer)
        events.add("left: \(reason.name)")
    }

    func turnedAway(_ address: String, because reason: PeerDeparture) {
        events.add("turned away: \(reason.name)")
    }
}

private final class EventList: Sendable {
    let waker: LoopWaker
    private let texts = Lock<[String]>([])

    init() throws { waker = try LoopWaker() }

    func add(_ text: String) {
        texts.withLock { $0.append(text) }
        waker.wake()
    }

    func takeFirst() -> String? { texts.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
}

extension PeerDeparture {
    /// The case and what it holds, for comparison.
    fileprivate var name: String {
        switch self {
        case .failed(let error): "failed \(error)"
        case .finished: "finished"
        case .noRoom: "noRoom"
        case .quit: "quit"
        case .sentNoFrame(let error): "sentNoFrame \(error)"
        case .stopped: "stopped"
        case .tooSlow(let deadline): "tooSlow \(deadline)"
        }
    }
}
