// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugRooms
internal import SnugSystem
internal import SnugTerminal

/// What happens in rooms.
extension Conversation {
    mutating func take(_ event: ServerMessage.Event, _ ref: String?, _ now: Moment) -> [Effect] {
        let room = names.room(event.room)
        let time = Self.time(event.time)
        switch event.kind {
        case .said(let person, let text, let isAction):
            let line = Line(
                event: event,
                room: room,
                person: person,
                text: Self.clean(text),
                isAction: isAction
            )
            return take(line, ref, now)
        case .joined(let person), .left(let person, _):
            // Who is there was told before, by `room`.
            guard !event.isReplay else { return [] }
            return move(person, event.kind, room, ref, time, now)
        case .renamed(let person, let former):
            return event.isReplay ? [] : rename(person, former, room, time, now)
        default:
            note(event.kind, room)
            let row = show(telling(event.kind, room, now), in: room, at: time, now)
            guard case .invited(let guest, by: _) = event.kind, guest.id == you?.id, !event.isReplay else {
                return row
            }
            return row + alert(row, isForMe: true, now)
        }
    }

    private mutating func note(_ kind: ServerMessage.EventKind, _ room: RoomName) {
        switch kind {
        case .topic(by: _, let text): rooms.change(room) { $0.topic = Self.clean(text) }
        case .private: rooms.change(room) { $0.isPrivate = true }
        default: break
        }
    }

    // MARK: Coming, going, names

    private mutating func move(
        _ person: ServerMessage.Person,
        _ kind: ServerMessage.EventKind,
        _ room: RoomName,
        _ ref: String?,
        _ time: UnixTime,
        _ now: Moment
    ) -> [Effect] {
        let isOwn = person.id == you?.id
        guard case .left(_, let reason) = kind else {
            let someone = KnownRoom.Person(id: person.id, name: names.name(person), key: person.key)
            rooms.change(room) { $0.add(someone) }
            // That oneself is there was told with the room.
            guard isOwn else { return tell(person, isThere: true, in: room, at: time, now) }
            _ = questions.answer(ref)
            return []
        }
        rooms.change(room) { $0.remove(person.id) }
        guard isOwn else { return tell(person, isThere: false, in: room, at: time, now) }
        _ = questions.answer(ref)
        return leave(room, reason.known == .left ? "you left \(room)" : "you are out of \(room)", now)
    }

    private mutating func rename(
        _ person: ServerMessage.Person,
        _ former: String,
        _ room: RoomName,
        _ time: UnixTime,
        _ now: Moment
    ) -> [Effect] {
        let name = names.name(person)
        // It is told in every room that both are in.
        let isTold = rooms.know(person.id, as: name)
        rooms.change(room) { $0.rename(person.id, to: name) }
        if partner?.id == person.id { partner = person }
        if you?.id == person.id {
            you = person
            call(person.name)
        }
        guard !isTold else { return [] }
        let isHere = rooms.currentRoom?.index(of: person.id) != nil
        let words = Telling.notice(.renamed, .name(names.name(former)), .name(name))
        return show(words, in: isHere ? nil : room, at: time, now)
    }

    // MARK: Lines

    private struct Line {
        let event: ServerMessage.Event
        let room: RoomName
        let person: ServerMessage.Person
        let text: String
        let isAction: Bool
    }

    private mutating func take(_ line: Line, _ ref: String?, _ now: Moment) -> [Effect] {
        let time = Self.time(line.event.time)
        let isEarlier = line.event.isReplay && questions.isWaitingForHistory(of: line.room)
        let heading = isEarlier ? beginPage(of: line.room, now) : []
        rooms.change(line.room) { $0.first = min($0.first ?? .max, line.event.sequence) }
        _ = own.remove(ref)
        let speaker = names.name(line.person)
        // Only who has said it gets the ref.
        if line.person.id == you?.id || ref != nil {
            let telling = line.isAction ? Telling.ownAction(speaker, line.text) : .own(line.text)
            return heading + show(telling, in: line.room, at: time, now)
        }
        let (parts, isMention) = mentions.parts(of: line.text)
        let telling = line.isAction ? Telling.did(speaker, parts) : .said(speaker, parts)
        guard !isEarlier else { return heading + show(telling, in: line.room, at: time, now) }
        let isMissed = isMissed(line)
        let isNews = !line.event.isReplay || isMissed
        rooms.note(lineBy: line.person.id, in: line.room, isMention: isMention, isNews: isNews)
        if isMissed { absence.noteMissedLine() }
        let mark = markUnseen(now)
        let row = show(telling, in: line.room, at: time, now)
        return mark + row + (line.event.isReplay ? [] : alert(row, isForMe: isMention, now))
    }

    /// Whether it was said while there was no connection, and not before that or before one came.
    private func isMissed(_ line: Line) -> Bool {
        guard line.event.isReplay, absence.isCatchingUp, let index = rooms.index(of: line.room) else {
            return false
        }
        return line.event.sequence > rooms.all[index].latestBeforeLoss
    }

    private mutating func beginPage(of room: RoomName, _ now: Moment) -> [Effect] {
        guard page != room, questions.wantsPage(of: room) else { return [] }
        page = room
        return show(.program("earlier lines of \(room):"), now)
    }

    // MARK: Everything else

    private mutating func telling(
        _ kind: ServerMessage.EventKind,
        _ room: RoomName,
        _ now: Moment
    ) -> Telling {
        switch kind {
        case .banned(let terms): sanction(.banned, terms, now)
        case .invited(let guest, by: let host) where guest.id == you?.id:
            .notice(.invitedYou, .name(names.name(host)), .room(room))
        case .invited(let guest, by: let host):
            .notice(.invited, .name(names.name(host)), .name(names.name(guest)))
        case .kicked(let person, by: let actor, let reason):
            .notice(
                .kicked,
                .name(names.name(person)),
                .name(names.name(actor)),
                .text(reason.map { ": \(Self.clean($0))" } ?? "")
            )
        case .muted(let terms): sanction(.muted, terms, now)
        case .private(by: let owner): .notice(.madePrivate, .name(names.name(owner)))
        case .topic(by: let author, let text) where Self.clean(text).isEmpty:
            .notice(.topicCleared, .name(names.name(author)))
        case .topic(by: let author, let text):
            .notice(.topicSet, .name(names.name(author)), .text(Self.clean(text)))
        case .unbanned(let number, let name, by: let actor):
            .notice(
                .lifted,
                .name(names.name(actor)),
                .text("ban or mute"),
                .number(number),
                .name(names.name(name))
            )
        case .joined, .left, .renamed, .said: .notice([])
        }
    }

    private mutating func sanction(_ wording: Wording, _ terms: ServerMessage.Terms, _ now: Moment) -> Telling
    {
        .notice(
            wording,
            .name(names.name(terms.name)),
            .name(names.name(terms.by)),
            .text(Self.terms(until: terms.until, terms.reason, now))
        )
    }

    /// How long something lasts and why, such as `10 minutes: spam`.
    static func terms(until end: UInt64?, _ reason: String?, _ now: Moment) -> String {
        let duration = end.map { end in
            LevelZero.duration(seconds: max(0, Int64(clamping: end / 1_000) - Int64(now.calendar.seconds)))
        }
        return (duration ?? "forever") + (reason.map { ": \(clean($0))" } ?? "")
    }
}
