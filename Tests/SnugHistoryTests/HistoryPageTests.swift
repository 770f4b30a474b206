// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import Testing

@testable import SnugHistory

struct HistoryPageTests {
    private let lines: [StoredLine] = [.sample(40), .sample(50)]

    @Test func aHoleIsToldOnlyAsFarAsThePageReaches() {
        let page = HistoryPage(lines, .after(10), hasMore: true, holes: [1...20, 45...47, 60...70])
        #expect(page.missing == [11...20, 45...47])
    }

    @Test func theLastPageTellsWhatIsMissingBehindIt() {
        let page = HistoryPage(lines, .after(10), hasMore: false, holes: [60...70])
        #expect(page.missing == [60...70])
    }

    @Test func goingBackTellsWhatIsMissingInFrontOfTheOldestLine() {
        #expect(
            HistoryPage(lines, .before(55), hasMore: false, holes: [1...20, 52...80]).missing == [
                1...20, 52...54,
            ]
        )
        #expect(HistoryPage(lines, .before(55), hasMore: true, holes: [1...20]).missing == [])
    }

    @Test func holesThatTouchAreOne() {
        let page = HistoryPage([], .after(0), hasMore: false, holes: [5...6, 1...2, 3...4, 9...9, 6...7])
        #expect(page.missing == [1...7, 9...9])
    }

    @Test func numbersAtTheEndsOfTheirRangeDoNotTrap() {
        let all: [ClosedRange<UInt64>] = [1...UInt64.max, 0...0]
        #expect(HistoryPage([], .after(.max), hasMore: false, holes: all).missing == [])
        #expect(HistoryPage([], .before(0), hasMore: false, holes: all).missing == [])
        #expect(HistoryPage([], .before(1), hasMore: false, holes: all).missing == [])
        #expect(HistoryPage([], .after(.max - 1), hasMore: false, holes: all).missing == [.max ... .max])
    }
}
