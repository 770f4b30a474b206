// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import Testing

@testable import SnugHistory

struct RoomLinesTests {
    @Test func bytesAreThoseOfTheLinesThatAreLeft() {
        var lines = RoomLines()
        for number in UInt64(1)...300 {
            lines.append(.sample(number, text: String(repeating: "x", count: Int(number))))
        }
        for _ in 0..<299 {
            lines.forgetFirst()
            #expect(lines.bytes == lines.lines.reduce(0) { $0 + $1.footprint })
        }
        lines.forgetFirst()
        lines.forgetFirst()
        #expect(lines.isEmpty && lines.bytes == 0 && lines.forgotten == 300)
    }

    @Test func theOldestGoUntilOneIsYoungEnough() {
        var lines = RoomLines()
        // A clock that was set back: what was said between two lines that are kept is kept.
        for (number, time) in [(1, 10), (2, 20), (3, 15), (4, 30)] as [(UInt64, Int64)] {
            lines.append(.sample(number, time: time))
        }
        lines.forget(tooOldAt: 16)
        #expect(lines.lines.map(\.sequence) == [2, 3, 4])
        #expect(lines.forgotten == 1)
    }

    @Test func whatIsRemovedLeavesNoTrace() {
        var lines = RoomLines()
        for number in UInt64(1)...10 {
            lines.append(.sample(number, author: number.isMultiple(of: 2) ? "ben" : "aisha"))
        }
        lines.remove { $0.author.name == "ben" }
        #expect(lines.lines.map(\.sequence) == [1, 3, 5, 7, 9])
        #expect(lines.page(.after(0), limit: 10).missing == [])
        #expect(lines.bytes == lines.lines.reduce(0) { $0 + $1.footprint })
    }

    @Test func halvingFindsTheSameAsLookingAtEach() {
        let numbers = [2, 4, 4, 6, 8]
        for number in 0...9 {
            let expected = numbers.firstIndex { $0 > number } ?? numbers.count
            #expect(numbers.partitionPoint { $0 > number } == expected)
            #expect(numbers[2...].partitionPoint { $0 > number } == max(2, expected))
        }
    }
}
