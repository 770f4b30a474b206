// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
internal import SnugProtocol
internal import SnugRooms

/// What is posted to the loops: what everyone is told, and what one session alone is.
extension HubState {
    // MARK: Answering

    func correspondent(of session: SessionID) -> MemberName? {
        seats[session]?.correspondent.flatMap { chat.name(of: $0) }
    }

    /// Answers what changes nothing, and returns the answer's bytes.
    mutating func answer(_ question: Input.Question, to session: SessionID) -> Int {
        guard seats[session] != nil else { return 0 }
        do throws(Refusal) {
            switch question {
            // Read on another thread, without the lock.
            case .history: return 0
            case .help:
                return post(LevelZero.help(isOperator: chat.isOperator(session)), to: session)
            case .who: return post(try online(for: session), to: session)
            case .rooms: return post(try roomList(for: session), to: session)
            case .sanctions:
                return post(LevelZero.text(for: try chat.sanctions(for: session), at: now), to: session)
            case .topic:
                return post(LevelZero.text(forTopicOf: try chat.room(nil, for: session)), to: session)
            }
        } catch {
            return post(LevelZero.text(for: heard(error, by: session), at: now), to: session)
        }
    }

    /// The answer is made once for each change: in a large room it is long, and anyone may ask for it again and again.
    private mutating func online(for session: SessionID) throws(Refusal) -> [UInt8] {
        let room = try chat.room(nil, for: session).id
        if let frame = rooms[room]?.online { return frame }
        let names = try chat.people(in: nil, for: session).people.map(\.name)
        let frame = FrameEncoder.frame(cutting: LevelZero.text(for: .online(names)))
        rooms[room]?.online = frame
        return frame
    }

    private mutating func roomList(for session: SessionID) throws(Refusal) -> [UInt8] {
        let privateRooms = try chat.privateRooms(for: session)
        if let frame = roomLists[privateRooms] { return frame }
        let frame = FrameEncoder.frame(cutting: LevelZero.text(for: try chat.rooms(for: session)))
        roomLists[privateRooms] = frame
        return frame
    }

    // MARK: Posting

    /// Posts what everyone is to be told.
    ///
    /// - Parameter ref: what the asker, at level 1, calls its message.
    mutating func post(_ outcome: Outcome, askedBy asker: SessionID?, ref: String? = nil) {
        roomLists.note(outcome)
        for event in outcome.events { post(event, askedBy: asker, ref: ref) }
    }

    private mutating func post(_ event: ChatEvent, askedBy asker: SessionID?, ref: String?) {
        switch event.audience {
        case .room(let room): post(event, to: room, askedBy: asker, ref: ref)
        case .person(let person):
            for session in chat.sessions(of: person) {
                if seats[session]?.levelOneRooms == nil {
                    post(event, toSession: session)
                } else {
                    post(event, toLevelOne: session, askedBy: asker, ref: ref)
                }
            }
        case .session(let session):
            guard case .ended(let reason) = event.kind, let seat = seats[session], let who = event.who else {
                return
            }
            if reason == .replaced, seat.levelOneRooms == nil {
                _ = post(LevelZero.personalText(for: event), to: session)
            }
            // Who is leaving is logged as such already.
            if !isSealed, !seat.isLeaving {
                mailboxes[seat.loop].post(.dismissal(of: session, who.name, reason))
            }
            unseat(session)
        }
    }

    private mutating func post(
        _ event: ChatEvent,
        to room: RoomID,
        askedBy asker: SessionID?,
        ref: String?
    ) {
        switch event.kind {
        case .joined, .left:
            if case .left = event.kind { lastRoomLeft = room }
            if let who = event.who { follow(who.id, event.sequence) }
            rooms[room]?.forgetPeople()
        case .renamed: rooms[room]?.forgetPeople()
        case .banned, .kicked, .lifted, .muted:
            report.append(
                .moderated("in \(event.room?.description ?? "the chat"): \(LevelZero.text(for: event))")
            )
        case .said: lineCount += 1
        default: break
        }
        guard !isSealed, let readers = rooms[room] else { return }
        if case .said = event.kind { deliveryCount &+= UInt64(readers.count) }
        if readers.textCount < readers.count {
            post(event, to: room, readByLevelOne: readers, askedBy: asker, ref: ref)
        }
        guard readers.textCount > 0 else { return }
        let frame = LevelZero.frame(for: event)
        let by = asker ?? Self.nobody
        for (mailbox, count) in zip(mailboxes, readers.byLoop) where count > 0 {
            if case .said = event.kind {
                mailbox.post(line: frame, in: room, by: by)
            } else {
                mailbox.post(
                    .presence(bytes: frame.count, in: room, readers: readers.count, by: by),
                    frame: frame
                )
            }
        }
    }

    /// Posts what one person alone is told.
    private mutating func post(_ event: ChatEvent, toSession session: SessionID) {
        guard let who = event.who, seats[session] != nil else { return }
        switch event.kind {
        case .direct(to: let recipient, _, ref: _):
            // Whoever said it has typed it.
            guard event.audience == .person(recipient.id) else { return }
            seats[session]?.correspondent = who.id
        case .invited: break
        default: return
        }
        _ = post(LevelZero.personalText(for: event), to: session)
    }

    /// Posts the answer to what a session asked for, and returns its bytes.
    mutating func post(_ answer: Answer, to session: SessionID) -> Int {
        switch answer {
        case .done, .entered, .saidBefore: 0
        case .joined:
            (try? chat.room(nil, for: session)).map { room in
                kept.reduce(0) { $0 + post($1, to: session) }
                    + post(LevelZero.text(forEntering: room), to: session)
            } ?? 0
        case .noted(let notice): post(notice, to: session)
        case .refused(let refusal): post(LevelZero.text(for: refusal, at: now), to: session)
        }
    }

    /// Posts a notice and returns its bytes.
    @discardableResult
    func post(_ notice: Notice, to session: SessionID) -> Int {
        post(LevelZero.text(for: notice), to: session)
    }

    func post(_ text: String, to session: SessionID) -> Int {
        post(FrameEncoder.frame(cutting: text), to: session)
    }

    func post(_ frame: [UInt8], to session: SessionID) -> Int {
        guard !isSealed, let seat = seats[session] else { return 0 }
        mailboxes[seat.loop].post(.notice(frame, to: session))
        return frame.count
    }
}
