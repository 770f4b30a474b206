// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
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

    /// In a process of its own, whose time zone is changed as a laptop's is that travels.
    ///
    /// Zones with half hours and quarters, on both sides of the date line, with summer time in either half of the year and
    /// one of half an hour, around every change of 2025 and 2026.
    @Test func theClockIsThatOfThePlaceWhereverThatIsNow() async {
        await #expect(processExitsWith: .success) {
            let zones = [
                "Europe/Berlin", "America/St_Johns", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe",
                "Pacific/Chatham", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/Santiago", "UTC",
            ]
            var offsets: Set<Int> = []
            for name in zones + zones.reversed() {
                setenv("TZ", name, 1)
                let zone = try #require(TimeZone(identifier: name))
                var calendar = Calendar(identifier: .gregorian)
                calendar.timeZone = zone
                var change = Date(timeIntervalSince1970: 1_735_689_600)
                let changes = (0..<4).compactMap { _ in
                    zone.nextDaylightSavingTimeTransition(after: change).map { next in
                        change = next
                        return Int(next.timeIntervalSince1970)
                    }
                }
                for moment in changes.flatMap({ [$0 - 1, $0, $0 + 1_800] }) + [1_764_244_799, 1_780_272_000] {
                    let date = Date(timeIntervalSince1970: TimeInterval(moment))
                    let parts = calendar.dateComponents(
                        [.year, .month, .day, .weekday, .hour, .minute, .second],
                        from: date
                    )
                    let time = try #require(LocalTime(UnixTime(seconds: moment)))
                    #expect([time.year, time.month, time.day] == [parts.year, parts.month, parts.day])
                    #expect(time.weekday + 1 == parts.weekday)
                    #expect(
                        [time.hour, time.minute, time.second] == [parts.hour, parts.minute, parts.second],
                        "\(name) \(moment)"
                    )
                    offsets.insert(zone.secondsFromGMT(for: date))
                }
            }
            // Otherwise this machine knows no zones.
            #expect(offsets.count >= 14)
        }
    }

    @Test func aTimeThatNoCalendarHasIsNone() {
        #expect(LocalTime(UnixTime(seconds: .max)) == nil)
        #expect(LocalTime(UnixTime(seconds: .min)) == nil)
    }

    @Test func theGreatestTimeThatAServerCanTellIsOne() {
        #expect(LocalTime(UnixTime(seconds: 9_007_199_254_740)) != nil)
    }
}
