// SPDX-License-Identifier: Apache-2.0
#if Cluster

internal import SnugRooms
internal import SnugSystem

/// Puts states down, each on a thread of its own: nothing waits for it.
struct SnapshotUploads {
    /// The states that this node has put down, and when: what lies before an old one is not needed any more.
    private var kept: [(sequence: UInt64, time: ChatTime)] = []

    mutating func put(_ state: [UInt8], at sequence: UInt64, _ time: ChatTime, in log: JetStreamLog) {
        kept.append((sequence, time))
        let old = kept.last { $0.time <= time.adding(milliseconds: -log.settings.retention) }?.sequence
        if let old { kept.removeAll { $0.sequence < old } }
        // One after the other: the one before has had time for as many messages as lie between two.
        let last = log.shared.withLock { $0.upload }
        let upload = try? RunningThread(name: "snug-bus-state", niceness: 5) {
            last?.join(until: .now + .seconds(60))
            let partBytes = min(262_144, max(4_096, log.bus.maximumPayload - 1_024))
            guard let stored = StoredState(state, at: sequence, partBytes: partBytes) else { return }
            // Without it, the one before goes on being the latest.
            guard (try? log.snapshots.put(stored)) != nil else { return }
            if let old { try? log.bus.purge(before: old) }
        }
        log.shared.withLock { if !$0.isClosed { $0.upload = upload } }
    }
}
#endif
