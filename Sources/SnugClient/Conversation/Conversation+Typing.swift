// SPDX-License-Identifier: Apache-2.0

public import SnugProtocol
internal import SnugRooms
internal import SnugSystem

/// What is made of what is typed.
extension Conversation {
    /// What a line asks for at level 1.
    public mutating func typed(_ line: String, at now: Moment) -> [Act] {
        attention.noteKey(at: now.clock)
        if let local = LocalCommand.parse(line) { return obey(local.command, local.argument, now) }
        switch Input.parse(line) {
        case .named(let command):
            return obey(command.input(reading: command.reading { rooms.isName($0) }), line, now)
        case let input: return obey(input, line, now)
        }
    }

    /// Asks for what was said last in a room that one has just entered: only of rooms that one enters with the chat is
    /// that told unasked.
    public mutating func lookBack(in name: String, lines: UInt64) -> ClientMessage {
        let room = names.room(name)
        let ref = questions.ask(.recent(room), in: room)
        return ClientMessage(
            .history(
                room: room.text,
                before: rooms.index(of: room).flatMap { rooms.all[$0].first },
                limit: lines
            ),
            ref: ref
        )
    }

    /// Talks in the room with this number, from 1 on.
    public mutating func switchRoom(number: Int, at now: Moment) -> [Effect] {
        guard (1...rooms.all.count).contains(number) else {
            return show(.program("you are in \(rooms.all.count.counted("rooms"))"), now)
        }
        return go(to: rooms.all[number - 1].name, now)
    }

    private mutating func go(to room: RoomName, _ now: Moment) -> [Effect] {
        rooms.enter(room)
        let topic = rooms.currentRoom?.topic ?? ""
        return show(.program("you talk in \(rooms.current) now\(topic.isEmpty ? "" : ": \(topic)")"), now)
    }

    // MARK: Commands of this program

    private mutating func obey(_ command: LocalCommand, _ argument: String, _ now: Moment) -> [Act] {
        switch command {
        case .bell: return ring(argument, now)
        case .clear where phrasing.style == .marks: return [.clear]
        case .clear: return tell("there is no screen to clear: what was said here stays", now)
        case .go:
            if let number = Int(argument) { return switchRoom(number: number, at: now).acts }
            guard let room = RoomName(argument) else { return tellUsage(command.usage, now) }
            guard rooms.index(of: room) != nil else {
                return tell("you are not in \(room); /join \(room.text) enters it", now)
            }
            return go(to: room, now).acts
        case .leave:
            guard let room = argument.isEmpty ? rooms.current : RoomName(argument) else {
                return tellUsage(command.usage, now)
            }
            return whilePresent(now) {
                .leave(room: room.text, ref: $0.questions.ask(.other, in: $0.rooms.current))
            }
        case .tls: return [.showTLS]
        }
    }

    private mutating func ring(_ mode: String, _ now: Moment) -> [Act] {
        if !mode.isEmpty {
            guard let mode = BellMode(rawValue: mode.lowercased()) else {
                return tellUsage(LocalCommand.bell.usage, now)
            }
            bell = mode
        }
        switch bell {
        case .all: return tell("the bell rings for every line", now)
        case .mention: return tell("the bell rings for your name, and for what is said to you only", now)
        case .off: return tell("the bell does not ring", now)
        }
    }

    // MARK: Commands of the chat

    private mutating func obey(_ input: Input, _ line: String, _ now: Moment) -> [Act] {
        switch input {
        case .named, .nothing: []
        case .question(let question): ask(question, now)
        case .quit: [.quit]
        case .refused(.usage(let usage)): tellUsage(usage, now)
        case .refused(let notice): tell(Self.words(for: notice), now)
        case .reply(let line):
            if let partner {
                say(line, to: .person(partner.name), now)
            } else {
                tell(Self.words(for: .nobodyToReplyTo), now)
            }
        case .request(let request): ask(request, line, now)
        }
    }

    private mutating func ask(_ question: Input.Question, _ now: Moment) -> [Act] {
        let room = rooms.current
        switch question {
        case .help: return LocalCommand.help(phrasing).flatMap { tell($0, now) }
        case .history(let lines):
            let before = rooms.currentRoom?.first
            let kind = ClientMessage.Kind.history(room: room.text, before: before, limit: UInt64(lines))
            return ask(kind, .history(room), now)
        case .rooms: return ask(.rooms, .other, now)
        case .sanctions: return ask(.bans, .other, now)
        case .topic: return ask(.topic(room: room.text, text: nil), .topic, now)
        case .who: return ask(.who(room: room.text), .who, now)
        }
    }

