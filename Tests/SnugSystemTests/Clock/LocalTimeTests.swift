// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import SnugSystem

@Suite struct LocalTimeTests {
    @Test(arguments: [0, 951_782_400, 1_764_244_799, 1_774_746_000, 4_102_444_800, -86_401])
    func calendarAndClockShowWhatFoundationSaysOfThisPlace(seconds: Int) throws {
        let time = try #require(LocalTime(UnixTime(seconds: seconds)))
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .current
        let parts = calendar.dateComponents(
            [.year, .month, .day, .weekday, .hour, .minute, .second],
            from: Date(timeIntervalSince1970: TimeInterval(seconds))
        )
        #expect(time.year == parts.year)
        #expect(time.month == parts.month)
        #expect(time.day == parts.day)
        #expect(time.weekday + 1 == parts.weekday)
        #expect([time.hour, time.minute, time.second] == [parts.hour, parts.minute, parts.second])
    }

    @Test func aTimeThatNoCalendarHasIsNone() {
        #expect(LocalTime(UnixTime(seconds: .max)) == nil)
        #expect(LocalTime(UnixTime(seconds: .min)) == nil)
    }

    @Test func theGreatestTimeThatAServerCanTellIsOne() {
        #expect(LocalTime(UnixTime(seconds: 9_007_199_254_740)) != nil)
    }
}
