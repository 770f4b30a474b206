// SPDX-License-Identifier: Apache-2.0

public import SnugProtocol
internal import SnugRooms
public import SnugSystem
public import SnugTerminal

/// What a client shows of a chat, and what it makes of what is typed: all that lies between the messages of level 1 and
/// a terminal.
///
/// A value without socket, clock or terminal. What a server sends takes a bounded amount of memory here, whatever it
/// sends; all text is made safe here, once; and each row says in one way only what it is (see `Phrasing`).
public struct Conversation: Sendable {
    /// What is to be done about what happened.
    public enum Effect: Equatable, Sendable {
        /// The terminal's bell.
        case bell
        /// Words for a notification of the desktop.
        case notify(String)
        /// A row, or more if it is longer.
        case show(StyledText)
    }

    /// What a line that was typed asks for.
    public enum Act: Equatable, Sendable {
        /// Something to send once.
        case ask(ClientMessage)
        /// An empty screen.
        case clear
        /// To be in a room.
        case join(room: String, ref: String)
        /// To be no longer in a room.
        case leave(room: String, ref: String)
        /// Another name.
        case nick(name: String, ref: String)
        /// The end.
        case quit
        /// Something to send until it is confirmed; ``Conversation/noteSent(_:ref:)`` follows.
        case say(OwnLine)
        /// A row about it.
        case show(StyledText)
        /// How the connection is protected.
        case showTLS
    }

    let phrasing: Phrasing
    let foldsComings: Bool
    var bell: BellMode
    var names = ShownNames()
    var rooms = KnownRooms()
    var own = OwnLines()
    var comings = ComingsAndGoings()
    var absentees = Absentees()
    var attention = Attention()
    var absence = Absence()
    var questions: Questions
    var days: Days
    var mentions: Mentions

    /// Who one is; nil before one was let in.
    var you: ServerMessage.Person?
    /// Whether there is a connection on which something can be asked.
    var isPresent = false
    /// Whom one last wrote to alone, or who last did so.
    var partner: ServerMessage.Person?
    var policy: ServerMessage.HistoryPolicy?
    var toldPolicy: ServerMessage.HistoryPolicy?
    var epoch: String?
    /// Whether ids mean the same people as on the last connection.
    var isSameEpoch = true
    /// The room to talk in as soon as it is told.
    var wanted: RoomName?
    /// The people of a room that come in several messages.
    var arriving: Arriving?
    /// The room of which earlier lines are being shown.
    var page: RoomName?
    /// How many lines wait for the rate limit, and until when that is worth knowing.
    var held: (lines: UInt64, until: MonotonicTime)?
    /// In how many seconds the next connection is tried.
    var attempt: Int?

    /// Before anything has happened.
    public init(_ options: ConversationOptions) {
        phrasing = Phrasing(style: options.style)
        foldsComings = options.foldsComings
        bell = options.bell
        questions = Questions(mark: options.mark)
        days = Days(options.time)
        mentions = Mentions(of: ShownName(options.name).text)
        wanted = options.room.flatMap { RoomName($0) }
    }

    // MARK: What is seen at the bottom

    /// What stands in front of what is typed: the current room, and what is unread in others.
    public var prompt: String { rooms.prompt }

    /// Rows that are there for a while: what the connection does, and one's own lines that are not confirmed.
    public var liveRows: [StyledText] {
        guard phrasing.style == .marks else { return [] }
        var rows: [StyledText] = []
        if let attempt {
            let when = attempt > 0 ? "next attempt in \(attempt) s (Enter: now)" : "trying again"
            rows.append(StyledText("*! the connection is lost; \(when)", .program))
        }
        if let heldLines { rows.append(StyledText("*! \(heldLines)", .program)) }
        return rows
            + own.waiting.map { line in
                phrasing.unconfirmed(
                    line.line,
                    isElsewhere: line.line.target != .room(self.rooms.current.text)
                )
            }
    }

    var heldLines: String? {
        held.map { "waiting for the server's rate limit: \($0.lines.counted("lines")) of yours" }
    }

    /// What Tab completes.
    public var vocabulary: Vocabulary {
        Vocabulary(
            commands: LocalCommand.words,
            names: rooms.names(except: you?.id),
            rooms: rooms.all.map(\.name.text)
        )
    }

    /// The lines that the server has not answered, in the order in which they were typed.
    public var unconfirmed: [OwnLine] { own.waiting.map(\.line) }

    // MARK: Time and keys

    /// When to call ``proceed(at:)`` if nothing happens before.
    public var deadline: MonotonicTime {
        // Whoever is away itself does not see who comes back.
        min(comings.deadline, min(held?.until ?? .never, isPresent ? absentees.deadline : .never))
    }

    /// Shows what has waited for its time.
    public mutating func proceed(at now: Moment) -> [Effect] {
        if let held, held.until <= now.clock { self.held = nil }
        var effects: [Effect] = []
        if isPresent, absentees.deadline <= now.clock {
            for absentee in absentees.takeAll() {
                effects += tell(absentee.who, isThere: false, in: absentee.room, at: now.calendar, now)
            }
        }
        return effects + (comings.deadline <= now.clock ? tellComings(now) : [])
    }

