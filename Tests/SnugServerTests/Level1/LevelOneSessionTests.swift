// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import TestSupport
import Testing

@testable import SnugServer

/// A session that reads several rooms, against plain lists of frames: each room's come whole, once and in order, however
/// little the peer takes at a time, and nothing comes that is held back.
@Suite struct LevelOneSessionTests {
    private struct World {
        let nowhere = SnugServer.Audience(of: .main, at: .typed, limitBytes: 4_096, bytesPerTurn: 4_096)
        let session = LevelOneSession()
        var audiences: [SnugServer.Audience] = []
        var own = Outbox(position: 0)
        var batch: [UInt8] = []
        var sent: [UInt8] = []
        /// What is still to come of each room; the own outbox is the last.
        var expected: [[[UInt8]]]
        var held: [Int: [[UInt8]]] = [:]
        var number: UInt8 = 0

        init(rooms: Int) {
            audiences = (0..<rooms).map {
                SnugServer.Audience(
                    of: RoomID(rawValue: UInt64($0 + 1)),
                    at: .typed,
                    limitBytes: 4_096,
                    bytesPerTurn: 4_096
                )
            }
            expected = Array(repeating: [], count: rooms + 1)
            for audience in audiences { session.open(audience) }
        }

        /// Its length, its room, and some bytes.
        mutating func frame(_ room: Int, _ length: Int) -> [UInt8] {
            number &+= 1
            return [UInt8(length), UInt8(room)] + Array(repeating: number, count: length)
        }

        mutating func append(_ room: Int, _ length: Int) {
            let frame = frame(room, length)
            _ = audiences[room].append(notice: frame[...])
            if held[room] == nil { expected[room].append(frame) } else { held[room]?.append(frame) }
        }

        mutating func notice(_ room: Int, _ length: Int) {
            let frame = frame(room, length)
            _ = session.insert(frame, in: audiences[room].room, onceStored: 0)
            if held[room] == nil { expected[room].append(frame) } else { held[room]?.append(frame) }
        }

        mutating func replace(_ room: Int, _ length: Int) {
            let shared = frame(room, length)
            _ = audiences[room].append(notice: shared[...])
            let own = frame(room, length / 2)
            session.replace(last: shared.count, of: audiences[room].room, with: own, onceStored: 0)
            if held[room] == nil { expected[room].append(own) } else { held[room]?.append(own) }
        }

        mutating func deliver(atOnce: Int, room: Int) {
            var left = room
            var taken: [UInt8] = []
            session.empty(&own, from: nowhere.backlog, ownEnd: 0, limit: 100, using: &batch) { offered in
                let count = min(offered.byteCount, left, atOnce)
                taken += offered.extracting(first: count).withUnsafeBytes { Array($0) }
                left -= count
                return count
            }
            sent += taken
        }

        /// Takes whole frames off what was sent, each of which has to be the next of its room.
        mutating func check() {
            while let length = sent.first, sent.count >= Int(length) + 2 {
                let frame = Array(sent.prefix(Int(length) + 2))
                sent.removeFirst(frame.count)
                let room = Int(frame[1])
                guard room < expected.count, expected[room].first == frame else {
                    Issue.record("\(frame.prefix(3)) is not the next of room \(room)")
                    return
                }
                expected[room].removeFirst()
            }
        }
    }

    @Test(arguments: 0..<40)
    func everyRoomsFramesComeWholeOnceAndInOrder(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var world = World(rooms: Int.random(in: 1...4, using: &random))
        let rooms = world.audiences.count
        for _ in 0..<400 {
            let room = Int.random(in: 0..<rooms, using: &random)
            let length = Int.random(in: 0...120, using: &random)
            switch Int.random(in: 0..<9, using: &random) {
            case 0, 1: world.append(room, length)
            case 2: world.notice(room, length)
            case 3: world.replace(room, length)
            case 4:
                let frame = world.frame(rooms, length)
                world.own.insert(frame, at: 0)
                world.expected[rooms].append(frame)
            default:
                world.deliver(
                    atOnce: Int.random(in: 1...120, using: &random),
                    room: Int.random(in: 0...300, using: &random)
                )
            }
            world.check()
        }
        world.deliver(atOnce: 7, room: .max)
        world.check()
        #expect(world.expected.allSatisfy(\.isEmpty) && world.sent.isEmpty)
        #expect(world.session.isEmpty && world.session.waitingBytes == 0)
    }

    private func telling(_ audience: SnugServer.Audience) throws -> Telling {
        Telling(
            of: audience.room,
            .main,
            .last(5, before: 100),
            through: 99,
            opens: true,
            to: .init(person: PersonID(rawValue: 1), key: nil, token: nil)
        )
    }

    @Test func whatHappensInARoomWaitsUntilWhatWasMissedIsTold() throws {
        var world = World(rooms: 2)
        #expect(world.session.add(try telling(world.audiences[0])))
        world.append(1, 10)
        world.held[0] = []
        world.append(0, 20)
        world.deliver(atOnce: 50, room: .max)
        world.check()
        #expect(world.expected.allSatisfy(\.isEmpty) && !world.session.isEmpty)

        var told = try #require(world.session.nextTelling(waitingBytes: 0))
        let page = world.frame(0, 30)
        world.expected[0] = [page] + (world.held[0] ?? [])
        world.held = [:]
        _ = told.takeNothing()
        #expect(world.session.take(page, of: told).isEmpty)
        world.deliver(atOnce: 50, room: .max)
        world.check()
        #expect(world.expected.allSatisfy(\.isEmpty) && world.session.isEmpty)
    }

    /// It would ask from there the next time, and what was missed would be lost.
    @Test func whoLeavesBeforeItWasToldGetsNothingOfWhatCameLater() throws {
        var world = World(rooms: 1)
        #expect(world.session.add(try telling(world.audiences[0])))
        world.held[0] = []
        world.append(0, 20)
        world.session.closeAll()
        world.deliver(atOnce: 50, room: .max)
        #expect(world.sent.isEmpty && world.session.isEmpty)
    }

    @Test func aConfirmationWaitsUntilItsLineIsStoredAndNothingPassesIt() {
        var world = World(rooms: 2)
        let line = world.frame(0, 5)
        _ = world.audiences[0].append(notice: line[...])
        let own = world.frame(0, 6)
        world.session.replace(last: line.count, of: world.audiences[0].room, with: own, onceStored: 7)
        world.expected[0].append(own)
        world.append(0, 8)
        world.append(1, 9)
        world.deliver(atOnce: 50, room: .max)
        world.check()
        let waiting = world.expected.map { $0.count }
        #expect(waiting == [2, 0, 0])
        world.session.noteStored(through: 6)
        world.deliver(atOnce: 50, room: .max)
        #expect(world.sent.isEmpty)
        world.session.noteStored(through: 7)
        world.deliver(atOnce: 50, room: .max)
        world.check()
        let isAllSent = world.expected.allSatisfy { $0.isEmpty }
        #expect(isAllSent)
    }
}
