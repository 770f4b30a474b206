// SPDX-License-Identifier: Apache-2.0

import Foundation
import SnugProtocol
import SnugRooms
import SnugSystem
import SnugTerminal
import TestSupport
import Testing

@testable import SnugClient

@Suite struct DaysTests {
    /// Noon in the time zone of the machine, wherever that is.
    private func noon(_ year: Int, _ month: Int, _ day: Int) throws -> UnixTime {
        let date = DateComponents(
            calendar: .current,
            year: year,
            month: month,
            day: day,
            hour: 12,
            minute: 3,
            second: 9
        )
        return UnixTime(seconds: Int(try #require(date.date).timeIntervalSince1970))
    }

    @Test func theClockShowsWhatWasAskedFor() throws {
        let time = try noon(2026, 11, 27)
        #expect(Days(.minutes).text(for: time) == "12:03")
        #expect(Days(.seconds).text(for: time) == "12:03:09")
        #expect(Days(.none).text(for: time) == nil)
    }

    @Test func aTimeThatNoCalendarHasIsShownAsNone() {
        #expect(Days(.minutes).text(for: UnixTime(seconds: .max)) == "--:--")
        #expect(Days(.seconds).text(for: UnixTime(seconds: .max)) == "--:--:--")
    }

    @Test func aDayIsToldWhenItIsAnotherAndTodayIsNot() throws {
        let (today, before) = (try noon(2026, 11, 27), try noon(2026, 11, 26))
        var days = Days(.minutes)
        #expect(days.change(to: today, now: today) == nil)
        #expect(days.change(to: before, now: today) == "Thursday, 26 November 2026")
        #expect(days.change(to: before, now: today) == nil)
        #expect(days.change(to: today, now: today) == "Friday, 27 November 2026")
    }

    @Test func whatIsOfAnotherDayAtFirstIsToldToBe() throws {
        var days = Days(.minutes)
        #expect(
            days.change(to: try noon(2026, 1, 1), now: try noon(2026, 1, 2)) == "Thursday, 1 January 2026"
        )
    }

    @Test func withoutTimesThereAreNoDays() throws {
        var days = Days(.none)
        #expect(days.change(to: try noon(2025, 1, 1), now: try noon(2026, 1, 2)) == nil)
    }
}
