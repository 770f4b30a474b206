// SPDX-License-Identifier: Apache-2.0

extension Chat {
    mutating func join(
        _ name: RoomName,
        by id: SessionID,
        _ outcome: inout Outcome
    ) throws(Refusal) -> RoomID {
        let (session, person) = try asker(id)
        let isText = session.level == .text
        if let membership = person.membership(name, orIn: session.room) {
            guard isText, membership.room != session.room else {
                throw Refusal(.inRoomAlready, .room(membership.name))
            }
            sessions[id]?.room = membership.room
            leaveUnusedRooms(person.id, &outcome)
            return membership.room
        }
        let leavesOne = isText && !isUsed(session.room, by: person, without: id)
        try requirePlace(person, leavesOne: leavesOne)
        let room = try roomToEnter(name, person, &outcome)
        if isText {
            sessions[id]?.room = room
            leaveUnusedRooms(person.id, &outcome)
        }
        enterRoom(room, person.id, &outcome)
        return room
    }

    /// Joins each of the rooms that it can, and says why not the others.
    mutating func joinRooms(_ names: [RoomName], _ id: PersonID, _ outcome: inout Outcome) -> [Refusal] {
        var refusals: [Refusal] = []
        for name in names.prefix(2 * limits.roomsOfAPerson) {
            guard let person = people[id], person.membership(name, orIn: .main) == nil else { continue }
            do throws(Refusal) {
                try requirePlace(person, leavesOne: false)
                enterRoom(try roomToEnter(name, person, &outcome), id, &outcome)
            } catch {
                refusals.append(error)
            }
        }
        return refusals
    }

    private func requirePlace(_ person: Person, leavesOne: Bool) throws(Refusal) {
        guard person.memberships.count - (leavesOne ? 1 : 0) < limits.roomsOfAPerson else {
            throw Refusal(.yourRoomsAreFull, .limit(limits.roomsOfAPerson))
        }
    }

    /// The room of that name for somebody who is in none of that name; a new one if there is none to enter.
    private mutating func roomToEnter(
        _ name: RoomName,
        _ person: Person,
        _ outcome: inout Outcome
    ) throws(Refusal) -> RoomID {
        if let room = rooms.privateRoom(name, for: person.holder) ?? rooms.openRoom(name) { return room }
        if rooms.openCount >= limits.rooms {
            // Otherwise one person could fill all places for as long as lines are kept, with a line in each room.
            guard let idle = rooms.longestIdle else { throw Refusal(.tooManyRooms, .limit(limits.rooms)) }
            forgetRoom(idle, &outcome)
        }
        let room = RoomID(rawValue: lastSequence + 1)
        rooms.add(ChatRoom(id: room, name: name, owner: person.holder))
        tie(person.id, to: room)
        return room
    }

    /// Puts the person into a room, unless it is in.
    mutating func enterRoom(_ id: RoomID, _ personID: PersonID, _ outcome: inout Outcome) {
        guard let person = people[personID], person.ticket(in: id) == nil, let name = rooms[id]?.name else {
            return
        }
        let ticket = tell(.joined, to: .room(id), by: person.who, room: name, &outcome)
        rooms[id]?.add(personID, ticket: ticket)
        people[personID]?.memberships.append(Membership(room: id, name: name, ticket: ticket))
    }

    // MARK: Leaving a room

    mutating func leave(
        _ name: RoomName?,
        by id: SessionID,
        _ outcome: inout Outcome
    ) throws(Refusal) -> Answer {
        let (session, person) = try asker(id)
        let membership = try room(name, of: person, session)
        if membership.room == .main, person.sessions.contains(where: { isText($0, in: .main) }) {
            throw Refusal(.mainIsForAll)
        }
        if session.level == .text {
            guard membership.room == session.room else { throw Refusal(.notInRoom, .room(membership.name)) }
            sessions[id]?.room = .main
            leaveUnusedRooms(person.id, &outcome)
            enterRoom(.main, person.id, &outcome)
            return .joined(.main)
        }
        leaveRoom(membership, person.id, .left, &outcome)
        return .done
    }

    /// Takes somebody who stays in the chat out of a room.
    ///
    /// Whoever reads text is somewhere: its sessions that were in that room are in `main` then.
    mutating func leaveRoom(
        _ membership: Membership,
        _ id: PersonID,
        _ departure: Departure,
        _ outcome: inout Outcome
    ) {
        guard let person = people[id] else { return }
        rooms[membership.room]?.remove(ticket: membership.ticket)
        people[id]?.memberships.removeAll { $0.ticket == membership.ticket }
        let kind = ChatEvent.Kind.left(departure)
        tell(kind, to: .room(membership.room), by: person.who, room: membership.name, &outcome)
        if person.sessions.contains(where: { sessions[$0]?.level == .typed }) {
            tell(kind, to: .person(id), by: person.who, room: membership.name, &outcome)
        }
        forgetIfAbandoned(membership.room, &outcome)
        for session in person.sessions where isText(session, in: membership.room) {
            sessions[session]?.room = .main
            enterRoom(.main, id, &outcome)
        }
    }

