// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugRooms

/// What a server tells of rooms, each event once.
extension LevelOneState {
    mutating func follow(_ message: ServerMessage) -> [LevelOneNews] {
        switch message.kind {
        case .room(let state):
            // With a ref it is only the answer to a question.
            guard message.ref == nil, let index = placeIndex(of: state.room) ?? adopt(state.room) else {
                return [.message(message)]
            }
            places[index].name = state.room
            places[index].isPrivate = state.isPrivate
            if !places[index].isOpen { places[index].last = state.last }
            return [.message(message)]
        case .gap(let room, let after, let before):
            guard let index = placeIndex(of: room) else { return [.message(message)] }
            guard before > after, before - 1 > places[index].seen(in: epoch) else { return [] }
            note(before - 1, of: index)
            return [.message(message)]
        case .event(let event): return follow(event, message)
        case .history(let end):
            if let ref = message.ref { pages.remove(ref) }
            guard message.ref == nil, let index = placeIndex(of: end.room) else { return [.message(message)] }
            return [.message(message)] + open(index)
        case .direct: return confirm(message.ref) + [.message(message)]
        default: return [.message(message)]
        }
    }

    private mutating func follow(_ event: ServerMessage.Event, _ message: ServerMessage) -> [LevelOneNews] {
        let isOwnLine = unanswered.contains { $0.ref == message.ref }
        let confirmation = confirm(message.ref)
        guard let index = placeIndex(of: event.room) else { return confirmation + [.message(message)] }
        guard event.sequence > places[index].seen(in: epoch) else {
            // What is confirmed again was told before, and so was what is on a page: that was asked for.
            let isOnPage = event.isReplay && !pages.isEmpty && !isOwnLine
            return confirmation + (isOnPage ? [.recalled(message)] : [])
        }
        note(event.sequence, of: index)
        return confirmation + [.message(message)] + followOwn(event, at: index)
    }

    /// What happened to ourselves changes what we come back as, and where.
    private mutating func followOwn(_ event: ServerMessage.Event, at index: Int) -> [LevelOneNews] {
        switch event.kind {
        case .joined(let who) where who.id == id: places[index].joining = nil
        case .renamed(let who, _) where who.id == id: name = who.name
        case .left(let who, _) where who.id == id: return close(index)
        case .private: places[index].isPrivate = true
        default: break
        }
        return []
    }

    /// Takes a room that the server says one is in.
    private mutating func adopt(_ room: String) -> Int? {
        guard manner.followsRooms, places.count <= LevelOne.maximumRooms, let name = RoomName(room) else {
            return nil
        }
        places.append(Place(asked: name))
        return places.count - 1
    }

    /// Forgets a room that one is not in any more, but not the one that everybody is in.
    mutating func close(_ index: Int) -> [LevelOneNews] {
        guard index > 0 else { return [] }
        let place = places.remove(at: index)
        return withhold { Self.isMeant($0, for: place) }
    }

    private mutating func confirm(_ ref: String?) -> [LevelOneNews] {
        guard let ref, let index = unanswered.firstIndex(where: { $0.ref == ref }) else { return [] }
        unanswered.remove(at: index)
        return [.confirmed(ref: ref)]
    }

    /// Everything that was missed of a room is told: what has no answer now did not arrive.
    private mutating func open(_ index: Int) -> [LevelOneNews] {
        guard !places[index].isOpen else { return [] }
        places[index].isOpen = true
        if let last = places[index].last { note(last, of: index) }
        let place = places[index]
        // What was meant for a private room is not for this one, which has its name, if it is open to everybody.
        let withheld = place.isPrivate ? [] : withhold { $0.isPrivate && Self.isMeant($0, for: place) }
        sendUnanswered(to: place)
        return withheld + settle()
    }

    /// Gives up lines that nobody is to hear any more.
    private mutating func withhold(_ isMeant: (Line) -> Bool) -> [LevelOneNews] {
        let refs = unanswered.filter(isMeant).map(\.ref)
        unanswered.removeAll { refs.contains($0.ref) }
        return refs.map { .withheld(ref: $0) }
    }

    mutating func sendUnanswered(to place: Place) {
        for index in unanswered.indices
        where Self.isMeant(unanswered[index], for: place) && !unanswered[index].isUnderWay {
            unanswered[index].isPrivate = place.isPrivate
        }
        sendUnanswered { Self.isMeant($0, for: place) }
    }

    mutating func sendUnanswered(_ isMeant: (Line) -> Bool) {
        for index in unanswered.indices where isMeant(unanswered[index]) && !unanswered[index].isUnderWay {
            unanswered[index].isUnderWay = true
            unanswered[index].wasSent = true
            outgoing.append(.message(unanswered[index].message))
        }
    }

    private static func isMeant(_ line: Line, for place: Place) -> Bool {
        line.room.map { isRoom(place.asked.text, askedForAs: $0) } ?? false
    }

    mutating func note(_ sequence: UInt64, of index: Int) { places[index].note(sequence, in: epoch) }

    mutating func settle() -> [LevelOneNews] {
        guard !isSettled else { return [] }
        guard places.count(where: { !$0.isOpen }) + unfitRooms.count <= refusalCount else { return [] }
        isSettled = true
        // A room that could not be entered is not one to come back to.
        let shut = places.indices.dropFirst().filter { !places[$0].isOpen && places[$0].joining == nil }
            .reversed()
        let news = shut.flatMap { [.shut(room: places[$0].asked.text)] + close($0) }
        sendUnanswered { $0.room == nil }
        return news + [.settled]
    }

    func placeIndex(askedForAs room: String) -> Int? {
        places.firstIndex { Self.isRoom($0.asked.text, askedForAs: room) }
    }

    private func placeIndex(of room: String) -> Int? {
        places.firstIndex { $0.name == room } ?? placeIndex(askedForAs: room)
    }
}
