// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugRooms

/// Knows a chat only from its outcomes, and says what is wrong with them and with the state behind them.
struct ChatWitness {
    private var lastSequence: UInt64
    private var inRoom: [RoomID: Set<PersonID>] = [:]
    private var said: [TokenDigest: [Ref: Line]] = [:]
    private var stored = DurableModel()
    private var now = ChatTime(milliseconds: .min)
    /// Servers that were not heard of: they may come back with everybody.
    private var silentNodes: Set<NodeNumber> = []
    /// What was wrong.
    private(set) var faults: [String] = []

    private struct Line: Equatable {
        let fingerprint: String
        let sequence: UInt64
    }

    init(_ chat: Chat) {
        lastSequence = chat.lastSequence
        for person in chat.people.values {
            for membership in person.memberships { inRoom[membership.room, default: []].insert(person.id) }
        }
    }

    mutating func sees(_ outcome: Outcome, to request: Request, at time: ChatTime, before: Chat, after: Chat)
    {
        now = max(now, time)
        if case .nodeEnded(let node, let reason) = request.kind {
            if reason == .cut { silentNodes.insert(node) } else { silentNodes.remove(node) }
        }
        for event in outcome.events { hears(event) }
        stored.apply(outcome)
        judgeAnswer(outcome, to: request, before: before, after: after)
        if case .end(let reason) = request.kind, let session = after.sessions[request.session] {
            let isHeld = session.isCut && reason.keepsTheStay && canComeBack(session, after)
            expect(isHeld, "it has ended, and is there")
        }
        judgeState(after)
        if let fault = stored.difference(from: after) { expect(false, fault) }
    }

    private mutating func expect(_ isRight: Bool, _ fault: @autoclosure () -> String) {
        if !isRight { faults.append(fault()) }
    }

    // MARK: Events

    private mutating func hears(_ event: ChatEvent) {
        let last = lastSequence
        expect(event.sequence > last, "\(event.sequence) after \(last)")
        expect(event.sequence < Chat.sequenceBound, "\(event.sequence) is too large")
        expect(event.time == now, "told at another time")
        lastSequence = max(lastSequence, event.sequence)
        switch event.audience {
        case .room(let room): hears(event, in: room)
        case .person(let person): hears(event, alone: person)
        case .session:
            if case .ended = event.kind { break }
            expect(false, "told to a session: \(event)")
        }
    }

    private mutating func hears(_ event: ChatEvent, in room: RoomID) {
        expect(event.room != nil, "a room without a name")
        switch event.kind {
        case .joined:
            let isNew = event.who.map { inRoom[room, default: []].insert($0.id).inserted } ?? false
            expect(isNew, "joined twice: \(event)")
        case .left:
            let wasIn = event.who.map { inRoom[room, default: []].remove($0.id) != nil } ?? false
            expect(wasIn, "left without having joined: \(event)")
        case .direct, .ended: expect(false, "not for a room: \(event)")
        case .kicked(let who, _):
            expect(inRoom[room]?.contains(who.id) == true, "kicked from outside: \(event)")
        default: break
        }
        if case .left = event.kind { return }
        if let who = event.who { expect(inRoom[room]?.contains(who.id) == true, "from outside: \(event)") }
    }

    private mutating func hears(_ event: ChatEvent, alone person: PersonID) {
        switch event.kind {
        case .left, .renamed: expect(event.who?.id == person, "of somebody else: \(event)")
        case .invited(let guest): expect(guest.id == person, "of somebody else: \(event)")
        case .direct(let recipient, _, _):
            expect(recipient.id == person || event.who?.id == person, "of others: \(event)")
            expect(recipient.id != event.who?.id, "to oneself: \(event)")
        default: expect(false, "told to a person: \(event)")
        }
    }

    // MARK: Answers

    private mutating func judgeAnswer(_ outcome: Outcome, to request: Request, before: Chat, after: Chat) {
        switch (request.kind, outcome.answer) {
        case (.enter(let entry), .entered(let entered)):
            let isOperator = after.isOperator(request.session)
            let ban = after.sanctions.inForce(.ban, key: entry.key, address: entry.address)
            var isExempt = false
            if case .address = ban?.target { isExempt = isOperator }
            expect(ban == nil || isExempt, "a banned one enters")
            expect(after.who(request.session) == entered.who, "entered as another one")
            expect(entered.who.key == entry.key, "resumed by another key")
            if entered.token == entry.resume, let token = entry.resume, before.stays[token] == nil {
                expect(entered.token == entry.newToken, "resumed with a token that nobody knows")
            }
        case (.say(let speech, _, let ref?), _):
            judgeRef(ref, "\(speech)", request.session, outcome, before)
        case (.direct(let to, let line, let ref?), _):
            judgeRef(ref, "\(to): \(line)", request.session, outcome, before)
        case (_, .refused) where before.nextDue.map { $0 > now } ?? true:
            expect(outcome.events.isEmpty && outcome.changes.isEmpty, "refused and done: \(outcome)")
        default: break
        }
        // What no stay remembers any more may be said again.
        said = said.filter { after.stays[$0.key] != nil }
    }

    private mutating func judgeRef(
        _ ref: Ref,
        _ fingerprint: String,
        _ session: SessionID,
        _ outcome: Outcome,
        _ before: Chat
    ) {
        guard let token = before.sessions[session]?.token else { return }
        let known = said[token]?[ref]
        let events = outcome.events.filter { event in
            switch event.kind {
            case .said(_, ref), .direct(_, _, ref): true
            default: false
            }
        }
        if let last = events.last {
            expect(known == nil, "said twice: \(ref.text)")
            said[token, default: [:]][ref] = Line(fingerprint: fingerprint, sequence: last.sequence)
        } else if case .saidBefore(let sequence, _) = outcome.answer {
            expect(known?.sequence == sequence, "confirmed what was not said: \(ref.text)")
        }
    }

