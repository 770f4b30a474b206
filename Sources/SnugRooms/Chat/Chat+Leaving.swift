// SPDX-License-Identifier: Apache-2.0

extension Chat {
    /// When the next thing comes due, as everything is now.
    func reckonedNextDue() -> ChatTime? {
        // No list of these: it would be made for every line.
        var next = sanctions.nextEnd.earlier(names.nextExpiry)
        next = next.earlier(cutSessions.firstTime.map { $0.adding(milliseconds: limits.holdMilliseconds) })
        next = next.earlier(restoredRooms.firstTime.map { $0.adding(milliseconds: limits.holdMilliseconds) })
        next = next.earlier(
            roomsByLastLine.firstTime.map { $0.adding(milliseconds: limits.historyMilliseconds) }
        )
        return next.earlier(pastStays.firstTime.map { $0.adding(milliseconds: limits.refMilliseconds) })
    }

    mutating func doWhatIsDue(_ outcome: inout Outcome) {
        let holdStart = now.adding(milliseconds: -limits.holdMilliseconds)
        while let session = cutSessions.removeFirst(putBy: holdStart) { forget(session, .cut, &outcome) }
        while let room = restoredRooms.removeFirst(putBy: holdStart) { forgetIfAbandoned(room, &outcome) }
        forgetLines(saidBy: now.adding(milliseconds: -limits.historyMilliseconds), &outcome)
        sanctions.expire(now, &outcome.changes)
        names.expire(now, &outcome.changes)
        let refStart = now.adding(milliseconds: -limits.refMilliseconds)
        while let token = pastStays.removeFirst(putBy: refStart) { forgetStay(token) }
    }

    /// A session's connection has ended; what becomes of its stay depends on why.
    ///
    /// It may be held already, as all of a server that was not heard of are.
    mutating func end(_ id: SessionID, _ reason: EndReason, _ outcome: inout Outcome) {
        guard let session = sessions[id] else { return }
        let canComeBack = session.token != nil || people[session.person]?.key != nil
        guard reason.keepsTheStay, canComeBack else { return forget(id, reason, &outcome) }
        hold(id)
    }

    private mutating func hold(_ id: SessionID) {
        guard sessions[id]?.isCut == false else { return }
        sessions[id]?.isCut = true
        cutSessions.put(id, at: now)
    }

    /// A server's connections have ended, all at once; it may turn out that it was only not heard of.
    mutating func endSessions(of node: NodeNumber, _ reason: EndReason, _ outcome: inout Outcome) {
        for id in sessions.keys.filter({ $0.node == node }).sorted() {
            if reason.keepsTheStay { hold(id) } else { end(id, .cut, &outcome) }
        }
    }

    /// A session that was held for cut is there after all, if its stay is not over.
    mutating func goOn(_ id: SessionID) throws(Refusal) {
        guard let session = sessions[id] else { throw Refusal(.notEntered) }
        guard session.isCut else { return }
        sessions[id]?.isCut = false
        cutSessions.remove(id)
    }

    /// Ends the stay of a session; with the last one its person leaves.
    mutating func forget(_ id: SessionID, _ reason: EndReason, _ outcome: inout Outcome) {
        guard let session = removeSession(id) else { return }
        if let token = session.token { retire(token) }
        if people[session.person]?.sessions.isEmpty == true {
            leaveChat(session.person, reason, &outcome)
        } else {
            leaveUnusedRooms(session.person, &outcome)
        }
    }

    /// Ends a session whose stay goes on with another one, which is there already.
    mutating func replace(_ id: SessionID, _ outcome: inout Outcome) {
        guard let session = removeSession(id) else { return }
        if !session.isCut {
            tell(.ended(.replaced), to: .session(id), by: people[session.person]?.who, &outcome)
        }
        if let token = session.token, stays[token]?.session == id { retire(token) }
    }

    /// Ends sessions that are connected, or cut, because an operator wants it.
    mutating func putOut(_ ids: [SessionID], _ reason: EndReason, _ outcome: inout Outcome) {
        for id in ids {
            if let session = sessions[id], !session.isCut {
                tell(.ended(reason), to: .session(id), by: people[session.person]?.who, &outcome)
            }
            forget(id, reason, &outcome)
        }
    }

    private mutating func removeSession(_ id: SessionID) -> Session? {
        guard let session = sessions.removeValue(forKey: id) else { return nil }
        cutSessions.remove(id)
        people[session.person]?.sessions.removeAll { $0 == id }
        return session
    }

    private mutating func leaveChat(_ id: PersonID, _ reason: EndReason, _ outcome: inout Outcome) {
        guard let person = people.removeValue(forKey: id) else { return }
        putDown(person.name, person.holder, &outcome)
        if let key = person.key { peopleByKey[key] = nil }
        rooms.forget(id, in: person.ties)
        for membership in person.memberships {
            rooms[membership.room]?.remove(ticket: membership.ticket)
            tell(
                .left(.ended(reason)),
                to: .room(membership.room),
                by: person.who,
                room: membership.name,
                &outcome
            )
            forgetIfAbandoned(membership.room, &outcome)
        }
    }

    // MARK: Refs of stays that are over

    private mutating func retire(_ token: TokenDigest) {
        let refs = stays[token]?.refs.count ?? 0
        guard refs > 0 else {
            stays[token] = nil
            return
        }
        stays[token]?.session = nil
        pastStays.put(token, at: now)
        pastRefs += refs
        trimPastStays()
    }

    /// Forgets the oldest stays until the refs of those that are over are not too many.
    mutating func trimPastStays() {
        while pastRefs > limits.keptRefs, let oldest = pastStays.first?.key {
            pastStays.remove(oldest)
            forgetStay(oldest)
        }
    }

    /// Forgets a stay that `pastStays` has given up.
    private mutating func forgetStay(_ token: TokenDigest) {
        pastRefs -= stays[token]?.refs.count ?? 0
        stays[token] = nil
    }
}

extension ChatTime? {
    fileprivate func earlier(_ other: ChatTime?) -> ChatTime? {
        guard let self, let other else { return self ?? other }
        return min(self, other)
    }
}
