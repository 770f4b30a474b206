// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugRooms
internal import SnugTransport

/// Sessions of level 1: what they ask for, and what they are told.
extension HubState {
    /// Nobody is told of more people of one room at once: in a large room that would be more than may wait for a session.
    static let peopleTold = 500

    // MARK: Coming

    /// Gives a session its place, sends its connection there, and tells it all about its rooms.
    mutating func seat(
        _ entered: Entered,
        as session: SessionID,
        on loop: Int,
        _ arrival: HandedOver<Arrival>,
        _ login: LevelOneLogin,
        through last: UInt64
    ) {
        seats[session] = Seat(loop: loop, room: .main, levelOneRooms: entered.rooms)
        for room in entered.rooms { count(+1, room, on: loop, at: .typed) }
        mailboxes[loop].post(.admission(arrival, in: .main, readers: rooms[.main]?.count ?? 1))
        let message = ServerMessage.Entered(
            you: LevelOne.person(entered.who),
            token: login.token(of: entered),
            isResumed: entered.isResumed
        )
        _ = post(ServerMessage(.entered(message), ref: login.ref), toLevelOne: session)
        for room in entered.rooms {
            openRoom(room, for: session, through: last) { login.next(in: $0, through: last) }
        }
        for refusal in entered.refusals {
            _ = post(ServerMessage(.refused(LevelOne.refused(refusal, at: now))), toLevelOne: session)
        }
        for _ in 0..<login.unfit {
            _ = post(ServerMessage(.refused(LevelOne.refused(.roomNotFit))), toLevelOne: session)
        }
    }

    /// Has a session read the rooms that its person is in now, and no others.
    mutating func followLevelOne(_ session: SessionID, _ sequence: UInt64) {
        guard let seat = seats[session], let old = seat.levelOneRooms else { return }
        let isHeld = chat.person(of: session) == nil
        // A room that one comes to while one is held is entered here when one goes on.
        let rooms = chat.rooms(of: session).filter { !isHeld || old.contains($0) }
        guard rooms != old else { return }
        seats[session]?.levelOneRooms = rooms
        for room in old where !rooms.contains(room) {
            count(-1, room, on: seat.loop, at: .typed)
            mailboxes[seat.loop].post(.levelOne(.closes(room, for: session)))
        }
        for room in rooms where !old.contains(room) {
            count(+1, room, on: seat.loop, at: .typed)
            openRoom(room, for: session, through: sequence - 1) { _ in
                (.last(0, before: sequence), false)
            }
        }
    }

    /// Has a session read a room from here on, and tells it first what the room is like and what it missed.
    private mutating func openRoom(
        _ room: RoomID,
        for session: SessionID,
        through last: UInt64,
        _ plan: (RoomName) -> (next: Telling.Next, isUnknown: Bool)
    ) {
        guard let seat = seats[session], let reader = reader(session),
            let name = chat.roomName(room),
            let state = roomState(name, for: session, last: last)
        else { return }
        let (next, isUnknown) = plan(name)
        let telling = Telling(
            of: room,
            name,
            next,
            through: last,
            opens: true,
            head: LevelOne.frames(state),
            isUnknown: isUnknown,
            to: reader
        )
        mailboxes[seat.loop].post(
            .levelOne(.opens(room, for: session, readers: rooms[room]?.count ?? 1))
        )
        mailboxes[seat.loop].post(.levelOne(.tells(telling, to: session)))
    }

    /// Whose lines are a session's own.
    private func reader(_ session: SessionID) -> Telling.Reader? {
        guard let who = chat.who(session) else { return nil }
        return Telling.Reader(person: who.id, key: who.key, token: chat.token(of: session))
    }

    private mutating func roomState(
        _ room: RoomName?,
        for session: SessionID,
        last: UInt64,
        ref: String? = nil
    ) -> ServerMessage? {
        guard let summary = try? chat.room(room, for: session),
            let people = try? people(in: summary, for: session)
        else { return nil }
        return LevelOne.message(for: summary, people: people, last: last, ref: ref)
    }

    /// Made once for each change, as the answer to `/who` is.
    private mutating func people(
        in room: RoomSummary,
        for session: SessionID
    ) throws(Refusal) -> [ServerMessage.Person] {
        if let people = rooms[room.id]?.people { return people }
        let people = try chat.people(in: room.name, for: session, most: Self.peopleTold).people.map {
            LevelOne.person($0)
        }
        rooms[room.id]?.people = people
        return people
    }

