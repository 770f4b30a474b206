// SPDX-License-Identifier: Apache-2.0

/// Some of the people in a room, in the order of joining.
public struct RoomPeople: Equatable, Sendable {
    /// The room.
    public let room: RoomID
    /// Its name.
    public let name: RoomName
    /// The people, from the place on that was asked for.
    public let people: [Who]
    /// How many are in the room.
    public let count: Int
}

/// A room as the list of rooms shows it.
public struct RoomSummary: Equatable, Sendable {
    /// The room.
    public let id: RoomID
    /// Its name.
    public let name: RoomName
    /// Its topic.
    public let topic: ShortText?
    /// How many are in it.
    public let count: Int
    /// Whether only those may enter who are invited.
    public let isPrivate: Bool
    /// The number of the last line that is kept of it.
    public let lastLine: UInt64?
}

/// What changes nothing. Questions about a room are answered to those who are in it.
extension Chat {
    /// The number of people, those included who were cut off and are kept.
    public var peopleCount: Int { people.count }

    /// The person behind a session; nil for one that is not in.
    public func who(_ session: SessionID) -> Who? {
        (try? asker(session))?.person.who
    }

    /// Whose session it is; nil for one that is not in.
    public func person(of session: SessionID) -> PersonID? {
        sessions[session].flatMap { $0.isCut ? nil : $0.person }
    }

    /// The token with which a session can be resumed, if it has one.
    package func token(of session: SessionID) -> TokenDigest? { sessions[session]?.token }

    /// What a person is called; nil if it is not here any more.
    public func name(of person: PersonID) -> MemberName? { people[person]?.name }

    /// What the person of a session is called, even if that is held for cut.
    package func heldName(of session: SessionID) -> MemberName? {
        sessions[session].flatMap { people[$0.person]?.name }
    }

    /// Who is here and is called like this, or like something that looks like it; nil if nobody, or several are.
    public func who(named name: MemberName) -> Who? {
        target(named: name)?.person.flatMap { people[$0]?.who }
    }

    /// What a room is called; nil if there is none.
    public func roomName(_ room: RoomID) -> RoomName? { rooms[room]?.name }

    /// Whether somebody is called like this, or like something that looks like it.
    public func isName(_ name: MemberName) -> Bool { target(named: name) != nil }

    /// The sessions of a person, cut ones that are kept included.
    public func sessions(of person: PersonID) -> [SessionID] { people[person]?.sessions ?? [] }

    /// The rooms that a session reads, or would if it was not cut: every room of its person, or with text the one that it
    /// talks in.
    public func rooms(of id: SessionID) -> [RoomID] {
        guard let session = sessions[id], let person = people[session.person] else { return [] }
        return session.level == .text ? [session.room] : person.memberships.map(\.room)
    }

    /// The names of those rooms.
    public func roomNames(of id: SessionID) -> [RoomName] { rooms(of: id).compactMap { rooms[$0]?.name } }

    /// Whether a session may moderate.
    public func isOperator(_ id: SessionID) -> Bool {
        (try? asker(id)).map { mayModerate($0.person.key, $0.session) } ?? false
    }

    /// The room of that name that the session's person is in; nil is the one that it talks in.
    ///
    /// Whoever is told of a room may also read its history, and nobody else may.
    public func room(_ name: RoomName?, for id: SessionID) throws(Refusal) -> RoomSummary {
        let (session, person) = try asker(id)
        let membership = try room(name, of: person, session)
        guard let room = rooms[membership.room] else { throw Refusal(.notInRoom, name.map { .room($0) }) }
        return summary(room)
    }

    /// Whoever is in such a room, from a place in the order of joining on, at most so many.
    public func people(
        in name: RoomName?,
        for id: SessionID,
        from start: Int = 0,
        most: Int = .max
    ) throws(Refusal) -> RoomPeople {
        let summary = try room(name, for: id)
        let members = rooms[summary.id]?.members.dropFirst(max(0, start)).prefix(max(0, most)) ?? []
        return RoomPeople(
            room: summary.id,
            name: summary.name,
            people: members.compactMap { people[$0.person]?.who },
            count: summary.count
        )
    }

    /// Open rooms, and those private ones that the session's person is in, in the order in which they were opened.
    public func rooms(for id: SessionID) throws(Refusal) -> [RoomSummary] {
        let person = try asker(id).person
        return rooms.open(and: person.memberships.map(\.room)).map(summary)
    }

    /// Those private rooms that the session's person is in, in rising order: of all others everybody is told the same.
    public func privateRooms(for id: SessionID) throws(Refusal) -> [RoomID] {
        try asker(id).person.memberships.map(\.room).filter { rooms[$0]?.isPrivate == true }.sorted()
    }

    /// All rooms, for the server's own control.
    public var allRooms: [RoomSummary] { rooms.all.map(summary) }

    /// The number of rooms, private ones and `main` included.
    public var roomCount: Int { rooms.count }

    /// The bans and mutes that are in force, in the order of their numbers.
    public var allSanctions: [Sanction] { sanctions.all }

    /// The bans and mutes that are in force, for a session that may moderate.
    public func sanctions(for id: SessionID) throws(Refusal) -> [Sanction] {
        let (session, person) = try asker(id)
        guard mayModerate(person.key, session) else { throw Refusal(.notOperator) }
        return sanctions.all
    }

    private func summary(_ room: ChatRoom) -> RoomSummary {
        RoomSummary(
            id: room.id,
            name: room.name,
            topic: room.topic,
            count: room.members.count,
            isPrivate: room.isPrivate,
            lastLine: room.lastLine
        )
    }
}
