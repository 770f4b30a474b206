// SPDX-License-Identifier: Apache-2.0

extension Chat {
    mutating func enter(
        _ entry: Entry,
        as id: SessionID,
        _ outcome: inout Outcome
    ) throws(Refusal) -> Entered {
        guard sessions[id] == nil else { throw Refusal(.enteredAlready) }
        if let until = entry.until, until < now { throw Refusal(.outOfTouch) }
        let isOperator = entry.isOperator || entry.key.map(operators.holdsSorted) ?? false
        if let ban = banInForce(key: entry.key, address: entry.address, isOperator: isOperator) {
            throw Refusal(.banned, .until(ban.until, reason: ban.reason))
        }

        let resumed = entry.resume.flatMap { stays[$0].map { $0.key == entry.key } == true ? $0 : nil }
        let resumedSession = resumed.flatMap { stays[$0]?.session }
        let known = resumedSession.flatMap { sessions[$0]?.person } ?? entry.key.flatMap { peopleByKey[$0] }
        let replaced = resumedSession ?? known.flatMap { cutSession(of: $0, at: entry.level) }
        let evicted = replaced == nil ? try evictedSession(forOneOf: known) : nil

        let (personID, notices) =
            known.map { ($0, noticesOfOne($0, entering: entry)) } ?? addPerson(entry, &outcome)
        var session = Session(
            person: personID,
            level: entry.level,
            address: entry.address,
            // A token that is known and was not shown is somebody else's, whoever made it.
            token: resumed ?? entry.newToken.flatMap { stays[$0] == nil ? $0 : nil },
            isOperator: entry.isOperator
        )
        if entry.level == .text, let replaced { session.room = sessions[replaced]?.room ?? .main }
        add(session, as: id)
        if let replaced { replace(replaced, &outcome) }
        if known == nil || entry.level == .text { enterRoom(session.room, personID, &outcome) }
        let refusals = entry.level == .typed ? joinRooms(entry.rooms, personID, &outcome) : []
        leaveUnusedRooms(personID, &outcome)
        if let evicted { forget(evicted, .cut, &outcome) }
        guard let person = people[personID] else { throw Refusal(.notEntered) }
        return Entered(
            who: person.who,
            isResumed: known != nil,
            token: session.token,
            rooms: rooms(of: id),
            refusals: refusals,
            notices: notices
        )
    }

    func banInForce(key: PersonKey?, address: AddressKey?, isOperator: Bool) -> Sanction? {
        guard let ban = sanctions.inForce(.ban, key: key, address: address) else { return nil }
        if case .address = ban.target, isOperator { return nil }
        return ban
    }

    /// A session of text that was cut, in whose place a new one of the same person comes: it has no token to say so.
    private func cutSession(of person: PersonID, at level: Entry.Level) -> SessionID? {
        guard level == .text else { return nil }
        return people[person]?.sessions.first { sessions[$0]?.isCut == true && sessions[$0]?.level == .text }
    }

    /// The session that has to be given up for one more of somebody who is here or is new.
    ///
    /// Whoever is here counts more than whoever may come back.
    private func evictedSession(forOneOf known: PersonID?) throws(Refusal) -> SessionID? {
        if let known, let person = people[known], person.sessions.count >= limits.sessionsOfAPerson {
            if let cut = person.sessions.first(where: { sessions[$0]?.isCut == true }) { return cut }
            throw Refusal(.tooManySessions, .limit(limits.sessionsOfAPerson))
        }
        guard sessions.count >= limits.sessions else { return nil }
        if let cut = cutSessions.first?.key { return cut }
        throw Refusal(.chatIsFull, .limit(limits.sessions))
    }

    private mutating func add(_ session: Session, as id: SessionID) {
        sessions[id] = session
        people[session.person]?.sessions.append(id)
        guard let token = session.token else { return }
        if pastStays.remove(token) { pastRefs -= stays[token]?.refs.count ?? 0 }
        stays[token, default: Stay(key: people[session.person]?.key)].session = id
    }

    // MARK: Names

    private mutating func addPerson(_ entry: Entry, _ outcome: inout Outcome) -> (PersonID, [Notice]) {
        let id = PersonID(rawValue: lastSequence + 1)
        let holder = entry.key.map(NameRegistry.Holder.key) ?? .person(id)
        let owned = entry.name.given.isEmpty ? entry.key.flatMap { names.lastName(of: $0) } : nil
        let wanted = owned ?? entry.name.name ?? MemberName(cleaning: entry.fallbackName) ?? .anonymous
        let name = names.isFree(wanted, for: holder) ? wanted : names.suffixed(wanted, for: holder)
        take(name, holder, &outcome)
        people[id] = Person(id: id, key: entry.key, name: name)
        if let key = entry.key { peopleByKey[key] = id }
        return (id, owned == nil ? notices(entry.name, wanted: wanted, name: name) : [])
    }

    /// Who is here already stays who it is, whatever name its new connection asks for.
    private func noticesOfOne(_ known: PersonID, entering entry: Entry) -> [Notice] {
        guard let name = people[known]?.name, let wanted = entry.name.name, wanted != name,
            entry.resume == nil
        else { return [] }
        return [.nameOfKey(name)]
    }

    private func notices(_ request: NameRequest, wanted: MemberName, name: MemberName) -> [Notice] {
        var notices: [Notice] = []
        if request.name == nil {
            notices.append(.nameGiven(name))
        } else if request.isChanged {
            notices.append(.nameCleaned(given: request.given, name: name))
        }
        if name != wanted { notices.append(.nameTaken(given: wanted, name: name)) }
        return notices
    }

    mutating func rename(
        to request: NameRequest,
        by id: SessionID,
        _ outcome: inout Outcome
    ) throws(Refusal) -> Answer {
        let person = try asker(id).person
        guard let name = request.name else {
            throw request.given.isEmpty ? Refusal(.nameMissing) : Refusal(.nameNotFit, .given(request.given))
        }
        guard names.isFree(name, for: person.holder) else { throw Refusal(.nameTaken, .name(name)) }
        guard name != person.name else { throw Refusal(.nameUnchanged, .name(name)) }

        putDown(person.name, person.holder, &outcome)
        take(name, person.holder, &outcome)
        people[person.id]?.name = name
        let who = Who(id: person.id, name: name, key: person.key)
        let kind = ChatEvent.Kind.renamed(from: person.name)
        for membership in person.memberships {
            tell(kind, to: .room(membership.room), by: who, room: membership.name, &outcome)
        }
        if person.memberships.isEmpty { tell(kind, to: .person(person.id), by: who, &outcome) }
        return request.isChanged ? .noted(.nameCleaned(given: request.given, name: name)) : .done
    }

    private mutating func take(_ name: MemberName, _ holder: NameRegistry.Holder, _ outcome: inout Outcome) {
        switch holder {
        case .key(let key): names.take(name, for: key, at: now, &outcome.changes)
        case .person(let id): names.take(name, for: id)
        }
    }

    mutating func putDown(_ name: MemberName, _ holder: NameRegistry.Holder, _ outcome: inout Outcome) {
        switch holder {
        case .key(let key): names.putDown(name, of: key, at: now, &outcome.changes)
        case .person: names.free(name)
        }
    }
}