    private mutating func ask(_ request: Request.Kind, _ line: String, _ now: Moment) -> [Act] {
        let room = rooms.current.text
        switch request {
        case .ban(let name, let milliseconds, let reason, _):
            let ban = ClientMessage.Ban(
                name: name.text,
                room: room,
                seconds: milliseconds.map { UInt64(max(0, $0) / 1_000) },
                reason: reason?.text
            )
            return ask(.ban(ban), .other, now)
        case .direct(to: let name, let line, ref: _): return say(line, to: .person(name.text), now)
        case .invite(let name, to: _): return ask(.invite(name: name.text, room: room), .other, now)
        case .join(let room): return join(room, now)
        case .kick(let name, let reason, from: _):
            return ask(.kick(name: name.text, room: room, reason: reason?.text), .other, now)
        case .makePrivate: return ask(.private(room: room), .other, now)
        case .mute(let name, let milliseconds, reason: _, _):
            let seconds = milliseconds.map { UInt64(max(0, $0) / 1_000) }
            return ask(.mute(name: name.text, room: room, seconds: seconds), .other, now)
        case .rename(let request):
            guard !request.given.isEmpty else {
                return tellUsage(Command.nick.usage, now)
            }
            return whilePresent(now) {
                .nick(name: request.given, ref: $0.questions.ask(.other, in: $0.rooms.current))
            }
        case .say(let speech, to: _, ref: _):
            return say(speech.line, to: .room(room), isAction: speech.isAction, now)
        case .topic(let text, of: _): return setTopic(text?.text ?? "", line, now)
        case .unban(let number, announcedIn: _): return ask(.unban(number: number), .other, now)
        case .end, .enter, .leave, .nodeEnded, .operators, .returned, .tick: return []
        }
    }

    private mutating func join(_ room: RoomName, _ now: Moment) -> [Act] {
        if rooms.index(of: room) != nil { return go(to: room, now).acts }
        return whilePresent(now) {
            $0.wanted = room
            return .join(room: room.text, ref: $0.questions.ask(.join(room), in: $0.rooms.current))
        }
    }

    private mutating func setTopic(_ topic: String, _ line: String, _ now: Moment) -> [Act] {
        let typed = line.trimmingSpace().drop { !$0.isWhitespace }
        // Nothing is cut behind anybody's back.
        guard ChatLine(String(typed))?.text == topic else {
            return tell(
                "a topic has at most \(ShortText.maximumCharacters) characters; it stays as it is",
                now
            )
        }
        return ask(.topic(room: rooms.current.text, text: topic), .other, now)
    }

    private mutating func say(
        _ line: ChatLine,
        to target: OwnLine.Target,
        isAction: Bool = false,
        _ now: Moment
    ) -> [Act] {
        guard !line.changes.contains(.shortened) else {
            let limits = "\(ChatLine.maximumCharacters) characters and \(ChatLine.maximumBytes) bytes"
            return tell("not said, since it is too long: a line has at most \(limits)", now)
        }
        let changes = line.changes.isEmpty ? [] : tell(Self.words(for: .lineChanged(line.changes)), now)
        return [.say(OwnLine(line.text, to: target, isAction: isAction))] + changes
    }

    // MARK: Asking

    private mutating func ask(
        _ kind: ClientMessage.Kind,
        _ subject: Questions.Subject,
        _ now: Moment
    ) -> [Act] {
        whilePresent(now) { .ask(ClientMessage(kind, ref: $0.questions.ask(subject, in: $0.rooms.current))) }
    }

    /// Lines wait for the next connection, questions do not.
    private mutating func whilePresent(_ now: Moment, _ act: (inout Conversation) -> Act) -> [Act] {
        guard isPresent else { return tell("not done: there is no connection at the moment", now) }
        return [act(&self)]
    }

    private mutating func tell(_ words: String, _ now: Moment) -> [Act] { show(.program(words), now).acts }

    private mutating func tellUsage(_ usage: String, _ now: Moment) -> [Act] {
        tell("usage: \(phrasing.usage(usage))", now)
    }
}

extension [Conversation.Effect] {
    /// Rows, as what a line asks for.
    fileprivate var acts: [Conversation.Act] {
        compactMap { effect in
            guard case .show(let text) = effect else { return nil }
            return .show(text)
        }
    }
}
