// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import Testing

@testable import SnugHistory

struct HistoryQueueTests {
    private func queue(maximumBytes: Int = 1_000_000) throws -> HistoryQueue {
        try HistoryQueue(maximumBytes: maximumBytes, lastLine: 0, lastSequence: 0)
    }

    @Test func whatIsUnderWayIsStillReadInFrontOfWhatWaits() throws {
        let queue = try queue()
        queue.append(.line(.sample(1)))
        let batch = queue.take()
        queue.append(.line(.sample(2)))
        #expect(batch.lines.map(\.sequence) == [1])
        #expect(queue.lines(in: "main") { _ in true }.lines.map(\.sequence) == [1, 2])
        queue.finish()
        #expect(queue.lines(in: "main") { _ in true }.lines.map(\.sequence) == [2])
    }

    @Test func whatCouldNotBeStoredIsTakenAgainInItsOrder() throws {
        let queue = try queue()
        queue.append(.line(.sample(1)))
        queue.append(.record(.room(.sample("dev", topic: "old"))))
        let batch = queue.take()
        queue.append(.line(.sample(2)))
        queue.append(.record(.room(.sample("dev", topic: "new"))))
        queue.takeBack(batch)
        let again = queue.take()
        #expect(again.lines.map(\.sequence) == [1, 2])
        #expect(again.records.rooms["dev"]??.topic?.text == "new")
        #expect(again.lastSequence == 2)
    }

    @Test func theOldestGiveWayWhenTheDiskTakesNothingAndTheHoleIsExact() throws {
        let queue = try queue(maximumBytes: 100_000)
        let text = String(repeating: "x", count: 1_000)
        var batch = HistoryQueue.Batch()
        for number in UInt64(1)...2_000 {
            queue.append(.line(.sample(number, text: text)))
            // As the thread that stores does while the disk is full.
            if number.isMultiple(of: 37) { queue.takeBack(queue.take()) }
        }
        batch = queue.take()
        // Readers are told while it is tried again, too.
        #expect(queue.lines(in: "main") { _ in true }.missing == batch.missing)
        let first = try #require(batch.lines.first?.sequence)
        #expect(batch.missing == [1...first - 1])
        #expect(batch.lines.map(\.sequence) == Array(first...2_000))
        #expect(batch.lines.reduce(0) { $0 + $1.footprint } <= 100_000)
        #expect(batch.lines.count > 40)
    }

    @Test func linesThatTheDiskIsBusyWithCountAsWell() throws {
        let queue = try queue(maximumBytes: 100_000)
        let text = String(repeating: "x", count: 1_000)
        for number in UInt64(1)...50 { queue.append(.line(.sample(number, text: text))) }
        let stuck = queue.take()
        for number in UInt64(51)...500 { queue.append(.line(.sample(number, text: text))) }
        let kept = queue.lines(in: "main") { _ in true }
        #expect(kept.lines.prefix(50).map(\.sequence) == Array(1...50))
        #expect(kept.lines.reduce(0) { $0 + $1.footprint } <= 100_000)
        queue.takeBack(stuck)
        let batch = queue.take()
        let numbers = Set(batch.lines.map(\.sequence))
        // Every line is either here, or told to be missing, and none is both.
        for number in UInt64(1)...500 {
            #expect(numbers.contains(number) != batch.missing.contains { $0.contains(number) })
        }
    }

    @Test func whoIsForgottenWhileTheDiskIsBusyDoesNotComeBackIfThatFails() throws {
        let queue = try queue()
        queue.append(.line(.sample(1, author: "aisha")))
        queue.append(.line(.sample(2, author: "ben")))
        let batch = queue.take()
        queue.append(.line(.sample(3, author: "aisha")))
        queue.append(.forget(.person(name: "aisha", key: nil)))
        queue.append(.line(.sample(4, author: "aisha")))
        queue.takeBack(batch)
        #expect(queue.take().lines.map(\.sequence) == [2, 4])
    }

    @Test func aLineIsNotAppendedTwice() throws {
        let queue = try HistoryQueue(maximumBytes: 1_000_000, lastLine: 10, lastSequence: 12)
        for number in [9, 10, 11, 11, 13, 12] as [UInt64] { queue.append(.line(.sample(number))) }
        #expect(queue.take().lines.map(\.sequence) == [11, 13])
        #expect(queue.lastSequence == 13)
    }

    @Test func behindItsEndNothingIsTaken() throws {
        let queue = try queue()
        queue.append(.line(.sample(1)))
        queue.close()
        queue.append(.line(.sample(2)))
        let batch = queue.take()
        #expect(batch.isLast && batch.lines.map(\.sequence) == [1])
    }
}
