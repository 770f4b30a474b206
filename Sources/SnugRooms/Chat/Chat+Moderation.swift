// SPDX-License-Identifier: Apache-2.0

extension Chat {
    /// Who moderates: a person with its session, or the server's own control.
    enum Moderator {
        case control
        case person(Person, Session)

        var who: Who? {
            switch self {
            case .control: nil
            case .person(let person, _): person.who
            }
        }
    }

    /// What is kept from somebody, for how long and why.
    struct Terms {
        let kind: Sanction.Kind
        let milliseconds: Int64?
        let reason: ShortText?
    }

    /// Somebody who is meant by a name: present, or only the owner of the name.
    struct Target {
        let person: PersonID?
        let key: PersonKey?
    }

    func moderator(_ request: Request) throws(Refusal) -> Moderator {
        if request.isControl { return .control }
        let (session, person) = try asker(request.session)
        guard mayModerate(person.key, session) else { throw Refusal(.notOperator) }
        return .person(person, session)
    }

    func mayModerate(_ key: PersonKey?, _ session: Session) -> Bool {
        session.isOperator || key.map(operators.holdsSorted) ?? false
    }

    /// The one that is called like this or like something that looks like it; nil if several are.
    func target(named name: MemberName) -> Target? {
        let targets = names.holders(of: name).map { holder in
            switch holder {
            case .key(let key): Target(person: peopleByKey[key], key: key)
            case .person(let id): Target(person: id, key: nil)
            }
        }
        if targets.count == 1 { return targets.first }
        // "AISHA" looks like "alsha" and like "aisha": then only the exact name will do.
        return targets.first { target in
            target.person.flatMap { people[$0]?.name } == name
                || target.key.map { names.owns(name, $0) } ?? false
        }
    }

    mutating func kick(
        _ name: MemberName,
        _ reason: ShortText?,
        from roomName: RoomName?,
        by moderator: Moderator,
        _ outcome: inout Outcome
    ) throws(Refusal) {
        let target = target(named: name)
        let (room, shownName) = try place(roomName, of: moderator, near: target)
        guard let person = target?.person.flatMap({ people[$0] }),
            let membership = person.memberships.first(where: { $0.room == room })
        else { throw Refusal(.nobodyOfThatName, .name(name)) }
        guard !isProtected(key: person.key, person) else { throw Refusal(.protected, .name(person.name)) }

        tell(
            .kicked(person.who, reason: reason),
            to: .room(room),
            by: moderator.who,
            room: shownName,
            &outcome
        )
        let isOutOfTheChat = room == .main || roomName == nil && moderator.who == nil
        guard !isOutOfTheChat else { return putOut(person.sessions, .kicked, &outcome) }
        rooms.disinvite(person.holder, from: room)
        if rooms[room]?.isPrivate == true { record(room, &outcome) }
        leaveRoom(membership, person.id, .kicked, &outcome)
    }

    mutating func sanction(
        _ name: MemberName,
        _ terms: Terms,
        announcedIn roomName: RoomName?,
        by moderator: Moderator,
        _ outcome: inout Outcome
    ) throws(Refusal) {
        let meantTarget = target(named: name)
        let (room, shownName) = try place(roomName, of: moderator, near: meantTarget)
        guard let target = meantTarget else { throw Refusal(.nobodyOfThatName, .name(name)) }
        let person = target.person.flatMap { people[$0] }
        let meant = person?.name ?? name
        guard !isProtected(key: target.key, person) else { throw Refusal(.protected, .name(meant)) }
        guard let known = recognizable(target, person) else {
            throw Refusal(.notRecognizable, .name(meant))
        }
        let old = sanctions[terms.kind, known]
        guard sanctions.all.count < limits.sanctions || old != nil else {
            throw Refusal(.tooManyBans, .limit(limits.sanctions))
        }

        let sanction = Sanction(
            number: sanctions.nextNumber,
            kind: terms.kind,
            target: known,
            name: meant,
            until: terms.milliseconds.map { now.adding(milliseconds: max(1, $0)) },
            reason: terms.reason,
            by: moderator.who?.name
        )
        if let old { outcome.changes.append(.sanctionEnded(number: old.number)) }
        sanctions.add(sanction)
        outcome.changes.append(.sanction(sanction))
        let isBan = terms.kind == .ban
        let kind = isBan ? ChatEvent.Kind.banned(sanction.announcement) : .muted(sanction.announcement)
        tell(kind, to: .room(room), by: moderator.who, room: shownName, &outcome)
        if isBan { putOut(bannedSessions, .banned, &outcome) }
    }

    /// By what somebody is known when coming again.
    private func recognizable(_ target: Target, _ person: Person?) -> Sanction.Target? {
        if let key = target.key { return .key(key) }
        let addresses = person?.sessions.compactMap { sessions[$0]?.address } ?? []
        return addresses.first.map { .address($0) }
    }

    mutating func lift(
        _ number: UInt64,
        announcedIn roomName: RoomName?,
        by moderator: Moderator,
        _ outcome: inout Outcome
    ) throws(Refusal) {
        let (room, shownName) = try place(roomName, of: moderator)
        guard let sanction = sanctions.remove(number) else { throw Refusal(.noSuchBan, .number(number)) }
        outcome.changes.append(.sanctionEnded(number: number))
        tell(.lifted(sanction.announcement), to: .room(room), by: moderator.who, room: shownName, &outcome)
    }

    /// Sessions of those who could not enter any more.
    private var bannedSessions: [SessionID] {
        sessions.filter { _, session in
            guard let person = people[session.person] else { return false }
            let isOperator = mayModerate(person.key, session)
            return banInForce(key: person.key, address: session.address, isOperator: isOperator) != nil
        }
        .keys.sorted()
    }

    private func isProtected(key: PersonKey?, _ person: Person?) -> Bool {
        if let key, operators.holdsSorted(key) { return true }
        return person?.sessions.contains { sessions[$0]?.isOperator == true } ?? false
    }

    /// Where it is announced: the moderator's own room, unless another one that it is in was named.
    ///
    /// The server's own control is in no room: where it names none, it means the one that its target joined first.
    private func place(
        _ name: RoomName?,
        of moderator: Moderator,
        near target: Target? = nil
    ) throws(Refusal) -> (RoomID, RoomName) {
        switch moderator {
        case .person(let person, let session):
            let membership = try room(name, of: person, session)
            return (membership.room, membership.name)
        case .control:
            if name == nil, let membership = target?.person.flatMap({ people[$0]?.memberships.first }) {
                return (membership.room, membership.name)
            }
            let name = name ?? .main
            guard let id = rooms.anyRoom(name), let room = rooms[id] else {
                throw Refusal(.notInRoom, .room(name))
            }
            return (id, room.name)
        }
    }
}
