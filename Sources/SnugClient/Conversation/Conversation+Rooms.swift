// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugRooms
internal import SnugSystem
internal import SnugTerminal

/// Rooms that are told, and answers to what was asked about them.
extension Conversation {
    mutating func take(_ state: ServerMessage.RoomState, _ ref: String?, _ now: Moment) -> [Effect] {
        var arriving = arriving ?? Arriving(room: state.room, ref: ref)
        if arriving.room != state.room || arriving.ref != ref {
            arriving = Arriving(room: state.room, ref: ref)
        }
        arriving.people += state.people.prefix(KnownRoom.maximumPeople - arriving.people.count)
        self.arriving = state.hasMore ? arriving : nil
        guard !state.hasMore else { return [] }
        switch questions[ref]?.subject {
        case .topic, .who: return answer(state, arriving.people, ref, now)
        default: return enter(state, arriving.people, now)
        }
    }

    private mutating func answer(
        _ state: ServerMessage.RoomState,
        _ people: [ServerMessage.Person],
        _ ref: String?,
        _ now: Moment
    ) -> [Effect] {
        guard let question = questions.answer(ref) else { return [] }
        let room = names.room(state.room)
        let topic = Self.clean(state.topic ?? "")
        let telling: Telling
        if question.subject == .who {
            let others = people.count < KnownRoom.peopleTold ? "" : ", and perhaps more"
            let list = Telling.parts(.online, [.names(people.map { names.name($0) })])
            telling = .notice(list + [.init(others, .notice)])
        } else if topic.isEmpty {
            telling = .notice(.topicMissing, .room(room))
        } else {
            telling = .notice(.topicShown, .room(room), .text(topic))
        }
        return show(telling, in: question.room, now)
    }

    private mutating func enter(
        _ state: ServerMessage.RoomState,
        _ people: [ServerMessage.Person],
        _ now: Moment
    ) -> [Effect] {
        let room = names.room(state.room)
        guard rooms.add(room), let index = rooms.index(of: room) else { return [] }
        let before = rooms.all[index]
        let topic = Self.clean(state.topic ?? "")
        let spoken = Dictionary(before.people.map { ($0.id, $0.lastSpoke) }, uniquingKeysWith: max)
        let present = people.map { person in
            KnownRoom.Person(
                id: person.id,
                name: names.name(person),
                key: person.key,
                lastSpoke: spoken[person.id] ?? 0
            )
        }
        rooms.change(room) { known in
            known.topic = topic
            known.isPrivate = state.isPrivate
            known.replacePeople(by: present)
            known.isTold = true
            known.wasEverTold = true
            known.note(state.last)
            // What was said before one came for the first time was not missed.
            if !before.wasEverTold { known.noteLoss() }
        }
        guard before.wasEverTold else { return welcome(to: room, topic, people.count, now) }
        guard !before.isTold else { return [] }
        let warning =
            before.isPrivate && !state.isPrivate
            ? show(.program("\(room) is open to everybody now: it is another room than before"), now) : []
        return warning + tellChanges(from: before, to: people, in: room, now)
    }

    private mutating func welcome(
        to room: RoomName,
        _ topic: String,
        _ count: Int,
        _ now: Moment
    ) -> [Effect] {
        if let wanted, wanted.looksLike(room) {
            rooms.enter(room)
            self.wanted = nil
        }
        // Of more people the server tells no more.
        let people = Telling.Value.text(count < KnownRoom.peopleTold ? "\(count)" : "\(count) or more")
        let telling: Telling =
            topic.isEmpty
            ? .notice(.roomEntered, .room(room), people)
            : .notice(.roomEnteredWithTopic, .room(room), people, .text(topic))
        return show(telling, now) + tellPolicy(now)
    }

    /// What the server keeps, once for as long as it stays so.
    private mutating func tellPolicy(_ now: Moment) -> [Effect] {
        guard let policy, policy != toldPolicy else { return [] }
        toldPolicy = policy
        let kept = KeptHistory(
            lines: Int(clamping: policy.lines),
            hours: Int(clamping: policy.hours),
            isOnDisk: policy.isOnDisk
        )
        return show(.notice([.init(Self.words(for: .historyKept(kept)), .notice)]), now)
    }

