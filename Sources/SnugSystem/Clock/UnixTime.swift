// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A point on the calendar's clock, which an administrator can move: for certificates, never for deadlines.
public struct UnixTime: Comparable, Hashable, Sendable, CustomStringConvertible {
    /// Seconds since 1970-01-01 00:00 UTC, leap seconds not counted (time(7)).
    public let seconds: Int

    /// The time so many seconds after 1970-01-01 00:00 UTC.
    public init(seconds: Int) {
        self.seconds = seconds
    }

    /// Reads what ``description`` writes; nil for anything else, the same time written in another way included.
    public init?(_ text: String) {
        let numbers = text.split(whereSeparator: { !$0.isNumber }).compactMap { Int32($0) }
        guard numbers.count == 6 else { return nil }
        var parts = tm()
        // Years begin with 1900 and months with 0 (tm(3type)).
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (numbers[0] &- 1_900, numbers[1] &- 1, numbers[2])
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (numbers[3], numbers[4], numbers[5])
        self.init(seconds: timegm(&parts))
        guard description == text else { return nil }
    }

    /// What the system's clock shows (CLOCK_REALTIME, clock_gettime(2)).
    public static var now: UnixTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UnixTime(seconds: time.tv_sec)
    }

    /// `2026-01-31T23:59:59Z` (RFC 3339).
    public var description: String {
        var time = seconds
        var parts = tm()
        gmtime_r(&time, &parts)
        var text = [CChar](repeating: 0, count: 32)
        let count = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether `left` comes before `right`.
    public static func < (left: UnixTime, right: UnixTime) -> Bool {
        left.seconds < right.seconds
    }

    /// The time `duration` after `time`, or before it if negative; parts of a second are dropped.
    public static func + (time: UnixTime, duration: Duration) -> UnixTime {
        let (sum, overflow) = time.seconds.addingReportingOverflow(Int(duration.components.seconds))
        guard overflow else { return UnixTime(seconds: sum) }
        return UnixTime(seconds: duration < .zero ? .min : .max)
    }
}
