// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
internal import SnugProtocol
internal import SnugRooms
internal import SnugSystem
internal import SnugTransport

/// What lies behind the hub's lock: the chat, and on which loop and in which room everyone sits.
struct HubState {
    private(set) var chat: Chat
    /// Everyone is being said goodbye to: nothing that happens now is told to anyone.
    var isSealed = false
    /// All loops have processed what was read, and nothing more is asked for; what is said by then is told.
    var sealTime: MonotonicTime?
    /// What is to be logged once the lock is released.
    var report: [ServerEvent] = []

    let mailboxes: [LoopMailbox]
    let history: HistoryDesk
    /// Whether what is to be stored is.
    var isStoring = true
    private let sequencer: LocalSequencer
    /// The order that this server shares with others; nil if the chat is its own.
    let log: (any RequestLog)?
    /// What is remembered of that.
    var order = OrderState()
    /// When the last request came.
    var now: ChatTime
    /// How many lines and actions were said.
    var lineCount: UInt64 = 0
    /// How many lines and actions that makes for members: one for each and everyone that it was put before.
    var deliveryCount: UInt64 = 0
    private var lastSession: UInt64 = 0
    /// The room that somebody was last seen leaving.
    var lastRoomLeft = RoomID.main
    var seats: [SessionID: Seat] = [:]
    var rooms: [RoomID: Readers] = [:]
    var roomLists = RoomLists()

    /// No session has this number.
    static let nobody = SessionID(rawValue: 0)

    struct Seat {
        let loop: Int
        /// At level 0: the room it reads.
        var room: RoomID
        /// At level 1: all that it reads, in the order in which they were joined.
        var levelOneRooms: [RoomID]?
        /// Whether a page of history is on its way to this session.
        var isReading = false
        /// Who last said something to this session alone.
        var correspondent: PersonID?
        /// How much it has asked for that the order has not brought yet.
        var underWay = 0
        /// Whether that was too much, and its loop waits to be told that it is less.
        var isHeldBack = false
        /// Whether its leaving is under way.
        var isLeaving = false
    }

    /// Who reads a room.
    struct Readers {
        var byLoop: [Int]
        /// Sessions of level 1.
        var levelOneByLoop: [Int]
        /// How many read it, at both levels, and how many of them text.
        var count = 0
        var textCount = 0
        /// Who is there, until somebody comes, goes or is renamed: the answer to `/who`, and the list of level 1.
        var online: [UInt8]?
        var people: [ServerMessage.Person]?

        mutating func forgetPeople() { (online, people) = (nil, nil) }
    }

    init(
        _ chat: Chat,
        _ mailboxes: [LoopMailbox],
        _ history: HistoryDesk,
        _ log: (any RequestLog)?,
        startingAt time: ChatTime
    ) {
        self.log = log
        self.chat = chat
        self.mailboxes = mailboxes
        self.history = history
        now = time
        sequencer = LocalSequencer(startingAt: time)
    }

    // MARK: The end

    /// Lets all finish if nothing of what was said is still under way.
    mutating func sealIfAllIsSaid() { if sealTime != nil, order.waiting.isEmpty { seal() } }

    /// From here on nothing is told to anyone, and all say goodbye.
    mutating func seal() {
        guard !isSealed else { return }
        isSealed = true
        for case .arrival(let newcomer, as: _, loop: _, told: _) in order.takeAll().map(\.conclusion) {
            newcomer.value.connection.close()
        }
        for mailbox in mailboxes { mailbox.post(.finish) }
    }

    // MARK: Seats

    mutating func newSession() -> SessionID? {
        lastSession += 1
        return SessionID(order.node, counter: lastSession)
    }

    /// Goes on from where others are.
    mutating func replaceChat(with other: Chat) {
        chat = other
        roomLists = RoomLists()
        for room in rooms.keys { rooms[room]?.forgetPeople() }
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
        count(+1, room, on: loop, at: .text)
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
        order.held[session] = nil
        if let rooms = seat.levelOneRooms {
            for room in rooms { count(-1, room, on: seat.loop, at: .typed) }
        } else {
            count(-1, seat.room, on: seat.loop, at: .text)
        }
        if !isSealed { mailboxes[seat.loop].post(.departure(of: session)) }
    }

    /// Moves the sessions of somebody who came to a room, or left one, to where they are now.
    ///
    /// - Parameter sequence: the number of the event that brought it about.
    mutating func follow(_ person: PersonID, _ sequence: UInt64) {
        guard !isSealed else { return }
        for session in chat.sessions(of: person) {
            guard let seat = seats[session] else { continue }
            guard seat.levelOneRooms == nil else {
                followLevelOne(session, sequence)
                continue
            }
            guard let room = chat.rooms(of: session).first, room != seat.room else { continue }
            seats[session]?.room = room
            count(-1, seat.room, on: seat.loop, at: .text)
            count(+1, room, on: seat.loop, at: .text)
            mailboxes[seat.loop].post(.move(of: session, to: room, readers: rooms[room]?.count ?? 1))
        }
    }

    mutating func count(_ change: Int, _ room: RoomID, on loop: Int, at level: Entry.Level) {
        let nobody = Array(repeating: 0, count: mailboxes.count)
        var readers =
            rooms.removeValue(forKey: room) ?? Readers(byLoop: nobody, levelOneByLoop: nobody)
        if level == .text {
            readers.byLoop[loop] += change
            readers.textCount += change
        } else {
            readers.levelOneByLoop[loop] += change
        }
        readers.count += change
        readers.forgetPeople()
        if readers.count > 0 { rooms[room] = readers }
    }

    // MARK: Deciding

    /// Lets the chat decide, and history keep what comes of it; who is here and whose stay that ends is put out.
    mutating func decide(_ request: Request) -> Outcome {
        let outcome =
            log == nil
            ? sequencer.apply(request, to: &chat, at: now)
            : chat.apply(request, at: order.sequence, time: now)
        history.append(outcome)
        if !order.held.isEmpty { dismissForgotten(by: request, outcome) }
        return outcome
    }

    /// Does what a member typed, and returns what it gets to read for it at once.
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
        let conclusion = Conclusion.text(session, isAnswered: isAnswered)
        outcome.answerBytes = ask(request, by: session, at: time, then: conclusion)
        outcome.mustWait = mustWait(session)
        return outcome
    }

    /// What is to be logged, once.
    mutating func takeReport() -> [ServerEvent] {
        defer { report = [] }
        return report
    }
}
