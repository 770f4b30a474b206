// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms

@testable internal import SnugProtocol

/// Requests in any order leave a chat in which every name is told apart, and of which each event tells the truth.
func fuzzChat(_ bytes: [UInt8]) {
    var input = FuzzInput(bytes)
    var play = ChatPlay(maximumSessions: input.number(below: 8) + 1)
    while !input.isAtEnd { play.step(&input) }
    play.empty()
}

/// A chat of text, and beside it what one who is told everything must believe.
private struct ChatPlay {
    private var chat: Chat
    private var sessions: [SessionID] = []
    private var present: [RoomID: [PersonID: MemberName]] = [:]
    private var hasNewNames = false
    private var lastSession: UInt64 = 0
    private var lastSequence: UInt64 = 0
    private var now = ChatTime(milliseconds: 1_000_000_000_000)

    init(maximumSessions: Int) {
        var limits = ChatLimits()
        limits.sessions = maximumSessions
        limits.rooms = 3
        limits.invitations = 2
        limits.sanctions = 3
        chat = Chat(limits: limits)
    }

    mutating func step(_ input: inout FuzzInput) {
        let action = input.number(below: 6)
        switch action {
        case 0:
            lastSession += 1
            let session = SessionID(rawValue: lastSession)
            var entry = Entry(NameRequest(input.text()), fallbackName: "anon-1")
            entry.address = AddressKey(addressBytes: [192, 0, 2, input.byte() & 3])
            entry.isOperator = input.byte() & 3 == 0
            if case .entered = apply(.enter(entry), by: session) { sessions.append(session) }
        case 1:
            let reasons = EndReason.allCases
            let reason = reasons[input.number(below: reasons.count)]
            if let session = someone(&input) { _ = apply(.end(reason), by: session) }
        case 2:
            now = now.adding(milliseconds: Int64(input.byte()) << 20)
            _ = apply(.tick, by: SessionID(rawValue: 0))
        default:
            guard let session = someone(&input) else { return }
            let word =
                action == 3
                ? "" : "/\(Command.allCases[input.number(below: Command.allCases.count)].rawValue) "
            type(word + input.text(), as: session)
        }
        if hasNewNames { checkNames() }
        hasNewNames = false
        promise(chat.nextDue.map { $0 > now } ?? true, "something is due and not done")
    }

    mutating func empty() {
        for session in sessions { _ = apply(.end(.goodbye), by: session) }
        promise(chat.peopleCount == 0 && present.values.allSatisfy(\.isEmpty), "an empty chat has people")
    }

    private mutating func type(_ text: String, as session: SessionID) {
        switch Input.parse(text) {
        case .request(let kind): _ = apply(kind, by: session)
        case .named(let command):
            let reading = command.reading { chat.isName($0) }
            guard case .request(let kind) = command.input(reading: reading) else { return }
            _ = apply(kind, by: session)
        case .nothing, .question, .quit, .refused, .reply: break
        }
    }

    private mutating func apply(_ kind: Request.Kind, by session: SessionID) -> Answer {
        let outcome = chat.apply(Request(kind, by: session), at: 1, time: now)
        for event in outcome.events { hear(event) }
        switch outcome.answer {
        case .entered(let entered):
            promise(chat.who(session) == entered.who, "a newcomer is told another name than the others")
            for notice in entered.notices { check(LevelZero.text(for: notice)) }
        case .noted(let notice): check(LevelZero.text(for: notice))
        case .refused(let refusal): check(LevelZero.text(for: refusal, at: now))
        case .done, .joined, .saidBefore: break
        }
        sessions.removeAll { chat.who($0) == nil }
        return outcome.answer
    }

    private func someone(_ input: inout FuzzInput) -> SessionID? {
        let index = Int(input.byte())
        return sessions.isEmpty ? nil : sessions[index % sessions.count]
    }

    private mutating func hear(_ event: ChatEvent) {
        promise(event.sequence > lastSequence, "an event is told twice")
        lastSequence = event.sequence
        let text = LevelZero.text(for: event)
        promise(text.isHarmless && text.utf8.count <= LevelZero.maximumTextBytes, "harmful: \(text.visible)")
        guard case .room(let room) = event.audience, let who = event.who else { return }
        var people = present[room] ?? [:]
        switch event.kind {
        case .joined:
            hasNewNames = true
            promise(people.updateValue(who.name, forKey: who.id) == nil, "joined twice")
        case .left: promise(people.removeValue(forKey: who.id) == who.name, "left as another")
        case .renamed(let old):
            hasNewNames = true
            promise(people.updateValue(who.name, forKey: who.id) == old, "renamed from a name it had not")
        case .said, .topic, .madePrivate, .invited:
            promise(people[who.id] == who.name, "said under another name, or from outside")
        default: break
        }
        present[room] = people
    }

    private func check(_ text: String) {
        promise(text.isHarmless && text.utf8.count <= LevelZero.maximumTextBytes, "harmful: \(text.visible)")
        promise(text.hasPrefix("* ") && text.hasSuffix(" *"), "a notice looks like a line: \(text.visible)")
    }

    private func checkNames() {
        var names: [PersonID: MemberName] = [:]
        for people in present.values { names.merge(people) { left, _ in left } }
        let all = names.sorted { $0.key < $1.key }.map(\.value)
        for (index, name) in all.enumerated() {
            checkName(name)
            promise(!all[..<index].contains { $0.looksLike(name) }, "two look alike: \(name.text.visible)")
        }
    }
}

let chatSeeds: [[UInt8]] = {
    func text(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + Array(text.utf8) }
    func enter(_ name: String, _ address: UInt8 = 1, isOperator: Bool = false) -> [UInt8] {
        [0] + text(name) + [address, isOperator ? 0 : 1]
    }
    func command(_ name: Command, _ arguments: String, by index: UInt8) -> [UInt8] {
        [4, index, UInt8(Command.allCases.firstIndex(of: name) ?? 0)] + text(arguments)
    }
    let joins = enter("bob", isOperator: true) + enter("ВОВ", 2) + enter("bob")
    return [
        [6] + joins + [3, 0] + text("hello") + command(.who, "", by: 1) + [1, 0],
        [7] + joins + command(.nick, "ann", by: 0) + command(.nick, "ANN", by: 1) + [1, 0, 1, 1, 0, 1],
        [7] + joins + command(.join, "den", by: 1) + command(.private, "", by: 1)
            + command(.invite, "bob", by: 1) + command(.join, "den", by: 2) + command(.topic, "x", by: 2),
        [7] + joins + command(.ban, "bob-2 1h x", by: 0) + enter("x", 1) + [2, 9]
            + command(.unban, "1", by: 0)
            + command(.kick, "ВОВ", by: 0) + command(.mute, "bob forever", by: 0),
        [4] + enter("") + enter("*") + enter("x is now y") + command(.me, "left", by: 0)
            + command(.msg, "x hello", by: 1),
    ]
}()
