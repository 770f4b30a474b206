// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
internal import SnugRooms
internal import SnugSystem

/// What one loop's members may say in a while, counted in bytes that go out: a line costs its length times its readers.
///
/// Each member's own rate does not bound what all of them together ask of each reader and of the machine. Beyond the
/// budget lines wait in fair turns, a share of bytes for each member, so that short lines do not wait behind others' long
/// ones. A fixed share of the room's budget for each loop, because loops that drew on one would race for it.
struct TalkBudget {
    /// Bytes a second; nil for no limit.
    private let bytesPerSecond: Int?
    /// A token bucket that holds one second's worth, kept as the time at which it would be full.
    private var fullAt = MonotonicTime.start

    private static let burst = Duration.seconds(1)

    /// What goes out in front of a line: a frame's length, a name, and ": ".
    static let largestPrefixBytes = FrameLimits.headerBytes + MemberName.maximumBytes + 2

    init(bytesPerSecond: Int?) { self.bytesPerSecond = bytesPerSecond }

    /// Takes `bytes` for each of `readers` if there is anything left; the last one to be let through may overdraw.
    mutating func take(bytes: Int, readers: Int, now: MonotonicTime) -> Bool {
        guard let bytesPerSecond else { return true }
        guard nextTake(now: now) <= now else { return false }
        let (cost, overflow) = bytes.multipliedReportingOverflow(by: max(1, readers))
        // Even then nobody waits for longer than a minute.
        let seconds = overflow ? 60 : min(60, Double(cost) / Double(bytesPerSecond))
        fullAt = max(fullAt, now) + .nanoseconds(Int64(seconds * 1e9))
        return true
    }

    /// When something may be taken again; not later than `now` if it may be now.
    func nextTake(now: MonotonicTime) -> MonotonicTime {
        bytesPerSecond == nil ? now : fullAt + Self.burst * -1
    }
}
