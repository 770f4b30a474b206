// SPDX-License-Identifier: Apache-2.0

/// All people and rooms, and the one order in which everything happens.
///
/// A value without clock, socket, lock, randomness or wording: the same requests with the same numbers and times give the
/// same state and the same outcomes, on every machine and at every replay. Kept behind one lock by a server; what an
/// outcome holds has to reach the sessions' queues before that lock is given up, or they would see different orders.
public struct Chat: Sendable {
    /// No sequence number reaches it: every JSON reader keeps whole numbers below 2^53 exactly.
    public static let sequenceBound: UInt64 = 1 << 53

    /// The bounds of everything.
    public let limits: ChatLimits

    /// The number of the last event of all.
    public internal(set) var lastSequence: UInt64 = 0

    /// When the next thing comes due that nobody has to ask for; `tick` then does it.
    public internal(set) var nextDue: ChatTime?

    /// The latest time that a request came with: it never goes back, whatever the clocks do.
    var now = ChatTime(milliseconds: .min)

    var people: [PersonID: Person] = [:]
    var peopleByKey: [PersonKey: PersonID] = [:]
    var sessions: [SessionID: Session] = [:]
    var rooms = RoomDirectory()
    var names: NameRegistry
    var sanctions = Sanctions()
    /// In the order of the bytes.
    var operators: [PersonKey] = []

    /// Sessions that were cut, since when.
    var cutSessions = AgeQueue<SessionID>()

    var stays: [TokenDigest: Stay] = [:]
    /// Stays that are over, since when.
    var pastStays = AgeQueue<TokenDigest>()
    /// The refs in all of `pastStays`.
    var pastRefs = 0

    /// Rooms of which lines are kept, by when the last one was said.
    var roomsByLastLine = AgeQueue<RoomID>()

    /// Rooms that came out of a file without history, since when: their people may be on their way back.
    var restoredRooms = AgeQueue<RoomID>()

    /// A chat with nobody in it and one room.
    public init(limits: ChatLimits = ChatLimits()) {
        self.limits = limits
        names = NameRegistry(limits: limits)
    }

    /// Does what has come due by `time`, and then what is asked for.
    ///
    /// - Parameters:
    ///   - sequence: what the first event's number is at least; one that is too small has no effect.
    ///   - time: now, for everything that happens here; one that is earlier than the last has no effect.
    public mutating func apply(_ request: consuming Request, at sequence: UInt64, time: ChatTime) -> Outcome {
        now = max(now, time)
        lastSequence = max(lastSequence, min(sequence, Self.sequenceBound / 2).subtracting(1))
        var outcome = Outcome()
        take(request, &outcome)
        nextDue = reckonedNextDue()
        return outcome
    }

    private mutating func take(_ request: consuming Request, _ outcome: inout Outcome) {
        if let nextDue, nextDue <= now { doWhatIsDue(&outcome) }
        do throws(Refusal) {
            outcome.answer = try answer(request, &outcome)
        } catch {
            outcome.answer = .refused(error)
        }
    }

    private mutating func answer(_ request: consuming Request, _ outcome: inout Outcome) throws(Refusal)
        -> Answer
    {
        let session = request.session
        switch request.kind {
        case .say(let speech, let room, let ref):
            return try say(speech, to: room, ref: ref, by: session, &outcome)
        case .direct(let recipient, let line, let ref):
            return try direct(line, to: recipient, ref: ref, by: session, &outcome)
        case .enter(let entry): return .entered(try enter(entry, as: session, &outcome))
        case .end(let reason): end(session, reason, &outcome)
        case .rename(let name): return try rename(to: name, by: session, &outcome)
        case .join(let room): return .joined(try join(room, by: session, &outcome))
        case .leave(let room): return try leave(room, by: session, &outcome)
        case .topic(let topic, let room): try setTopic(topic, of: room, by: session, &outcome)
        case .makePrivate(let room): try makePrivate(room, by: session, &outcome)
        case .invite(let name, let room): try invite(name, to: room, by: session, &outcome)
        case .kick(let name, let reason, let room):
            try kick(name, reason, from: room, by: moderator(request), &outcome)
        case .mute(let name, let milliseconds, let reason, let room):
            let terms = Terms(kind: .mute, milliseconds: milliseconds, reason: reason)
            try sanction(name, terms, announcedIn: room, by: moderator(request), &outcome)
        case .ban(let name, let milliseconds, let reason, let room):
            let terms = Terms(kind: .ban, milliseconds: milliseconds, reason: reason)
            try sanction(name, terms, announcedIn: room, by: moderator(request), &outcome)
        case .unban(let number, let room):
            try lift(number, announcedIn: room, by: moderator(request), &outcome)
        case .operators(let keys): operators = Set(keys).sorted()
        case .nodeEnded(let node, let reason): endSessions(of: node, reason, &outcome)
        case .returned: try goOn(session)
        case .tick: break
        }
        return .done
    }

    // MARK: Events

    /// Adds an event with a number of its own, and returns that.
    @discardableResult
    mutating func tell(
        _ kind: ChatEvent.Kind,
        to audience: Audience,
        by who: Who?,
        room: RoomName? = nil,
        token: TokenDigest? = nil,
        _ outcome: inout Outcome
    ) -> UInt64 {
        lastSequence += 1
        outcome.events.append(
            ChatEvent(
                sequence: lastSequence,
                time: now,
                audience: audience,
                room: room,
                who: who,
                kind: kind,
                token: token
            )
        )
        return lastSequence
    }

    // MARK: Who asks

    /// The session and its person, if it is in.
    func asker(_ id: SessionID) throws(Refusal) -> (session: Session, person: Person) {
        guard let session = sessions[id], !session.isCut, let person = people[session.person] else {
            throw Refusal(.notEntered)
        }
        return (session, person)
    }

    /// The room of that name that the person is in; nil is the one that its session talks in.
    ///
    /// Whether there are rooms that it is not in makes no difference.
    func room(
        _ name: RoomName?,
        of person: Person,
        _ session: Session
    ) throws(Refusal) -> Membership {
        if let membership = person.membership(name, orIn: session.room) { return membership }
        throw notInRoom(name, session)
    }

    /// The refusal for who is not in the room that it means.
    func notInRoom(_ name: RoomName?, _ session: Session) -> Refusal {
        Refusal(.notInRoom, .room(name ?? rooms[session.room]?.name ?? .main))
    }
}

extension Person {
    func membership(_ name: RoomName?, orIn room: RoomID) -> Membership? {
        guard let name else { return memberships.first { $0.room == room } }
        return memberships.first { $0.name.text == name.text }
            ?? memberships.first { $0.name.looksLike(name) }
    }
}

extension UInt64 {
    /// The difference, or 0.
    fileprivate func subtracting(_ other: UInt64) -> UInt64 { self > other ? self - other : 0 }
}
