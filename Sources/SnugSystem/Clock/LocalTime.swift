// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// What calendar and clock show where this machine is (localtime(3)).
public struct LocalTime: Equatable, Sendable {
    /// The year of the Gregorian calendar.
    public let year: Int
    /// 1 for January.
    public let month: Int
    /// Of the month, from 1.
    public let day: Int
    /// 0 for Sunday.
    public let weekday: Int
    /// 0 to 23.
    public let hour: Int
    /// 0 to 59.
    public let minute: Int
    /// 0 to 60: some years have a leap second.
    public let second: Int

    /// What they show at `time`; nil for a year that no calendar has a number for.
    public init?(_ time: UnixTime) {
        var seconds = time.seconds
        var parts = tm()
        // A laptop that has travelled has another time zone than at the start; localtime_r alone reads it once.
        tzset()
        guard localtime_r(&seconds, &parts) != nil else { return nil }
        year = Int(parts.tm_year) + 1_900
        month = Int(parts.tm_mon) + 1
        day = Int(parts.tm_mday)
        weekday = Int(parts.tm_wday)
        hour = Int(parts.tm_hour)
        minute = Int(parts.tm_min)
        second = Int(parts.tm_sec)
    }
}