    // MARK: Asking

    /// Does what a session of level 1 asks for, and returns what it gets to read for it.
    mutating func take(
        _ demand: Demand,
        ref: String?,
        from session: SessionID,
        isAnswered: Bool,
        at time: ChatTime
    ) -> ChatHub.Outcome {
        var outcome = ChatHub.Outcome()
        switch demand {
        case .nothing, .ping, .quit, .refused: return outcome
        case .question(let question):
            now = time
            if isAnswered { outcome.answerBytes = answer(question, ref: ref, to: session) }
        case .history(let room, let before, let limit):
            if isAnswered {
                outcome.answerBytes = tellHistory(of: room, before: before, limit: limit, ref, to: session)
            }
        case .request(let kind):
            let conclusion = Conclusion.levelOne(session, ref: ref, isAnswered: isAnswered)
            outcome.answerBytes = ask(kind, by: session, at: time, then: conclusion)
            outcome.mustWait = mustWait(session)
        }
        return outcome
    }

    private mutating func answer(_ question: Demand.Question, ref: String?, to session: SessionID) -> Int {
        do throws(Refusal) {
            switch question {
            case .bans:
                return post(
                    LevelOne.message(for: try chat.sanctions(for: session), ref: ref),
                    toLevelOne: session
                )
            case .rooms:
                return post(
                    LevelOne.message(for: try chat.rooms(for: session), ref: ref),
                    toLevelOne: session
                )
            case .room(let name):
                let room = try chat.room(name, for: session)
                guard let state = roomState(name, for: session, last: chat.lastSequence, ref: ref) else {
                    return 0
                }
                return post(state, in: room.id, toLevelOne: session)
            }
        } catch {
            return post(
                ServerMessage(.refused(LevelOne.refused(heard(error, by: session), at: now)), ref: ref),
                toLevelOne: session
            )
        }
    }

    private func tellHistory(
        of name: RoomName,
        before: UInt64?,
        limit: Int,
        _ ref: String?,
        to session: SessionID
    ) -> Int {
        guard let seat = seats[session], !isSealed else { return 0 }
        do throws(Refusal) {
            let room = try chat.room(name, for: session)
            guard let reader = reader(session) else { return 0 }
            let telling = Telling(
                of: room.id,
                room.name,
                .last(limit, before: min(before ?? .max, chat.lastSequence + 1)),
                through: chat.lastSequence,
                opens: false,
                to: reader,
                ref: ref
            )
            mailboxes[seat.loop].post(.levelOne(.tells(telling, to: session)))
            return 0
        } catch {
            return post(
                ServerMessage(.refused(LevelOne.refused(heard(error, by: session), at: now)), ref: ref),
                toLevelOne: session
            )
        }
    }

    /// Posts the answer to what a session asked for, if no event is one, and returns its bytes.
    func answer(_ answer: Answer, to kind: Request.Kind, ref: String?, _ session: SessionID) -> Int {
        switch answer {
        case .done, .entered, .joined: 0
        case .noted(let notice): LevelOne.message(for: notice).map { post($0, toLevelOne: session) } ?? 0
        case .refused(let refusal):
            post(ServerMessage(.refused(LevelOne.refused(refusal, at: now)), ref: ref), toLevelOne: session)
        case .saidBefore(let sequence, let time):
            confirmAgain(kind, sequence, time, ref: ref, to: session)
        }
    }

    /// Posts the confirmation of what was said before, where it was said.
    private func confirmAgain(
        _ kind: Request.Kind,
        _ sequence: UInt64,
        _ time: ChatTime,
        ref: String?,
        to session: SessionID
    ) -> Int {
        guard let who = chat.who(session) else { return 0 }
        switch kind {
        case .say(let speech, let roomName, _):
            let room = try? chat.room(roomName, for: session)
            let message = LevelOne.said(
                speech,
                by: who,
                in: room?.name ?? roomName ?? .main,
                sequence,
                time,
                ref
            )
            return post(message, in: room?.id ?? .main, toLevelOne: session, onceStored: sequence)
        case .direct(let name, let line, _):
            let recipient = chat.who(named: name)
            let message = LevelOne.direct(
                line.text,
                by: who,
                to: recipient,
                called: name,
                sequence,
                time,
                ref
            )
            return post(message, toLevelOne: session)
        default: return 0
        }
    }

