// SPDX-License-Identifier: Apache-2.0

/// All of a ``Chat``, as lists without any order of chance: equal for chats that do the same from now on.
public struct ChatSnapshot: Equatable, Sendable {
    /// The number of the last event of all.
    public internal(set) var lastSequence: UInt64 = 0
    var limits = ChatLimits()
    var now = ChatTime(milliseconds: .min)
    /// In the order of their ids, as everything where nothing else is said.
    var people: [PersonSnapshot] = []
    var sessions: [SessionSnapshot] = []
    var rooms: [RoomSnapshot] = []
    var names = NameRegistry.Snapshot()
    var sanctions: [Sanction] = []
    var lastSanction: UInt64 = 0
    var operators: [PersonKey] = []
    var stays: [StaySnapshot] = []
    /// In the order in which they come due.
    var cutSessions: [KeptTime<SessionID>] = []
    var pastStays: [KeptTime<TokenDigest>] = []
    var roomsByLastLine: [KeptTime<RoomID>] = []
    var restoredRooms: [KeptTime<RoomID>] = []
}

struct PersonSnapshot: Equatable, Sendable {
    var id: PersonID
    var key: PersonKey?
    var name: MemberName
    var sessions: [SessionID]
    var memberships: [Membership]
}

struct SessionSnapshot: Equatable, Sendable {
    var id: SessionID
    var session: Session
}

struct RoomSnapshot: Equatable, Sendable {
    var id: RoomID
    var name: RoomName
    var owner: NameRegistry.Holder?
    var topic: ShortText?
    var isPrivate: Bool
    var invitedKeys: [PersonKey]
    var invitedPeople: [PersonID]
    var lastLine: UInt64?
    var isRecorded: Bool
}

struct StaySnapshot: Equatable, Sendable {
    var token: TokenDigest
    var stay: Stay
}

extension Chat {
    /// All of this chat.
    public var snapshot: ChatSnapshot {
        var snapshot = ChatSnapshot()
        snapshot.lastSequence = lastSequence
        snapshot.limits = limits
        snapshot.now = now
        snapshot.people = people.values.sorted { $0.id < $1.id }.map(PersonSnapshot.init)
        snapshot.sessions = sessions.sorted { $0.key < $1.key }.map {
            SessionSnapshot(id: $0.key, session: $0.value)
        }
        snapshot.rooms = rooms.all.map(RoomSnapshot.init)
        snapshot.names = names.snapshot
        snapshot.sanctions = sanctions.all
        snapshot.lastSanction = sanctions.lastNumber
        snapshot.operators = operators
        snapshot.stays = stays.sorted { $0.key < $1.key }.map { StaySnapshot(token: $0.key, stay: $0.value) }
        snapshot.cutSessions = cutSessions.all.map { KeptTime($0.key, at: $0.time) }
        snapshot.pastStays = pastStays.all.map { KeptTime($0.key, at: $0.time) }
        snapshot.roomsByLastLine = roomsByLastLine.all.map { KeptTime($0.key, at: $0.time) }
        snapshot.restoredRooms = restoredRooms.all.map { KeptTime($0.key, at: $0.time) }
        return snapshot
    }

    /// A chat that does from now on what the one does of which the snapshot was made.
    public init(_ snapshot: ChatSnapshot) {
        self.init(limits: snapshot.limits)
        lastSequence = snapshot.lastSequence
        now = snapshot.now
        names = NameRegistry(snapshot.names, limits: snapshot.limits)
        sanctions = Sanctions(snapshot.sanctions, lastNumber: snapshot.lastSanction)
        operators = snapshot.operators
        for room in snapshot.rooms {
            rooms.remove(room.id)
            rooms.add(ChatRoom(room))
        }
        for person in snapshot.people { restore(person) }
        for session in snapshot.sessions { sessions[session.id] = session.session }
        for stay in snapshot.stays { stays[stay.token] = stay.stay }
        for entry in snapshot.cutSessions { cutSessions.put(entry.key, at: entry.time) }
        for entry in snapshot.roomsByLastLine { roomsByLastLine.put(entry.key, at: entry.time) }
        for entry in snapshot.restoredRooms { restoredRooms.put(entry.key, at: entry.time) }
        for entry in snapshot.pastStays {
            pastStays.put(entry.key, at: entry.time)
            pastRefs += stays[entry.key]?.refs.count ?? 0
        }
        // The order of joining is that of the tickets.
        let members = snapshot.people.flatMap { person in person.memberships.map { (person.id, $0) } }
        for (person, membership) in members.sorted(by: { $0.1.ticket < $1.1.ticket }) {
            rooms[membership.room]?.add(person, ticket: membership.ticket)
        }
        nextDue = reckonedNextDue()
    }

