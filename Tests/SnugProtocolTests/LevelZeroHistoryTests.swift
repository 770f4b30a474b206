// SPDX-License-Identifier: Apache-2.0

import Foundation
import SnugProtocol
import SnugRooms
import TestSupport
import Testing

/// History as text.
struct LevelZeroHistoryTests {
    private func line(_ sequence: UInt64, _ time: Int64, _ text: String, isAction: Bool = false) throws
        -> StoredLine
    {
        StoredLine(
            sequence: sequence,
            time: ChatTime(milliseconds: time),
            room: .main,
            roomName: .main,
            author: Who(id: PersonID(rawValue: 1), name: try #require(NameRequest("ann lee").name), key: nil),
            token: nil,
            ref: nil,
            text: text,
            isAction: isAction
        )
    }

    private func shown(
        _ lines: [StoredLine],
        missing: [ClosedRange<UInt64>] = [],
        bytes: Int = 10_000,
        at now: Int64
    ) -> [String] {
        LevelZero.history(
            of: .main,
            lines,
            missing: missing,
            maximumBytes: bytes,
            at: ChatTime(milliseconds: now)
        )
    }

    @Test func aLineHasItsTimeInFrontAndAnActionAStarAsWell() throws {
        let lines = [try line(1, 0, "hi: there"), try line(2, 86_399_999, "waves", isAction: true)]
        #expect(
            shown(lines, at: 3) == [
                "* history of #main, 2 lines; times are in UTC *", "* 00:00 ann lee: hi: there *",
                "* 23:59 * ann lee waves *",
            ]
        )
    }

    @Test func theDateIsThatOfTheCalendarInAnyYear() throws {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime]
        var random = SeededGenerator(seed: 3)
        let days = (0..<2_000).map { _ in Int64.random(in: -25_000...400_000, using: &random) }
        // The ends of February.
        let leaps: [Int64] = [
            951_782_400, 951_868_800, 4_107_456_000, 4_107_542_400, 1_709_164_800, 1_709_251_200,
        ]
        for seconds in days.map({ $0 * 86_400 + Int64.random(in: 0..<86_400, using: &random) }) + leaps {
            let whole = formatter.string(from: Date(timeIntervalSince1970: TimeInterval(seconds)))
            let text = shown([try line(1, seconds * 1_000, "x")], at: 999_999_999_999_999)
            #expect(text.last == "* \(whole.prefix(16)) ann lee: x *", "\(seconds)")
        }
    }

    @Test(arguments: [Int64.min, -1, .max, 9_007_199_254_740_991])
    func noTimeThatAFileHoldsIsTooOdd(time: Int64) throws {
        #expect(shown([try line(1, time, "x")], at: 0).last?.hasSuffix(" ann lee: x *") == true)
        #expect(shown([try line(1, 0, "x")], at: time).count == 2)
    }

    @Test func whereLinesAreLostThatIsSaidBetweenThoseThatAreNot() throws {
        let lines = [try line(10, 0, "a"), try line(20, 0, "b"), try line(21, 0, "c")]
        let texts = shown(lines, missing: [1...9, 12...14, 16...17, 22...30], at: 0)
        #expect(
            texts.dropFirst() == [
                "* 00:00 ann lee: a *", "* lines are missing here *", "* 00:00 ann lee: b *",
                "* 00:00 ann lee: c *",
            ]
        )
    }

    @Test func theOldestAreLeftOutIfNotAllFit() throws {
        let lines = try (1...100).map { try line(UInt64($0), 0, "line \($0)") }
        let texts = shown(lines, bytes: 500, at: 0)
        #expect(texts.reduce(0) { $0 + $1.utf8.count } <= 500)
        #expect(texts.first == "* history of #main, \(texts.count - 1) lines; times are in UTC *")
        #expect(
            texts.dropFirst() == lines.suffix(texts.count - 1).map { "* 00:00 ann lee: \($0.text) *" }[...]
        )
        #expect(texts.count > 10)
    }
}