    // MARK: Posting

    /// Posts what everyone of level 1 in a room is told, and with its `ref` to whoever brought it about.
    func post(
        _ event: ChatEvent,
        to room: RoomID,
        readByLevelOne readers: Readers,
        askedBy asker: SessionID?,
        ref: String?
    ) {
        guard let message = LevelOne.message(for: event) else { return }
        let frame = LevelOne.frames(message)
        var isLine = false
        if case .said = event.kind { isLine = true }
        var own: [OwnEvent] = []
        if let ref, let asker, let who = event.who, chat.person(of: asker) == who.id {
            let stored = event.kind.isKept ? event.sequence : nil
            own = ownEvents(LevelOne.frame(frame, adding: ref), in: room, by: who.id, storedFirst: stored)
        }
        for (loop, count) in readers.levelOneByLoop.enumerated() where count > 0 {
            mailboxes[loop].post(
                event: frame,
                in: room,
                readers: readers.count,
                isLine: isLine,
                own.lazy.filter { $0.loop == loop }
            )
        }
    }

    /// What the sessions of whoever brought an event about see in its place.
    private func ownEvents(
        _ frame: [UInt8],
        in room: RoomID,
        by person: PersonID,
        storedFirst sequence: UInt64?
    ) -> [OwnEvent] {
        chat.sessions(of: person).compactMap { session in
            guard let seat = seats[session], seat.levelOneRooms?.contains(room) == true else { return nil }
            let stored = sequence.map { confirm($0, to: session, on: seat.loop) } ?? 0
            return OwnEvent(frame: frame, session: session, loop: seat.loop, onceStored: stored)
        }
    }

    /// Posts what one person alone is told.
    func post(
        _ event: ChatEvent,
        toLevelOne session: SessionID,
        askedBy asker: SessionID?,
        ref: String?
    ) {
        let isAboutItself = event.who.map { event.audience == .person($0.id) } ?? false
        let isOwn = isAboutItself && asker.flatMap { chat.who($0) } == event.who
        guard let message = LevelOne.message(for: event, ref: isOwn ? ref : nil) else { return }
        guard case .left = event.kind else {
            _ = post(message, toLevelOne: session)
            return
        }
        // The last that it sees of the room, which it does not read any more.
        _ = post(message, in: lastRoomLeft, toLevelOne: session)
    }

    /// Posts one session what everyone in a room is told.
    func post(_ event: ChatEvent, in room: RoomID, toLevelOne session: SessionID) {
        guard let message = LevelOne.message(for: event) else { return }
        _ = post(message, in: room, toLevelOne: session)
    }

    /// The number that a confirmation waits for: 0 if nothing is kept on a disk.
    private func confirm(_ sequence: UInt64, to session: SessionID, on loop: Int) -> UInt64 {
        guard history.isOnDisk else { return 0 }
        let mailbox = mailboxes[loop]
        history.whenStored(sequence) {
            mailbox.post(.levelOne(.stored(sequence, for: session)))
            mailbox.notify()
        }
        return sequence
    }

    private func post(
        _ message: ServerMessage,
        in room: RoomID,
        toLevelOne session: SessionID,
        onceStored sequence: UInt64 = 0
    ) -> Int {
        guard !isSealed, let seat = seats[session] else { return 0 }
        let frames = LevelOne.frames(message)
        let stored = sequence > 0 ? confirm(sequence, to: session, on: seat.loop) : 0
        mailboxes[seat.loop].post(.levelOne(.notice(frames, in: room, to: session, onceStored: stored)))
        return frames.count
    }

    func post(_ message: ServerMessage, toLevelOne session: SessionID) -> Int {
        guard !isSealed, let seat = seats[session] else { return 0 }
        let frames = LevelOne.frames(message)
        mailboxes[seat.loop].post(.notice(frames, to: session))
        return frames.count
    }
}

extension ChatEvent.Kind {
    /// Whether it outlasts the server where there is a file, so that it is confirmed once it is there.
    ///
    /// Only what always brings something new to store: a confirmation of anything else would wait for others.
    fileprivate var isKept: Bool {
        switch self {
        case .banned, .invited, .lifted, .madePrivate, .muted, .said, .topic: true
        case .direct, .ended, .joined, .kicked, .left, .renamed: false
        }
    }
}
