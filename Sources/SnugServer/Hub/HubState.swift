// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
internal import SnugProtocol
internal import SnugRooms
internal import SnugTransport

/// What lies behind the hub's lock: the chat, and on which loop and in which room everyone sits.
struct HubState {
    private(set) var chat: Chat
    /// Everyone is being said goodbye to: nothing that happens now is told to anyone.
    var isSealed = false
    /// What is to be logged once the lock is released.
    private(set) var report: [ServerEvent] = []

    private let mailboxes: [LoopMailbox]
    /// No number is given twice, whatever was given before the last start.
    private let firstSequence: UInt64
    /// When the last request came.
    private var now: ChatTime
    /// Whether there is something new in any mailbox but the asker's.
    private var hasPosted = false
    private var lastSession: UInt64 = 0
    private var seats: [SessionID: Seat] = [:]
    private var rooms: [RoomID: Readers] = [:]

    /// No session has this number.
    static let nobody = SessionID(rawValue: 0)

    private struct Seat {
        let loop: Int
        var room: RoomID
        /// Who last said something to this session alone.
        var correspondent: PersonID?
    }

    /// Who reads a room.
    private struct Readers {
        var byLoop: [Int]
        var count = 0
        /// The answer to `/who`, until somebody comes, goes or is renamed.
        var online: [UInt8]?
    }

    init(_ chat: Chat, _ mailboxes: [LoopMailbox], startingAt time: ChatTime) {
        self.chat = chat
        self.mailboxes = mailboxes
        now = time
        firstSequence = max(chat.lastSequence + 1, time.microseconds)
    }

    // MARK: Seats

    mutating func newSession() -> SessionID {
        lastSession += 1
        return SessionID(rawValue: lastSession)
    }

    /// Gives a session its place, and sends its connection there.
    mutating func seat(
        _ entered: Entered,
        as session: SessionID,
        on loop: Int,
        _ arrival: HandedOver<Arrival>
    ) {
        let room = entered.rooms.first ?? .main
        seats[session] = Seat(loop: loop, room: room)
        count(+1, room, on: loop)
        mailboxes[loop].post(.admission(arrival, in: room, readers: rooms[room]?.count ?? 1))
    }

    /// Tells a session what it is called whose person was here before, and so did not come.
    func postName(_ entered: Entered, to session: SessionID, after outcome: Outcome) {
        let isTold = outcome.events.contains { event in
            if case .joined = event.kind, event.who?.id == entered.who.id { true } else { false }
        }
        if !isTold { _ = post(LevelZero.joined(entered.who.name), to: session) }
    }

    /// Takes a session's place away; what it is still sent ends here.
    mutating func unseat(_ session: SessionID) {
        guard let seat = seats.removeValue(forKey: session) else { return }
        count(-1, seat.room, on: seat.loop)
        if !isSealed { mailboxes[seat.loop].post(.departure(of: session)) }
    }

    /// Moves the sessions of somebody who came to a room, or left one, to where they are now.
    private mutating func follow(_ person: PersonID) {
        guard !isSealed else { return }
        for session in chat.sessions(of: person) {
            guard let seat = seats[session], let room = chat.rooms(of: session).first, room != seat.room
            else { continue }
            seats[session]?.room = room
            count(-1, seat.room, on: seat.loop)
            count(+1, room, on: seat.loop)
            mailboxes[seat.loop].post(.move(of: session, to: room, readers: rooms[room]?.count ?? 1))
        }
    }

    private mutating func count(_ change: Int, _ room: RoomID, on loop: Int) {
        var readers =
            rooms.removeValue(forKey: room) ?? Readers(byLoop: Array(repeating: 0, count: mailboxes.count))
        readers.byLoop[loop] += change
        readers.count += change
        readers.online = nil
        if readers.count > 0 { rooms[room] = readers }
    }

    // MARK: Asking

    mutating func apply(_ kind: Request.Kind, by session: SessionID, at time: ChatTime) -> Outcome {
        now = time
        if let due = chat.nextDue, due <= time {
            // By itself, because it happened before whoever asks now was here, or where it is going.
            post(chat.apply(Request(.tick, by: Self.nobody), at: firstSequence, time: time), askedBy: nil)
        }
        return chat.apply(Request(kind, by: session), at: firstSequence, time: time)
    }

    /// Does what a member typed, and returns what it gets to read for it and whether anybody else does.
    mutating func take(
        _ input: Input,
        from session: SessionID,
        isAnswered: Bool,
        at time: ChatTime
    ) -> ChatHub.Outcome {
        now = time
        var outcome = ChatHub.Outcome()
        let request: Request.Kind
        switch input {
        // Which words are the name is found out before.
        case .named, .nothing, .quit: return outcome
        case .question(let question):
            if isAnswered { outcome.answerBytes = answer(question, to: session) }
            return outcome
        case .refused(let notice):
            if isAnswered { outcome.answerBytes = post(notice, to: session) }
            return outcome
        case .request(let kind): request = kind
        case .reply(let line):
            guard let name = correspondent(of: session) else {
                if isAnswered { outcome.answerBytes = post(.nobodyToReplyTo, to: session) }
                return outcome
            }
            request = .direct(to: name, line, ref: nil)
        }
        let result = apply(request, by: session, at: time)
        post(result, askedBy: session)
        // Nobody is told if the person was in that room already, with another session.
        if case .joined = result.answer, let who = chat.who(session) { follow(who.id) }
        if isAnswered { outcome.answerBytes = post(result.answer, to: session) }
        return outcome
    }