    /// Somebody is at the keyboard.
    public mutating func noteKey(at now: MonotonicTime) { attention.noteKey(at: now) }

    // MARK: The connection

    /// The connection is gone.
    public mutating func lost(_ reason: String, at now: Moment) -> [Effect] {
        let reason = Self.clean(reason)
        let isFirst = !absence.isCatchingUp
        absence.begin(reason, at: now.calendar)
        if isFirst { rooms.changeAll { $0.noteLoss() } }
        isPresent = false
        questions.forget()
        rooms.forgetConnection()
        arriving = nil
        page = nil
        held = nil
        guard isFirst, phrasing.style == .plainSentences else { return tellComings(now) }
        return show(.program("the connection was lost (\(reason)); trying to come back"), now)
    }

    /// The next connection is tried in so many seconds; nil once there is one.
    public mutating func noteAttempt(inSeconds seconds: Int?) { attempt = seconds }

    /// An own line was given to the session, and waits for its answer.
    public mutating func noteSent(_ line: OwnLine, ref: String) { own.append(line, ref: ref) }

    // MARK: Rows

    /// A row of this program's own; the words may quote a server.
    mutating func remark(_ words: String, at now: Moment) -> [Effect] {
        show(.program(Self.clean(words)), now)
    }

    /// A row about what happens now, in this room.
    mutating func show(_ telling: Telling, in room: RoomName? = nil, _ now: Moment) -> [Effect] {
        show(telling, in: room, at: now.calendar, now)
    }

    /// A row, behind those that wait.
    mutating func show(
        _ telling: Telling,
        in room: RoomName?,
        at time: UnixTime,
        _ now: Moment
    ) -> [Effect] {
        tellComings(now) + row(telling, in: room, at: time, now)
    }

    private mutating func row(
        _ telling: Telling,
        in room: RoomName?,
        at time: UnixTime,
        _ now: Moment
    ) -> [Effect] {
        var effects: [Effect] = []
        if let day = days.change(to: time, now: now.calendar) {
            effects.append(.show(phrasing.row(.day(day), time: nil, room: nil)))
        }
        let elsewhere = room == rooms.current ? nil : room
        effects.append(.show(phrasing.row(telling, time: days.text(for: time), room: elsewhere)))
        return effects
    }

    /// The row above the first line that came while nobody looked.
    mutating func markUnseen(_ now: Moment) -> [Effect] {
        guard attention.isFirstUnseen(at: now.clock) else { return [] }
        return tellComings(now) + [.show(phrasing.row(.unread, time: nil, room: nil))]
    }

    /// The bell, and a notification if it is for oneself.
    mutating func alert(_ row: [Effect], isForMe: Bool, _ now: Moment) -> [Effect] {
        guard bell == .all || bell == .mention && isForMe else { return [] }
        var effects: [Effect] = attention.mayRing(at: now.clock) ? [.bell] : []
        if isForMe, case .show(let text) = row.last, attention.mayNotify(at: now.clock) {
            let words = text.parts.filter { $0.role != .time }.map(\.text).joined()
            effects.append(.notify(String(words.prefix(maximumCharacters: 200, maximumBytes: 800))))
        }
        return effects
    }

    // MARK: Comings and goings

    mutating func tell(
        _ who: ServerMessage.Person,
        isThere: Bool,
        in room: RoomName?,
        at time: UnixTime,
        _ now: Moment
    ) -> [Effect] {
        let visitor = ComingsAndGoings.Visitor(name: names.name(who), key: who.key)
        if isThere, let room, absentees.isBack(visitor, room) { return [] }
        return tell(visitor, isThere: isThere, in: room, at: time, now)
    }

    mutating func tell(
        _ who: ComingsAndGoings.Visitor,
        isThere: Bool,
        in room: RoomName?,
        at time: UnixTime,
        _ now: Moment
    ) -> [Effect] {
        comings.add(who, isThere: isThere, room, time: time, at: now.clock)
        return foldsComings && !comings.isFull ? [] : tellComings(now)
    }

    mutating func tellComings(_ now: Moment) -> [Effect] {
        comings.takeAll().flatMap { run in
            let clauses = [
                run.joined.isEmpty ? [] : Telling.parts(.joined, [.crowd(run.joined)]),
                run.left.isEmpty ? [] : Telling.parts(.left, [.crowd(run.left)]),
                run.returned.isEmpty
                    ? []
                    : Telling.parts(.left, [.crowd(run.returned)])
                        + [.init(" and came back", .notice)],
            ].filter { !$0.isEmpty }
            let words = Array(clauses.joined(separator: [.init("; ", .notice)]))
            return row(.notice(words), in: run.room, at: run.time, now)
        }
    }

    /// Text from elsewhere, in one line and safe to show.
    static func clean(_ text: String) -> String { String(SafeText.clean(text).trimmingSpace()) }
}

/// The people of a room that come in several messages.
struct Arriving: Sendable {
    let room: String
    let ref: String?
    var people: [ServerMessage.Person] = []
}