    private mutating func restore(_ snapshot: PersonSnapshot) {
        var person = Person(id: snapshot.id, key: snapshot.key, name: snapshot.name)
        person.sessions = snapshot.sessions
        person.memberships = snapshot.memberships
        if let key = person.key {
            peopleByKey[key] = person.id
        } else {
            names.take(person.name, for: person.id)
            person.ties = rooms.all.filter { $0.knows(person.id) }.map(\.id)
        }
        people[person.id] = person
    }
}

extension PersonSnapshot {
    fileprivate init(_ person: Person) {
        self.init(
            id: person.id,
            key: person.key,
            name: person.name,
            sessions: person.sessions,
            memberships: person.memberships
        )
    }
}

extension RoomSnapshot {
    fileprivate init(_ room: ChatRoom) {
        self.init(
            id: room.id,
            name: room.name,
            owner: room.owner,
            topic: room.topic,
            isPrivate: room.isPrivate,
            invitedKeys: room.invitedKeys,
            invitedPeople: room.invitedPeople,
            lastLine: room.lastLine,
            isRecorded: room.isRecorded
        )
    }
}

extension ChatRoom {
    fileprivate init(_ snapshot: RoomSnapshot) {
        self.init(id: snapshot.id, name: snapshot.name, owner: snapshot.owner)
        topic = snapshot.topic
        isPrivate = snapshot.isPrivate
        invitedKeys = snapshot.invitedKeys
        invitedPeople = snapshot.invitedPeople
        lastLine = snapshot.lastLine
        isRecorded = snapshot.isRecorded
    }

    /// Whether it knows somebody without a key.
    fileprivate func knows(_ person: PersonID) -> Bool {
        owner == .person(person) || isInvited(.person(person))
    }
}

// MARK: What outlasts the process

extension Chat {
    /// A chat with nobody in it that knows what a file has kept, however damaged that is.
    ///
    /// Times later than `time` are taken as they are: a machine that has just begun may have its clock set later, and what
    /// was used a minute ago is not to be forgotten by that.
    public init(restoring state: DurableState, limits: ChatLimits = ChatLimits(), at time: ChatTime) {
        self.init(limits: limits)
        now = time
        sanctions = Sanctions(state.sanctions, lastNumber: min(state.lastSanction, Self.sequenceBound / 2))
        names.restore(state.keyNames.sorted { ($0.lastUsed, $0.name.text) < ($1.lastUsed, $1.name.text) })
        let lastLines = Dictionary(state.lastLines.map { ($0.room, $0.sequence) }, uniquingKeysWith: max)
        for record in state.rooms.sorted(by: { $0.id < $1.id }) { restore(record, lastLines[record.id]) }
        for line in state.lastLines.sorted(by: { ($0.time, $0.sequence) < ($1.time, $1.sequence) })
        where rooms[line.room]?.lastLine == line.sequence {
            roomsByLastLine.put(line.room, at: line.time)
        }
        for line in state.lines { restore(line) }
        // Whatever is new must have a number that nothing which was kept has.
        lastSequence =
            [
                state.lastSequence, state.rooms.map(\.id.rawValue).max() ?? 0,
                state.lines.map(\.sequence).max() ?? 0,
            ].max() ?? 0
        lastSequence = min(lastSequence, Self.sequenceBound / 2)
        nextDue = reckonedNextDue()
    }

    private mutating func restore(_ record: RoomRecord, _ lastLine: UInt64?) {
        guard record.id != .main else {
            rooms[.main]?.topic = record.topic
            rooms[.main]?.lastLine = lastLine
            return
        }
        guard record.isPrivate || rooms.openRoom(record.name) == nil else { return }
        var room = ChatRoom(id: record.id, name: record.name, owner: record.ownerKey.map { .key($0) })
        room.topic = record.topic
        room.isPrivate = record.isPrivate
        for key in record.invitedKeys.prefix(limits.invitations) { room.invite(.key(key)) }
        room.lastLine = lastLine
        room.isRecorded = true
        rooms.add(room)
        if lastLine == nil { restoredRooms.put(record.id, at: now) }
    }

    private mutating func restore(_ line: StoredLine) {
        guard let token = line.token, let ref = line.ref,
            line.time > now.adding(milliseconds: -limits.refMilliseconds)
        else { return }
        let stay = stays[token, default: Stay(key: line.author.key)]
        guard stay.refs.entry(for: ref) == nil else { return }
        stays[token] = stay
        pastRefs -= stay.refs.count
        stays[token]?.refs.remember(
            RefWindow.Entry(
                ref: ref,
                fingerprint: Fingerprint(line.text, isAction: line.isAction, in: line.roomName),
                sequence: line.sequence,
                time: line.time
            )
        )
        pastRefs += stays[token]?.refs.count ?? 0
        pastStays.put(token, at: now)
        trimPastStays()
    }
}