    // MARK: State

    private mutating func judgeState(_ chat: Chat) {
        judgePeople(chat)
        judgeRooms(chat)
        judgeNames(chat)
        judgeSizes(chat)
        expect(chat.nextDue.map { $0 > now } ?? true, "what is due is not done")
        expect(chat.nextDue == chat.reckonedNextDue(), "what comes due next is not what was reckoned")
        expect(chat.lastSequence >= lastSequence, "the numbers go back")
    }

    private mutating func judgePeople(_ chat: Chat) {
        for person in chat.people.values {
            expect(!person.sessions.isEmpty, "a person without sessions")
            expect(
                person.key == nil || person.key.flatMap { chat.peopleByKey[$0] } == person.id,
                "a key of two"
            )
            for session in person.sessions {
                expect(chat.sessions[session]?.person == person.id, "somebody else's session")
            }
            for membership in person.memberships {
                expect(
                    inRoom[membership.room]?.contains(person.id) == true,
                    "in a room without having joined"
                )
            }
        }
        for (id, session) in chat.sessions {
            guard let person = chat.people[session.person] else {
                expect(false, "a session without a person")
                continue
            }
            if session.level == .text {
                expect(person.ticket(in: session.room) != nil, "text that is in no room")
            }
            if session.isCut {
                expect(canComeBack(session, chat) || silentNodes.contains(id.node), "kept for nobody")
            } else {
                expect(!chat.cutSessions.all.contains { $0.key == id }, "due without being cut")
            }
            if let token = session.token { expect(chat.stays[token]?.session == id, "a token of two") }
        }
    }

    private func canComeBack(_ session: Session, _ chat: Chat) -> Bool {
        session.token != nil || chat.people[session.person]?.key != nil
    }

    private mutating func judgeRooms(_ chat: Chat) {
        expect(chat.rooms[.main] != nil, "main is gone")
        for room in chat.rooms.all {
            let members = room.members.map(\.person)
            expect(Set(members) == inRoom[room.id] ?? [], "others are in \(room.name) than were told")
            expect(Set(members).count == members.count, "twice in a room")
            expect(
                zip(room.members, room.members.dropFirst()).allSatisfy { $0.ticket < $1.ticket },
                "out of order"
            )
            for person in members { expect(chat.people[person]?.ticket(in: room.id) != nil, "a ghost") }
            let isKept = !room.isAbandoned || chat.restoredRooms.all.contains { $0.key == room.id }
            expect(isKept, "\(room.name) is kept for nobody")
            for id in room.invitedPeople { expect(chat.people[id] != nil, "an invitation for nobody") }
        }
        let spoken = chat.rooms.all.filter { $0.lastLine != nil }.map(\.id)
        let expiring = chat.roomsByLastLine.all.map(\.key).sorted()
        expect(expiring == spoken, "a line is kept for ever, or of no room")
        let open = chat.rooms.all.filter { !$0.isPrivate }.map(\.name)
        for (index, name) in open.enumerated() {
            expect(!open[..<index].contains { $0.looksLike(name) }, "two rooms look alike")
        }
    }

    private mutating func judgeNames(_ chat: Chat) {
        let present = chat.people.values.map { (holder: $0.holder, name: $0.name) }
        let owned = chat.names.snapshot.names.map { (holder: NameRegistry.Holder.key($0.key), name: $0.name) }
        let all = present + owned
        for (index, one) in all.enumerated() {
            let isTaken = all[..<index].contains { $0.name.looksLike(one.name) && $0.holder != one.holder }
            expect(!isTaken, "two names look alike: \(one.name)")
            expect(!chat.names.isFree(one.name, for: .person(PersonID(rawValue: 0))), "free although taken")
        }
        for person in chat.people.values where person.key != nil {
            expect(owned.contains { $0.name == person.name }, "a name in use that its key does not own")
        }
    }

    private mutating func judgeSizes(_ chat: Chat) {
        let limits = chat.limits
        expect(chat.sessions.count <= limits.sessions, "too many sessions")
        expect(
            chat.rooms.openCount <= limits.rooms && chat.rooms.privateCount <= limits.privateRooms,
            "too many rooms"
        )
        for person in chat.people.values {
            expect(person.sessions.count <= limits.sessionsOfAPerson, "too many sessions of a person")
            let most = max(limits.roomsOfAPerson, limits.sessionsOfAPerson)
            // Whoever reads text is somewhere, and always may be in `main`.
            let isTextInMain = person.sessions.contains {
                chat.sessions[$0]?.level == .text && chat.sessions[$0]?.room == .main
            }
            expect(person.memberships.count <= most + (isTextInMain ? 1 : 0), "too many rooms of a person")
            expect(person.ties.allSatisfy { chat.rooms[$0] != nil }, "ties to rooms that are gone")
        }
        for room in chat.rooms.all {
            expect(room.invitationCount <= limits.invitations, "too many invitations")
        }
        expect(chat.sanctions.all.count <= limits.sanctions, "too many sanctions")
        expect(chat.names.snapshot.unused.count <= limits.keyNames, "too many names")
        let refs = chat.pastStays.all.map { chat.stays[$0.key]?.refs.count ?? 0 }.reduce(0, +)
        expect(refs == chat.pastRefs && refs <= limits.keptRefs, "too many refs")
        let living = chat.stays.values.filter { $0.session != nil }.count
        expect(chat.stays.count == living + chat.pastStays.count, "stays that never end")
    }
}
