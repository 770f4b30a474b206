// SPDX-License-Identifier: Apache-2.0

extension Chat {
    mutating func say(
        _ speech: Speech,
        to roomName: RoomName?,
        ref: Ref?,
        by id: SessionID,
        _ outcome: inout Outcome
    ) throws(Refusal) -> Answer {
        guard let session = sessions[id], !session.isCut,
            let (speaker, membership) = people.reading(
                session.person,
                { ($0.who, $0.membership(roomName, orIn: session.room)) }
            )
        else { throw Refusal(.notEntered) }
        var fingerprint: Fingerprint?
        if ref != nil {
            // A line that was said is confirmed even if its author may no longer talk, or is no longer in the room.
            let name = membership?.name ?? roomName ?? .main
            fingerprint = Fingerprint(speech.line.text, isAction: speech.isAction, in: name)
            if let said = try said(ref, fingerprint, session) { return said }
        }
        guard let membership else { throw notInRoom(roomName, session) }
        try requireVoice(speaker.key, session)
        guard !speech.readsAsNotice(behind: speaker.name) else { throw Refusal(.readsAsNotice) }

        let sequence = tell(
            .said(speech, ref: ref),
            to: .room(membership.room),
            by: speaker,
            room: membership.name,
            token: session.token,
            &outcome
        )
        let isKept = limits.historyMilliseconds > 0
        if let record = rooms.takeLine(sequence, in: membership.room, isKept: isKept) {
            outcome.changes.append(.room(record))
        }
        if isKept { roomsByLastLine.put(membership.room, at: now) }
        remember(ref, fingerprint, session)
        return speech.line.changes.isEmpty ? .done : .noted(.lineChanged(speech.line.changes))
    }

    mutating func direct(
        _ line: ChatLine,
        to name: MemberName,
        ref: Ref?,
        by id: SessionID,
        _ outcome: inout Outcome
    ) throws(Refusal) -> Answer {
        let (session, person) = try asker(id)
        let fingerprint = ref.map { _ in Fingerprint(line.text, to: name) }
        if let said = try said(ref, fingerprint, session) { return said }
        guard let recipient = target(named: name)?.person.flatMap({ people[$0] }) else {
            throw Refusal(.nobodyOfThatName, .name(name))
        }
        guard recipient.id != person.id else { throw Refusal(.yourself) }
        guard hasConnection(recipient) else { throw Refusal(.notConnected, .name(recipient.name)) }
        try requireVoice(person.key, session)

        let kind = ChatEvent.Kind.direct(to: recipient.who, line.text, ref: ref)
        tell(kind, to: .person(recipient.id), by: person.who, &outcome)
        tell(kind, to: .person(person.id), by: person.who, &outcome)
        remember(ref, fingerprint, session)
        return line.changes.isEmpty ? .done : .noted(.lineChanged(line.changes))
    }

    func hasConnection(_ person: Person) -> Bool {
        person.sessions.contains { sessions[$0]?.isCut == false }
    }

    /// Refuses if somebody is muted.
    func requireVoice(_ key: PersonKey?, _ session: Session) throws(Refusal) {
        guard let mute = sanctions.inForce(.mute, key: key, address: session.address) else { return }
        guard !mayModerate(key, session) else { return }
        throw Refusal(.muted, .until(mute.until, reason: mute.reason))
    }

    // MARK: Refs

    /// The answer for a line that was said before under its ref.
    private func said(
        _ ref: Ref?,
        _ fingerprint: Fingerprint?,
        _ session: Session
    ) throws(Refusal) -> Answer? {
        guard let ref, let token = session.token, let said = stays[token]?.refs.entry(for: ref) else {
            return nil
        }
        guard said.fingerprint == fingerprint else { throw Refusal(.refReused, .given(ref.text)) }
        return .saidBefore(sequence: said.sequence, time: said.time)
    }

    /// Remembers that the last event was said under that ref.
    private mutating func remember(_ ref: Ref?, _ fingerprint: Fingerprint?, _ session: Session) {
        guard let ref, let fingerprint, let token = session.token, let index = stays.index(forKey: token)
        else {
            return
        }
        stays.values[index].refs.remember(
            RefWindow.Entry(ref: ref, fingerprint: fingerprint, sequence: lastSequence, time: now)
        )
    }
}
