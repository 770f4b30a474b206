// SPDX-License-Identifier: Apache-2.0
#if Cluster

internal import SnugRooms
internal import SnugServer
internal import SnugSystem

extension JetStreamLog {
    /// From one sign of life to the next.
    private static let heartbeat = Duration.seconds(1)
    /// For one confirmation.
    private static let patience: Int64 = 1_000

    private enum Step {
        case end
        case publish(Outgoing.Message)
        case wait
    }

    /// Publishes all that comes, in its order, until the log is stopped.
    func publish() {
        var nextHeartbeat = MonotonicTime.now + Self.heartbeat
        var hasSaidGoodbye = false
        while true {
            let now = MonotonicTime.now
            let isBeat = now >= nextHeartbeat
            if isBeat { nextHeartbeat = now + Self.heartbeat }
            let step = shared.withLock { shared -> Step in
                guard !shared.isClosed else { return .end }
                let time = shared.clock.stamp(at: clock())
                if shared.fault == nil {
                    if isBeat, !shared.isStopping {
                        shared.outgoing.append(.heartbeat(log: shared.place, state: shared.checkpoint))
                    }
                    if let message = shared.outgoing.take(at: now, saying: time) { return .publish(message) }
                    guard shared.isStopping else {
                        shared.isPublisherIdle = true
                        return .wait
                    }
                } else if !shared.isOutvoted {
                    return .end
                }
                guard !hasSaidGoodbye else { return .end }
                hasSaidGoodbye = true
                return .publish(shared.outgoing.take(.goodbye, at: now, saying: time))
            }
            switch step {
            case .end: return
            case .wait: publisherWaker.wait(until: nextHeartbeat)
            case .publish(let message): publish(message)
            }
        }
    }

    /// Publishes a message again and again until it is confirmed; under its id it is stored once.
    private func publish(_ message: Outgoing.Message) {
        let id = "\(sender)-\(message.counter)"
        let before = shared.withLock { $0.place.sequence }
        while true {
            do throws(BusFault) {
                let (sequence, isKnown) = try bus.publish(message.bytes, id: id, patience: Self.patience)
                if !isKnown, sequence <= before { giveUp(.logWasReplaced(settings)) }
                return
            } catch {
                guard shared.withLock({ !$0.isClosed && $0.fault == nil }) else { return }
                Polling.pause(.milliseconds(50))
            }
        }
    }
}
#endif
