// SPDX-License-Identifier: Apache-2.0
#if Cluster

internal import SnugSystem

/// Messages that were not for this program: said once a minute, with how many there were.
struct SkippedMessages {
    private(set) var count = 0
    private var nextTime: MonotonicTime?

    /// Counts one, and returns what to say of it, if it is time to.
    mutating func note(_ reason: String, at now: MonotonicTime) -> String? {
        count += 1
        guard nextTime.map({ $0 <= now }) ?? true else { return nil }
        nextTime = now + .seconds(60)
        return
            "the log on the bus holds \(reason); \(count) \(count == 1 ? "message" : "messages") skipped so far"
    }
}
#endif
