// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import SnugRooms
import SnugSystem
import SnugTerminal
import TestSupport
import Testing

@testable import SnugClient

@Suite struct KnownRoomsTests {
    private func room(_ name: String) throws -> RoomName { try #require(RoomName(name)) }

    /// A model that keeps every line with its room and counts by looking back.
    @Test(arguments: 0..<60)
    func whatIsUnreadIsWhatCameSinceOneTalkedThere(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let names = try ["main", "a", "b", "c"].map(room)
        var rooms = KnownRooms()
        for name in names { _ = rooms.add(name) }
        #expect(rooms.all.map(\.name) == names)
        var unread: [RoomName: [Bool]] = [:]
        var current = names[0]
        for _ in 0..<100 {
            guard let name = names.randomElement(using: &random) else { continue }
            if Int.random(in: 0..<5, using: &random) == 0 {
                rooms.enter(name)
                current = name
                unread[name] = nil
            } else {
                let isMention = Int.random(in: 0..<4, using: &random) == 0
                rooms.note(lineBy: "1", in: name, isMention: isMention)
                if name != current { unread[name, default: []].append(isMention) }
            }
            #expect(rooms.current == current)
            for known in rooms.all {
                #expect(known.unread == unread[known.name]?.count ?? 0)
                #expect(known.isMentioned == unread[known.name]?.contains(true) ?? false)
            }
        }
    }

    @Test func thePromptSaysWhatIsUnreadAndStaysShort() throws {
        var rooms = KnownRooms()
        for name in ["ops", "tea", "x", "y"] { _ = rooms.add(try room(name)) }
        #expect(rooms.prompt == "#main> ")
        for _ in 0..<3 { rooms.note(lineBy: "1", in: try room("ops"), isMention: false) }
        #expect(rooms.prompt == "#main(ops:3)> ")
        for number in 0..<150 { rooms.note(lineBy: "1", in: try room("tea"), isMention: number == 7) }
        #expect(rooms.prompt == "#main(ops:3,tea:99+!)> ")
        rooms.note(lineBy: "1", in: try room("y"), isMention: false)
        #expect(rooms.prompt == "#main(ops:3,tea:99+!,+1)> ")
        rooms.enter(try room("tea"))
        #expect(rooms.prompt == "#tea(ops:3,y:1)> ")
    }

    @Test func whoSpokeLastIsCompletedFirst() {
        var rooms = KnownRooms()
        for name in ["ann", "ben", "carla", "dan"] {
            rooms.change(.main) { $0.add(.init(id: name, name: ShownName(name))) }
        }
        #expect(rooms.names(except: nil) == ["ann", "ben", "carla", "dan"])
        rooms.note(lineBy: "carla", in: .main, isMention: false)
        rooms.note(lineBy: "ben", in: .main, isMention: false)
        #expect(rooms.names(except: "dan") == ["ben", "carla", "ann"])
    }

    @Test func whoComesUnderAnotherNameOrKeyIsKnownByIt() {
        var rooms = KnownRooms()
        rooms.change(.main) { $0.add(.init(id: "1", name: ShownName("ben"))) }
        rooms.change(.main) { $0.add(.init(id: "1", name: ShownName("benny"), key: "k")) }
        #expect(rooms.currentRoom?.people == [.init(id: "1", name: ShownName("benny"), key: "k")])
        #expect(rooms.know("1", as: ShownName("benny")) && !rooms.know("1", as: ShownName("ben")))
        #expect(!rooms.know("2", as: ShownName("benny")))
    }

    @Test func whatIsToldOfEarlierLinesChangesNothingOfWhatWasMissed() {
        var room = KnownRoom(.main)
        for sequence: UInt64 in [7, 3] { room.note(sequence) }
        room.noteLoss()
        #expect(room.latestBeforeLoss == 7)
    }

    @Test func whoeverIsPutOutOfTheCurrentRoomTalksInTheFirst() throws {
        var rooms = KnownRooms()
        let ops = try room("ops")
        _ = rooms.add(ops)
        rooms.enter(ops)
        rooms.note(lineBy: "1", in: .main, isMention: true)
        rooms.remove(ops)
        #expect(rooms.current == .main)
        // What is there is seen now.
        #expect(rooms.all.allSatisfy { $0.unread == 0 && !$0.isMentioned })
        rooms.remove(.main)
        #expect(rooms.current == .main)
        #expect(rooms.all.count == 1)
    }

    @Test func roomsThatLookTheSameAreOne() throws {
        var rooms = KnownRooms()
        _ = rooms.add(try room("Main"))
        #expect(rooms.all.count == 1)
        rooms.enter(try room("MAIN"))
        #expect(rooms.current == .main)
    }

    @Test func noServerFillsTheMemoryWithRoomsOrPeople() throws {
        var rooms = KnownRooms()
        for number in 0..<100 {
            #expect(rooms.add(try room("r\(number)")) == (number < LevelOne.maximumRooms - 1))
        }
        rooms.change(.main) { $0.replacePeople(by: []) }
        for number in 0..<2 * KnownRoom.maximumPeople {
            #expect(rooms.currentRoom?.isWhole == (number <= KnownRoom.maximumPeople))
            rooms.change(.main) { $0.add(.init(id: "\(number)", name: ShownName("n"))) }
        }
        #expect(rooms.currentRoom?.people.count == KnownRoom.maximumPeople)
    }
}
