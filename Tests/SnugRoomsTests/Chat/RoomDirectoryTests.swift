// SPDX-License-Identifier: Apache-2.0

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
        rooms[first]?.invite(other)
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