    /// Who has come, gone, or taken another name while oneself was away.
    ///
    /// Nothing is said of who a list does not name that is not whole: whoever is new was perhaps there before, and whoever
    /// is missing perhaps still is.
    private mutating func tellChanges(
        from before: KnownRoom,
        to people: [ServerMessage.Person],
        in room: RoomName,
        _ now: Moment
    ) -> [Effect] {
        var unmatched = Dictionary(before.people.map { ($0.id, $0) }) { first, _ in first }
        var byLooks = Dictionary(before.people.map { (Looks($0.name, $0.key), $0.id) }) { first, _ in first }
        var effects: [Effect] = []
        var newcomers: [ServerMessage.Person] = []
        for person in people {
            let looks = Looks(names.name(person), person.key)
            if isSameEpoch, let former = unmatched.removeValue(forKey: person.id) {
                effects += tellRename(of: former, to: person, in: room, now)
            } else if let id = byLooks.removeValue(forKey: looks), unmatched.removeValue(forKey: id) != nil {
                continue
            } else {
                newcomers.append(person)
            }
        }
        for person in newcomers where person.id != you?.id {
            let visitor = ComingsAndGoings.Visitor(name: names.name(person), key: person.key)
            guard !absentees.isBack(visitor, room), before.isWhole else { continue }
            effects += tell(visitor, isThere: true, in: room, at: now.calendar, now)
        }
        guard people.count < KnownRoom.peopleTold else {
            absentees.forget(room)
            return effects
        }
        for person in before.people where unmatched[person.id] != nil {
            let visitor = ComingsAndGoings.Visitor(name: person.name, key: person.key)
            guard !absentees.add(visitor, room, at: now.clock) else { continue }
            effects += tell(visitor, isThere: false, in: room, at: now.calendar, now)
        }
        return effects
    }

    /// By which somebody is known again whose id is another one.
    private struct Looks: Hashable {
        let name: ShownName
        let key: String?

        init(_ name: ShownName, _ key: String?) {
            self.name = name
            self.key = key
        }
    }

    private mutating func tellRename(
        of former: KnownRoom.Person,
        to person: ServerMessage.Person,
        in room: RoomName,
        _ now: Moment
    ) -> [Effect] {
        let name = names.name(person)
        guard former.name != name else { return [] }
        let isTold = rooms.all.contains { other in
            other.name != room && other.isTold && other.people.contains { $0.id == person.id }
        }
        guard !isTold else { return [] }
        return show(.notice(.renamed, .name(former.name), .name(name)), in: room, now)
    }

    // MARK: Answers

    mutating func take(_ end: ServerMessage.HistoryEnd, _ ref: String?, _ now: Moment) -> [Effect] {
        let question = questions.answer(ref)
        page = nil
        switch question?.subject {
        case .history(let room): return endPage(of: room, end, typedIn: question?.room, now)
        case .recent(let room): note(end.first, of: room)
        default: break
        }
        return []
    }

    private mutating func note(_ first: UInt64?, of room: RoomName) {
        guard let first else { return }
        rooms.change(room) { $0.first = min($0.first ?? .max, first) }
    }

    private mutating func endPage(
        of room: RoomName,
        _ end: ServerMessage.HistoryEnd,
        typedIn place: RoomName?,
        _ now: Moment
    ) -> [Effect] {
        let hadLines = rooms.index(of: room).map { rooms.all[$0].first != nil } ?? false
        note(end.first, of: room)
        guard end.count > 0 else {
            return hadLines
                ? show(.program("nothing earlier of \(room) is kept"), in: place, now)
                : show(.notice(.historyIsEmpty, .room(room)), in: place, now)
        }
        let more = end.hasMore ? "; /history shows more" : ""
        return show(.program("end of the earlier lines of \(room)\(more)"), in: place, now)
    }

    mutating func show(_ list: ServerMessage.Rooms, _ now: Moment) -> [Effect] {
        let items = list.rooms.map { room in
            let topic = Self.clean(room.topic ?? "")
            return "\(names.room(room.room)) (\(room.people) here\(room.isPrivate ? ", private" : ""))"
                + (topic.isEmpty ? "" : " \(topic)")
        }
        return show(.notice(.rooms, .text(items.joined(separator: ", "))), now)
    }

    mutating func show(_ list: ServerMessage.Bans, _ now: Moment) -> [Effect] {
        guard !list.bans.isEmpty else { return show(.notice(.noBans), now) }
        return list.bans.flatMap { ban in
            let kind = ban.isMute ? "muted " : ""
            let terms = Self.terms(until: ban.until, ban.reason, now)
            let words =
                "\(ban.number) \(kind)\(names.name(ban.name).text) by \(operatorName(ban.by)) (\(terms))"
            return show(.notice(.bans, .text(words)), now)
        }
    }

    /// A list has names without ids.
    private mutating func operatorName(_ raw: String) -> String {
        raw == ShownName.anOperator.text ? raw : names.name(raw).text
    }

    /// What level 0 says, without its stars.
    static func words(for notice: Notice) -> String {
        String(LevelZero.text(for: notice).dropFirst(2).dropLast(2))
    }
}
