// SPDX-License-Identifier: Apache-2.0
#if Cluster

/// Whose word counts where nodes compare what they have: theirs who read the log, and not that of one that has stopped.
///
/// As in ``Agreement``, nodes are known by their senders.
struct Witnesses {
    private struct Telling {
        /// How far it has read, and since when on the log's clock.
        var sequence: UInt64
        var since: Int64
        /// When it spoke last, as NATS says.
        var milliseconds: Int64
    }

    private let patience: Int64
    private var tellings: [UInt64: Telling] = [:]

    /// - Parameter patience: who tells nothing new for so long has stopped, in milliseconds.
    init(patience: Int64) { self.patience = patience }

    /// A node says how far it has read.
    mutating func hear(_ node: UInt64, hasRead sequence: UInt64, clock: Int64, milliseconds: Int64) {
        var telling = tellings[node] ?? Telling(sequence: sequence, since: clock, milliseconds: milliseconds)
        if sequence > telling.sequence { (telling.sequence, telling.since) = (sequence, clock) }
        telling.milliseconds = milliseconds
        tellings[node] = telling
    }

    /// Those of them who read, or have not said yet how far.
    func reading(_ nodes: [UInt64], clock: Int64) -> [UInt64] {
        nodes.filter { node in tellings[node].map { clock - $0.since <= patience } ?? true }
    }

    /// Forgets those who have not spoken for a while, and returns them: what they said long ago may stand in the log yet.
    mutating func forgetSilent(at milliseconds: Int64) -> [UInt64] {
        // NATS servers' clocks may differ: what seems to come yet tells nothing either.
        let silent = tellings.filter { ($0.value.milliseconds - milliseconds).magnitude > patience }.map(
            \.key
        )
        for node in silent { tellings[node] = nil }
        return silent.sorted()
    }

    /// Forgets whoever is not one of the nodes any more.
    mutating func keep(_ nodes: [UInt64]) { tellings = tellings.filter { nodes.contains($0.key) } }
}
#endif
