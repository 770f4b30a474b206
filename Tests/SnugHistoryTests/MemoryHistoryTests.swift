// SPDX-License-Identifier: Apache-2.0

import SnugHistory
import SnugRooms
import SnugSystem
import Testing

struct MemoryHistoryTests {
    @Test func memoryIsBoundedInBytesAndTheRoomWithTheMostGivesWay() throws {
        let history = MemoryHistory(maximumBytes: 500_000, clock: { noon })
        history.append(.line(.sample(1, room: "quiet", text: "the only one")))
        let long = String(repeating: "y", count: 2_000)
        for number in UInt64(2)...1_000 { history.append(.line(.sample(number, room: "flood", text: long))) }
        #expect(try history.lines(in: "quiet", .before(.max), limit: 200).texts == ["the only one"])
        var kept = 0
        var before = UInt64.max
        while case let page = try history.lines(in: "flood", .before(before), limit: 200),
            let first = page.lines.first
        {
            kept += page.lines.count
            before = first.sequence
        }
        #expect((200...250).contains(kept))
        // Whoever reads back is told that there was more.
        let oldest = try history.lines(in: "flood", .before(before), limit: 200)
        #expect(oldest.missing == [1...before - 1])
    }

    @Test func aLineThatIsTooOldIsNotReadEvenIfNobodySaysAnother() throws {
        let now = Lock(noon)
        let history = MemoryHistory(retention: Retention(lines: 10, hours: 1), clock: { now.withLock { $0 } })
        history.append(.line(.sample(1)))
        now.withLock { $0 += 3_600_000 }
        #expect(try history.lines(in: "main", .after(0), limit: 9).texts == ["line 1"])
        now.withLock { $0 += 1 }
        let page = try history.lines(in: "main", .after(0), limit: 9)
        #expect(page.texts == [] && page.missing == [1...1])
        #expect(try history.roomsWithLines() == [])
        #expect(try history.lastSequence(in: "main") == nil)
        #expect(history.lastSequence == 1)
    }

    @Test(arguments: [Retention(lines: 0, hours: 24), Retention(lines: 10, hours: 0)])
    func whoWantsNothingKeptGetsNothingBackButNumbersGoOn(retention: Retention) throws {
        let now = Lock(noon)
        let history = MemoryHistory(retention: retention, clock: { now.withLock { $0 } })
        history.append(.line(.sample(7)))
        now.withLock { $0 += 1 }
        let page = try history.lines(in: "main", .after(3), limit: 9)
        #expect(page.texts == [] && page.missing == [4...7])
        #expect(history.lastSequence == 7)
    }

    @Test func whoReadsOverLinesThatNeverCameIsToldInEachRoom() throws {
        let history = MemoryHistory(clock: { noon })
        history.append(.gap(2...6))
        // What was said before that is in the gap already.
        for number: UInt64 in [5, 7] { history.append(.line(.sample(number))) }
        let page = try history.lines(in: "main", .before(.max), limit: 9)
        #expect(page.texts == ["line 7"] && page.missing == [2...6])
        #expect(try history.lines(in: "main", .after(3), limit: 9).missing == [4...6])
        #expect(try history.lines(in: "main", .after(6), limit: 9).missing == [])
        #expect(try history.lines(in: "dev", .before(.max), limit: 9).missing == [2...6])
        #expect(history.lastSequence == 7)
    }

    @Test func whatIsTooOldLeavesTheMemoryThoughNobodyAsks() throws {
        let now = Lock(noon)
        let history = MemoryHistory(retention: Retention(lines: 10, hours: 1), clock: { now.withLock { $0 } })
        history.append(.line(.sample(1)))
        now.withLock { $0 += 3_600_001 }
        history.forgetWhatIsTooOld()
        // Were it still there, the clock that is set back would show it.
        now.withLock { $0 -= 3_600_001 }
        #expect(try history.lines(in: "main", .after(0), limit: 9).texts == [])
    }

    @Test func noPageIsLongerThanTwoHundredLines() throws {
        let history = MemoryHistory(clock: { noon })
        for number in UInt64(1)...300 { history.append(.line(.sample(number))) }
        #expect(try history.lines(in: "main", .after(0), limit: .max).lines.count == 200)
        #expect(try history.lines(in: "main", .after(0), limit: .min).lines.count == 1)
    }

    @Test func aLineLongerThanAnyoneMaySayIsNotKept() throws {
        let history = MemoryHistory(clock: { noon })
        history.append(.line(.sample(1, text: String(repeating: "z", count: 40_000))))
        history.append(.line(.sample(UInt64(Int64.max) + 1)))
        #expect(try history.roomsWithLines() == [])
    }
}
