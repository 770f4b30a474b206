// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugRooms
internal import SnugSystem
internal import SnugTerminal

extension Conversation {
    /// Takes what a server told, and returns what is to be seen and heard of it.
    public mutating func take(_ news: LevelOneNews, at now: Moment) -> [Effect] {
        switch news {
        case .bye: []
        case .confirmed(let ref): confirm(ref)
        case .message(let message), .recalled(let message): take(message, now)
        case .refused(let refused, let ref): refuse(refused, ref, now)
        case .settled: settle(now)
        case .shut(let room): shut(room, now)
        case .withheld(let ref): withhold(ref, now)
        }
    }

    private mutating func take(_ message: ServerMessage, _ now: Moment) -> [Effect] {
        switch message.kind {
        case .bans(let bans): return show(bans, now)
        case .control(.done(let text)): return show(.server(Self.clean(text)), now)
        case .direct(let direct): return take(direct, message.ref, now)
        case .entered(let entered): return enter(entered)
        case .event(let event): return take(event, message.ref, now)
        case .gap(let room, _, _):
            let words = Telling.parts(.historyLinesMissing, [])
            return show(
                .notice(words + [.init(": they are no longer kept", .notice)]),
                in: names.room(room),
                now
            )
        case .hello(let hello): return greet(hello)
        case .history(let end): return take(end, message.ref, now)
        case .notice(let code, let text): return show(.server(Self.words(for: code, text)), now)
        case .refused(let refused): return refuse(refused, message.ref, now)
        case .room(let state): return take(state, message.ref, now)
        case .rooms(let rooms): return show(rooms, now)
        case .waiting(let lines): return wait(lines, now)
        case .accepted, .bye, .control, .ping, .pong, .stillHere, .unknown: return []
        }
    }

    private mutating func greet(_ hello: ServerMessage.Hello) -> [Effect] {
        policy = hello.history
        isSameEpoch = epoch == hello.epoch
        epoch = hello.epoch
        if !isSameEpoch { rooms.changeAll { $0.forgetSequence() } }
        return []
    }

    private mutating func enter(_ entered: ServerMessage.Entered) -> [Effect] {
        if !entered.isResumed { absence.noteMissed() }
        // Under another id one would be told to have left.
        if let you, !isSameEpoch || you.id != entered.you.id { rooms.changeAll { $0.remove(you.id) } }
        you = entered.you
        isPresent = true
        attempt = nil
        call(entered.you.name)
        return []
    }

    /// One has that name from now on.
    mutating func call(_ raw: String) { mentions = Mentions(of: names.name(raw).text) }

    private mutating func settle(_ now: Moment) -> [Effect] {
        var effects: [Effect] = []
        for room in rooms.all where room.wasEverTold && !room.isTold {
            effects += leave(room.name, "you are not in \(room.name) any more", now)
        }
        if !questions.isJoining { wanted = nil }
        let wasTold = phrasing.style == .plainSentences
        if let sentence = absence.end(at: now.calendar, wasTold: wasTold) {
            effects += show(.program(sentence), now)
        }
        return effects
    }

    /// A room that one was in is told with the others; of one that was asked for at the start nothing was said yet.
    private mutating func shut(_ room: String, _ now: Moment) -> [Effect] {
        guard let name = RoomName(room), rooms.index(of: name) == nil else { return [] }
        return show(.program("you were not let into \(name)"), now)
    }

    /// One is no longer in a room, and talks in another one if it was the current one.
    mutating func leave(_ room: RoomName, _ words: String, _ now: Moment) -> [Effect] {
        let former = rooms.current
        rooms.remove(room)
        let change = rooms.current == former ? "" : "; you talk in \(rooms.current) now"
        return show(.program(words + change), now)
    }

    // MARK: One's own lines

    private mutating func confirm(_ ref: String) -> [Effect] {
        _ = own.remove(ref)
        return []
    }

    private mutating func withhold(_ ref: String, _ now: Moment) -> [Effect] {
        guard let line = own.remove(ref) else { return [] }
        let words = "not said, since the room is not there any more, or not the same one: \(line.text)"
        return show(.program(words), in: line.room, now)
    }

    private mutating func refuse(
        _ refused: ServerMessage.Refused,
        _ ref: String?,
        _ now: Moment
    ) -> [Effect] {
        let hint = refused.hint.map { " (\(Self.clean($0)))" } ?? ""
        let reason = "\(Self.clean(refused.text.isEmpty ? refused.code.word : refused.text))\(hint)"
        if let line = own.remove(ref) {
            let beginning = line.text.prefix(maximumCharacters: 40, maximumBytes: 160)
            let said = beginning.endIndex == line.text.endIndex ? line.text : "\(beginning)…"
            return show(.program("not said: \"\(said)\": \(reason)"), in: line.room, now)
        }
        let question = questions.answer(ref)
        if case .join = question?.subject { wanted = nil }
        return show(.program("not done: \(reason)"), in: question?.room, now)
    }

    /// The server's words; those that it should have used, if it has none.
    private static func words(for code: Code<NoticeCode>, _ text: String) -> String {
        let text = clean(text)
        guard text.isEmpty else { return text }
        return switch code.known {
        case .inTouchAgain: Wording.orderIsBack.rawValue
        case .keysWritten: Wording.keylogActive.rawValue
        case .lineChanged: "something that cannot be shown was taken out of your line"
        case .linesNotSaid: "some of your lines came too late to be said"
        case .linesWait: Wording.orderIsSlow.rawValue
        case .nameChanged: "you have another name than you asked for"
        case .notEncrypted: Wording.plainTransport.rawValue
        case .notStored: Wording.historyNotStored.rawValue
        case .outOfTouch: Wording.orderIsGone.rawValue
        case .storedAgain: Wording.historyStoredAgain.rawValue
        case nil: clean(code.word)
        }
    }

    private mutating func wait(_ lines: UInt64, _ now: Moment) -> [Effect] {
        let isNews = held == nil && lines > 0
        // The server says so each second while any wait.
        held = lines > 0 ? (lines, now.clock + .milliseconds(2_500)) : nil
        // Who listens has no live rows, and is told once.
        guard isNews, phrasing.style == .plainSentences, let words = heldLines else { return [] }
        return show(.program(words), now)
    }

    // MARK: Direct messages

    private mutating func take(
        _ direct: ServerMessage.Direct,
        _ ref: String?,
        _ now: Moment
    ) -> [Effect] {
        let time = Self.time(direct.time)
        let text = Self.clean(direct.text)
        _ = own.remove(ref)
        // Only who has said it gets the ref.
        if direct.from.id == you?.id || ref != nil {
            partner = direct.to
            return show(.ownDirect(to: names.name(direct.to), text), in: nil, at: time, now)
        }
        partner = direct.from
        let (parts, _) = mentions.parts(of: text)
        let mark = markUnseen(now)
        let row = show(.direct(names.name(direct.from), parts), in: nil, at: time, now)
        return mark + row + alert(row, isForMe: true, now)
    }

    /// What a server's clock showed; far from now if the server likes.
    static func time(_ milliseconds: UInt64) -> UnixTime {
        UnixTime(seconds: Int(clamping: milliseconds / 1_000))
    }
}

extension OwnLine {
    /// Nil for a line to one person alone.
    fileprivate var room: RoomName? {
        guard case .room(let room) = target else { return nil }
        return RoomName(room)
    }
}
