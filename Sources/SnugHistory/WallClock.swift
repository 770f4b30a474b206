// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The calendar's clock, which says how old a line is.
public enum WallClock {
    /// Milliseconds since 1970-01-01 00:00 UTC (CLOCK_REALTIME, clock_gettime(2)).
    @Sendable
    public static func milliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
