// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugRooms

@Suite struct RoomDirectoryTests {
    private var rooms = RoomDirectory()
    private let owner = NameRegistry.Holder.key(PersonKey(testing: 1))
    private let other = NameRegistry.Holder.key(PersonKey(testing: 2))

    private mutating func open(_ name: String, _ number: UInt64) -> RoomID {
        let id = RoomID(rawValue: number)
        rooms.add(ChatRoom(id: id, name: .of(name), owner: owner))
        return id
    }

    @Test mutating func aPrivateRoomTakesNoNameAway() {
        let first = open("dev", 1)
        rooms.makePrivate(first)
        #expect(rooms.openRoom(.of("dev")) == nil)
        let second = open("DEV", 2)
        #expect(rooms.openRoom(.of("dev")) == second)
        #expect(rooms.privateRoom(.of("dev"), for: owner) == first)
        #expect(rooms.privateRoom(.of("dev"), for: other) == nil)
        rooms.invite(other, to: first)
        #expect(rooms.privateRoom(.of("dev"), for: other) == first)
        rooms.makePrivate(second)
        #expect(rooms.privateRoom(.of("dev"), for: owner) == first && rooms.privateCount == 2)
        rooms.remove(first)
        #expect(rooms.privateRoom(.of("dev"), for: owner) == second)
        #expect(rooms.anyRoom(.of("dev")) == second && rooms.openCount == 0)
    }

    @Test mutating func aRoomThatIsGoneFreesItsNameAndNoOther() {
        let first = open("dev", 1)
        let second = open("ops", 2)
        rooms.remove(first)
        rooms.remove(first)
        #expect(rooms.openRoom(.of("dev")) == nil && rooms.openRoom(.of("OPS")) == second)
        #expect(rooms.all.map(\.id) == [.main, second] && rooms.openCount == 1)
    }

    /// Where private rooms are found by who may enter them.
    @Test(arguments: [1, 2, UInt64.random(in: 3...UInt64.max)])
    mutating func whateverHappensAPrivateRoomIsFoundByThoseItAdmitsAndNobodyElse(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let people = (1...4).map { PersonID(rawValue: $0) }
        let holders = people.map { NameRegistry.Holder.person($0) } + [owner, other]
        let names = ["dev", "DEV", "ops", "tea"].map(RoomName.of)
        var ids: [RoomID] = []
        for number in 1...2_000 {
            let id = ids.randomElement(using: &random) ?? .main
            let holder = holders.randomElement(using: &random) ?? owner
            switch Int.random(in: 0...6, using: &random) {
            case 0:
                let room = RoomID(rawValue: UInt64(number))
                let name = names.randomElement(using: &random) ?? .main
                guard rooms.openRoom(name) == nil else { continue }
                rooms.add(ChatRoom(id: room, name: name, owner: holder))
                ids.append(room)
            case 1 where id != .main: rooms.makePrivate(id)
            case 2 where ids.count > 8:
                rooms.remove(id)
                ids.removeAll { $0 == id }
            case 3: rooms.disinvite(holder, from: id)
            case 4:
                let person = people.randomElement(using: &random) ?? people[0]
                rooms.forget(person, in: ids)
            default: rooms.invite(holder, to: id)
            }
            for holder in holders {
                for name in names {
                    let admitting = rooms.all.filter {
                        $0.isPrivate && $0.admits(holder) && $0.name.looksLike(name)
                    }
                    #expect(rooms.privateRoom(name, for: holder) == admitting.first?.id, "seed \(seed)")
                }
            }
            #expect(rooms.open(and: ids).map(\.id) == rooms.all.map(\.id), "seed \(seed)")
            #expect(rooms.open(and: []).allSatisfy { !$0.isPrivate }, "seed \(seed)")
            #expect(rooms.openCount == rooms.all.count { !$0.isPrivate } - 1, "seed \(seed)")
        }
    }

    @Test mutating func membersAreInTheOrderOfTheirTickets() {
        var room = ChatRoom(id: .main, name: .main)
        for ticket: UInt64 in [3, 5, 8, 9] { room.add(PersonID(rawValue: 100 - ticket), ticket: ticket) }
        room.remove(ticket: 5)
        room.remove(ticket: 4)
        room.remove(ticket: 10)
        #expect(room.members.map(\.ticket) == [3, 8, 9])
    }

    @Test mutating func invitationsAreTakenBackAndForgotten() {
        var room = ChatRoom(id: RoomID(rawValue: 1), name: .of("dev"), owner: .person(PersonID(rawValue: 7)))
        room.isPrivate = true
        let guest = NameRegistry.Holder.person(PersonID(rawValue: 8))
        for holder in [guest, other, guest] { room.invite(holder) }
        #expect(room.invitationCount == 2 && room.admits(guest) && room.admits(other) && !room.admits(owner))
        room.disinvite(other)
        room.forget(PersonID(rawValue: 8))
        #expect(!room.admits(guest) && !room.admits(other) && room.owner != nil)
        room.forget(PersonID(rawValue: 7))
        #expect(room.owner == nil)
    }
}
