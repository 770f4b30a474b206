// SPDX-License-Identifier: Apache-2.0

public import SnugRooms

/// History as text.
///
/// Each line is a notice that begins with a time, and has a `:` in its first word therefore. No name has one, so nothing
/// that anybody says, does or is called looks like a line of history, and no line of history like anything else.
extension LevelZero {
    /// The answer to `/history`: a heading, and the last lines that are in `lines` and fit.
    ///
    /// - Parameters:
    ///   - missing: numbers of lines that are lost; where some lie between two lines, that is said.
    ///   - maximumBytes: no more of text, the frames' headers not counted.
    public static func history(
        of room: RoomName,
        _ lines: [StoredLine],
        missing: [ClosedRange<UInt64>],
        maximumBytes: Int,
        at now: ChatTime
    ) -> [String] {
        guard !lines.isEmpty else { return [notice(.historyIsEmpty, room.text)] }
        var remaining = maximumBytes - notice(.historyShown, room.text, lines.count).utf8.count
        var texts: [String] = []
        var count = 0
        var next: UInt64?
        for line in lines.reversed() {
            var added = [text(for: line, at: now)]
            if let next, missing.contains(where: { $0.lowerBound > line.sequence && $0.upperBound < next }) {
                added.insert(notice(.historyLinesMissing), at: 0)
            }
            remaining -= added.reduce(0) { $0 + $1.utf8.count }
            guard remaining >= 0 else { break }
            texts += added
            count += 1
            next = line.sequence
        }
        return [notice(.historyShown, room.text, count)] + texts.reversed()
    }

    /// What is kept, for who enters.
    static func text(for kept: KeptHistory) -> String {
        guard kept.lines > 0, kept.hours > 0 else { return notice(.historyNotKept) }
        return notice(kept.isOnDisk ? .historyKeptInFile : .historyKeptInMemory, kept.lines, kept.hours)
    }

    /// `* 14:05 NAME: TEXT *`, or `* 14:05 * NAME TEXT *` for an action.
    private static func text(for line: StoredLine, at now: ChatTime) -> String {
        let said = line.isAction ? "* \(line.author.name) \(line.text)" : "\(line.author.name): \(line.text)"
        return "* \(UTCMinute(line.time).text(at: UTCMinute(now))) \(said) *"
    }
}

/// A minute of the calendar, in UTC.
struct UTCMinute {
    private let day: Int64
    private let minuteOfDay: Int64

    init(_ time: ChatTime) {
        let (minutes, _) = Self.divided(time.milliseconds, by: 60_000)
        (day, minuteOfDay) = Self.divided(minutes, by: 1_440)
    }

    /// `14:05` on the same day, else `2026-01-31T14:05`.
    func text(at now: UTCMinute) -> String {
        let clock = "\(Self.padded(minuteOfDay / 60, 2)):\(Self.padded(minuteOfDay % 60, 2))"
        return day == now.day ? clock : "\(date)T\(clock)"
    }

    /// The day in the Gregorian calendar.
    private var date: String {
        // Years begin in March here, so that the leap day is the last of one; 719,468 days lie between 0000-03-01 and
        // 1970-01-01, and 400 years have 146,097.
        let shifted = day + 719_468
        let (era, dayOfEra) = Self.divided(shifted, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let dayOfMonth = dayOfYear - (153 * month + 2) / 5 + 1
        let year = yearOfEra + era * 400 + (month < 10 ? 0 : 1)
        let monthOfYear = month < 10 ? month + 3 : month - 9
        return "\(Self.padded(year, 4))-\(Self.padded(monthOfYear, 2))-\(Self.padded(dayOfMonth, 2))"
    }

    /// Rounds down, before 1970 as well.
    private static func divided(_ number: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    private static func padded(_ number: Int64, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
