// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugServer

/// Two rooms' backlogs, and several readers who go from one to the other and have notices and skips of their own, against
/// plain lists of what each has to get.
@Suite struct OutboxTests {
    private struct Reader {
        var outbox = Outbox(position: 0)
        var received: [UInt8] = []
        var room = 0
    }

    private struct World {
        var backlogs = Array(repeating: SharedBacklog(limitBytes: 4_096), count: 2)
        var readers = Array(repeating: Reader(), count: 4)
        var expected = Array(repeating: [UInt8](), count: 4)
        var batch: [UInt8] = []
        var next: UInt8 = 0

        mutating func bytes(_ count: Int) -> [UInt8] {
            (0..<count).map { _ in
                next &+= 1
                return next
            }
        }

        mutating func append(_ count: Int, to room: Int, by speaker: Int?) {
            let start = backlogs[room].end
            let line = bytes(count)
            backlogs[room].append(line)
            for index in readers.indices where index != speaker && readers[index].room == room {
                expected[index] += line
            }
            if let speaker { readers[speaker].outbox.skip(start..<backlogs[room].end) }
        }

        mutating func move(_ index: Int) {
            let room = readers[index].room
            readers[index].outbox.move(
                from: backlogs[room],
                end: backlogs[room].end,
                to: backlogs[1 - room].end
            )
            readers[index].room = 1 - room
        }

        func end(for reader: Reader) -> Int { backlogs[reader.room].end }

        mutating func insert(_ count: Int, to index: Int) {
            let notice = bytes(count)
            readers[index].outbox.insert(notice, at: end(for: readers[index]))
            expected[index] += notice
        }

        /// Empties one reader's outbox into what it takes, in pieces that it takes a part of.
        mutating func deliver(to index: Int, room: Int, atOnce: Int) {
            var left = room
            var taken: [UInt8] = []
            let end = end(for: readers[index])
            let backlog = backlogs[readers[index].room]
            readers[index].outbox.empty(from: backlog, end: end, limit: 100, using: &batch) { offered in
                let count = min(offered.byteCount, left, atOnce)
                taken += offered.extracting(first: count).withUnsafeBytes { Array($0) }
                left -= count
                return count
            }
            readers[index].received += taken
        }

        mutating func discard() {
            for room in backlogs.indices {
                let positions = readers.filter { $0.room == room }.map(\.outbox.position)
                backlogs[room].discard(before: positions.min() ?? backlogs[room].end)
            }
        }
    }

    @Test(arguments: 0..<40)
    func everyoneGetsItsOwnBytesOnceInOrderHoweverLittleIsTakenAtATime(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var world = World()
        for _ in 0..<300 {
            let index = Int.random(in: 0..<4, using: &random)
            let size = Int.random(in: 0...150, using: &random)
            switch Int.random(in: 0..<9, using: &random) {
            case 0, 1: world.append(size, to: world.readers[index].room, by: index)
            case 2: world.append(size, to: Int.random(in: 0...1, using: &random), by: nil)
            case 3: world.insert(size, to: index)
            case 4: world.discard()
            case 5: world.move(index)
            default:
                let room = Int.random(in: 0...400, using: &random)
                world.deliver(to: index, room: room, atOnce: Int.random(in: 1...120, using: &random))
            }
            for (reader, expected) in zip(world.readers, world.expected) {
                let waiting = expected.count - reader.received.count
                // The reader's own lines ahead count as well.
                #expect(reader.outbox.waitingBytes(end: world.end(for: reader)) >= waiting)
            }
        }
        for index in 0..<4 { world.deliver(to: index, room: .max, atOnce: 7) }
        world.discard()
        for (reader, expected) in zip(world.readers, world.expected) {
            #expect(reader.received == expected)
            #expect(reader.outbox.isEmpty(end: world.end(for: reader)))
            #expect(reader.outbox.waitingBytes(end: world.end(for: reader)) == 0)
        }
    }

    @Test func aReaderThatIsAlwaysALittleBehindKeepsNoneOfWhatItGot() {
        let backlog = SharedBacklog(limitBytes: 4_096)
        var outbox = Outbox(position: 0)
        var batch: [UInt8] = []
        outbox.insert([0], at: 0)
        for number in 0..<1_000 {
            outbox.insert([UInt8(truncatingIfNeeded: number)], at: 0)
            var hasTaken = false
            outbox.empty(from: backlog, end: 0, limit: 1, using: &batch) { _ in
                defer { hasTaken = true }
                return hasTaken ? 0 : 1
            }
        }
        #expect(outbox.waitingBytes(end: 0) == 1)
        #expect(outbox.heldDetours < 100)
    }

    @Test func aShortWriteIsFollowedByAnotherUntilNothingIsTaken() {
        var backlog = SharedBacklog(limitBytes: 4_096)
        backlog.append([UInt8](0..<200))
        var outbox = Outbox(position: 0)
        var batch: [UInt8] = []
        var offers: [Int] = []
        outbox.empty(from: backlog, end: backlog.end, limit: 150, using: &batch) { offered in
            offers.append(offered.byteCount)
            return offers.count < 4 ? 50 : 0
        }
        #expect(offers == [150, 150, 100, 50])
        #expect(outbox.position == 150)
    }
}
