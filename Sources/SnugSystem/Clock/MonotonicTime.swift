// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A point on the clock that no administrator and no leap second moves (CLOCK_MONOTONIC, clock_gettime(2)).
public struct MonotonicTime: Comparable, Hashable, Sendable {
    /// Nanoseconds since the machine started.
    public let nanoseconds: Int64

    /// Before all times that can be read.
    public static let start = MonotonicTime(nanoseconds: 0)

    /// After all times that can be read.
    public static let never = MonotonicTime(nanoseconds: .max)

    /// The time now; reading it is no system call.
    public static var now: MonotonicTime {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    public static func < (left: MonotonicTime, right: MonotonicTime) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The time `duration` after `time`.
    public static func + (time: MonotonicTime, duration: Duration) -> MonotonicTime {
        let (seconds, attoseconds) = duration.components
        let (added, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return MonotonicTime(nanoseconds: .max) }
        let sum = time.nanoseconds.addingReportingOverflow(added + attoseconds / 1_000_000_000)
        return MonotonicTime(nanoseconds: sum.overflow ? .max : sum.partialValue)
    }

    /// How long before `later` this time is; negative if it is after it.
    public func duration(to later: MonotonicTime) -> Duration {
        .nanoseconds(later.nanoseconds - nanoseconds)
    }
}

extension Int32 {
    /// The time from now to `deadline` as poll(2) and epoll_wait(2) take it; -1, for ever, without one.
    ///
    /// Rounded up: who comes a little early finds nothing due and spins.
    static func milliseconds(until deadline: MonotonicTime?) -> Int32 {
        guard let deadline else { return -1 }
        let nanoseconds = Swift.max(0, deadline.nanoseconds - MonotonicTime.now.nanoseconds)
        return Int32(clamping: (nanoseconds + 999_999) / 1_000_000)
    }
}
