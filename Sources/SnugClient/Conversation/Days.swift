// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// What the clock and the calendar of this place show beside the lines.
struct Days: Sendable {
    let format: TimeFormat
    private var last: LocalTime?

    init(_ format: TimeFormat) { self.format = format }

    /// The time in front of a row; nil if none is shown.
    func text(for time: UnixTime) -> String? {
        guard format != .none else { return nil }
        guard let local = LocalTime(time) else { return format == .seconds ? "--:--:--" : "--:--" }
        let minutes = "\(Self.padded(local.hour)):\(Self.padded(local.minute))"
        return format == .seconds ? "\(minutes):\(Self.padded(local.second))" : minutes
    }

    /// The day, if what is shown next is of another one than what was shown last; today needs no saying at first.
    mutating func change(to time: UnixTime, now: UnixTime) -> String? {
        guard format != .none, let day = LocalTime(time) else { return nil }
        let before = last ?? LocalTime(now)
        last = day
        guard let before, (before.year, before.month, before.day) != (day.year, day.month, day.day) else {
            return nil
        }
        return Self.text(for: day)
    }

    private static func text(for day: LocalTime) -> String {
        let weekday = weekdays[day.weekday % weekdays.count]
        let month = months[(day.month - 1) % months.count]
        return "\(weekday), \(day.day) \(month) \(day.year)"
    }

    private static let weekdays = [
        "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
    ]

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
        "November", "December",
    ]

    private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