    private func correspondent(of session: SessionID) -> MemberName? {
        seats[session]?.correspondent.flatMap { chat.name(of: $0) }
    }

    /// Answers what changes nothing, and returns the answer's bytes.
    private mutating func answer(_ question: Input.Question, to session: SessionID) -> Int {
        guard seats[session] != nil else { return 0 }
        do throws(Refusal) {
            switch question {
            case .help:
                return post(LevelZero.help(isOperator: chat.isOperator(session)), to: session)
            case .who: return post(try online(for: session), to: session)
            case .rooms: return post(LevelZero.text(for: try chat.rooms(for: session)), to: session)
            case .sanctions:
                return post(LevelZero.text(for: try chat.sanctions(for: session), at: now), to: session)
            case .topic:
                return post(LevelZero.text(forTopicOf: try chat.room(nil, for: session)), to: session)
            }
        } catch {
            return post(LevelZero.text(for: error, at: now), to: session)
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

    /// What is to be logged, once.
    mutating func takeReport() -> [ServerEvent] {
        defer { report = [] }
        return report
    }

    // MARK: Posting

    /// Posts what everyone is to be told.
    mutating func post(_ outcome: Outcome, askedBy asker: SessionID?) {
        for event in outcome.events {
            hasPosted = true
            post(event, askedBy: asker)
        }
    }

    /// Whether something was posted since this was last asked.
    mutating func takeHasPosted() -> Bool {
        defer { hasPosted = false }
        return hasPosted
    }

    private mutating func post(_ event: ChatEvent, askedBy asker: SessionID?) {
        switch event.audience {
        case .room(let room): post(event, to: room, askedBy: asker)
        case .person(let person):
            for session in chat.sessions(of: person) { post(event, toSession: session) }
        case .session(let session):
            guard case .ended(let reason) = event.kind, let seat = seats[session], let who = event.who else {
                return
            }
            if reason == .replaced { _ = post(LevelZero.personalText(for: event), to: session) }
            if !isSealed { mailboxes[seat.loop].post(.dismissal(of: session, who.name, reason)) }
            unseat(session)
        }
    }

    private mutating func post(_ event: ChatEvent, to room: RoomID, askedBy asker: SessionID?) {
        switch event.kind {
        case .joined, .left:
            if let who = event.who { follow(who.id) }
            rooms[room]?.online = nil
        case .renamed: rooms[room]?.online = nil
        case .banned, .kicked, .lifted, .muted:
            report.append(
                .moderated("in \(event.room?.description ?? "the chat"): \(LevelZero.text(for: event))")
            )
        default: break
        }
        guard !isSealed, let readers = rooms[room] else { return }
        let frame = FrameEncoder.frame(cutting: LevelZero.text(for: event))
        let by = asker ?? Self.nobody
        var entry = LoopMailbox.Entry.presence(bytes: frame.count, in: room, readers: readers.count, by: by)
        if case .said = event.kind { entry = .line(bytes: frame.count, in: room, by: by) }
        for (loop, count) in readers.byLoop.enumerated() where count > 0 {
            mailboxes[loop].post(entry, frame: frame)
        }
    }

    /// Posts what one person alone is told.
    private mutating func post(_ event: ChatEvent, toSession session: SessionID) {
        guard let who = event.who, seats[session] != nil else { return }
        switch event.kind {
        case .direct(to: let recipient, _, ref: _):
            // Whoever said it has typed it.
            guard recipient.id == chat.who(session)?.id else { return }
            seats[session]?.correspondent = who.id
        case .invited: break
        default: return
        }
        _ = post(LevelZero.personalText(for: event), to: session)
    }

    /// Posts the answer to what a session asked for, and returns its bytes.
    private mutating func post(_ answer: Answer, to session: SessionID) -> Int {
        switch answer {
        case .done, .entered, .saidBefore: 0
        case .joined:
            (try? chat.room(nil, for: session)).map { post(LevelZero.text(forEntering: $0), to: session) }
                ?? 0
        case .noted(let notice): post(notice, to: session)
        case .refused(let refusal): post(LevelZero.text(for: refusal, at: now), to: session)
        }
    }

    /// Posts a notice and returns its bytes.
    @discardableResult
    func post(_ notice: Notice, to session: SessionID) -> Int {
        post(LevelZero.text(for: notice), to: session)
    }

    private func post(_ text: String, to session: SessionID) -> Int {
        post(FrameEncoder.frame(cutting: text), to: session)
    }

    private func post(_ frame: [UInt8], to session: SessionID) -> Int {
        guard !isSealed, let seat = seats[session] else { return 0 }
        mailboxes[seat.loop].post(.notice(frame, to: session))
        return frame.count
    }
}