    /// Takes the person out of rooms that none of its sessions reads: one that reads text reads one room only.
    mutating func leaveUnusedRooms(_ id: PersonID, _ outcome: inout Outcome) {
        guard let person = people[id] else { return }
        for membership in person.memberships where !isUsed(membership.room, by: person, without: nil) {
            leaveRoom(membership, id, .left, &outcome)
        }
    }

    private func isUsed(_ room: RoomID, by person: Person, without excluded: SessionID?) -> Bool {
        person.sessions.contains { $0 != excluded && (sessions[$0]?.level == .typed || isText($0, in: room)) }
    }

    private func isText(_ id: SessionID, in room: RoomID) -> Bool {
        sessions[id].map { $0.level == .text && $0.room == room } ?? false
    }

    // MARK: What a room is like

    mutating func setTopic(
        _ topic: ShortText?,
        of name: RoomName?,
        by id: SessionID,
        _ outcome: inout Outcome
    ) throws(Refusal) {
        let (session, person) = try asker(id)
        let membership = try room(name, of: person, session)
        try requireVoice(person.key, session)
        rooms[membership.room]?.topic = topic
        record(membership.room, &outcome)
        tell(.topic(topic), to: .room(membership.room), by: person.who, room: membership.name, &outcome)
    }

    mutating func makePrivate(
        _ name: RoomName?,
        by id: SessionID,
        _ outcome: inout Outcome
    ) throws(Refusal) {
        let (session, person) = try asker(id)
        let membership = try room(name, of: person, session)
        let room = try ownedRoom(membership, person, session)
        guard !room.isPrivate else { throw Refusal(.privateAlready, .room(room.name)) }
        guard rooms.privateCount < limits.privateRooms else {
            throw Refusal(.tooManyRooms, .limit(limits.privateRooms))
        }
        rooms.makePrivate(room.id)
        // Whoever is in it now and loses its connection for long comes back.
        for member in room.members.prefix(limits.invitations) {
            if let holder = people[member.person]?.holder, holder != room.owner {
                invite(holder, to: room.id)
            }
        }
        record(room.id, &outcome)
        tell(.madePrivate, to: .room(room.id), by: person.who, room: room.name, &outcome)
    }

    mutating func invite(
        _ name: MemberName,
        to roomName: RoomName?,
        by id: SessionID,
        _ outcome: inout Outcome
    ) throws(Refusal) {
        let (session, person) = try asker(id)
        let membership = try room(roomName, of: person, session)
        guard let guest = target(named: name)?.person.flatMap({ people[$0] }) else {
            throw Refusal(.nobodyOfThatName, .name(name))
        }
        guard guest.id != person.id else { throw Refusal(.yourself) }
        guard rooms[membership.room]?.admits(guest.holder) == false else {
            throw Refusal(.invitedAlready, .name(guest.name))
        }
        let room = try ownedRoom(membership, person, session)
        guard room.invitationCount < limits.invitations else {
            throw Refusal(.tooManyInvitations, .limit(limits.invitations))
        }
        invite(guest.holder, to: room.id)
        record(room.id, &outcome)
        for audience in [Audience.room(room.id), .person(guest.id)] {
            tell(.invited(guest.who), to: audience, by: person.who, room: room.name, &outcome)
        }
    }

    private mutating func invite(_ holder: NameRegistry.Holder, to room: RoomID) {
        rooms.invite(holder, to: room)
        if case .person(let id) = holder { tie(id, to: room) }
    }

    /// The room, for who opened it or may moderate.
    private func ownedRoom(
        _ membership: Membership,
        _ person: Person,
        _ session: Session
    ) throws(Refusal) -> ChatRoom {
        guard membership.room != .main, let room = rooms[membership.room] else {
            throw Refusal(.mainIsForAll)
        }
        guard room.owner == person.holder || mayModerate(person.key, session) else {
            throw Refusal(.notOwner, .room(room.name))
        }
        return room
    }

    mutating func record(_ room: RoomID, _ outcome: inout Outcome) {
        rooms[room]?.isRecorded = true
        if let record = rooms[room]?.record { outcome.changes.append(.room(record)) }
    }

    private mutating func tie(_ id: PersonID, to room: RoomID) {
        if people[id]?.key == nil { people[id]?.ties.insertSorted(room) }
    }

    // MARK: The end of a room

    /// Nothing that was said by then is kept any more, whatever a server still has or has not of it: all decide alike.
    mutating func forgetLines(saidBy time: ChatTime, _ outcome: inout Outcome) {
        while let room = roomsByLastLine.removeFirst(putBy: time) {
            rooms[room]?.lastLine = nil
            forgetIfAbandoned(room, &outcome)
        }
    }

    mutating func forgetIfAbandoned(_ id: RoomID, _ outcome: inout Outcome) {
        if rooms[id]?.isAbandoned == true { forgetRoom(id, &outcome) }
    }

    private mutating func forgetRoom(_ id: RoomID, _ outcome: inout Outcome) {
        guard let room = rooms[id] else { return }
        rooms.remove(id)
        restoredRooms.remove(id)
        roomsByLastLine.remove(id)
        if case .person(let owner) = room.owner { people[owner]?.ties.removeSorted(id) }
        for guest in room.invitedPeople { people[guest]?.ties.removeSorted(id) }
        if room.isRecorded { outcome.changes.append(.roomForgotten(id)) }
    }
}
