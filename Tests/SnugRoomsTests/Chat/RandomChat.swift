// SPDX-License-Identifier: Apache-2.0

import TestSupport

@testable import SnugRooms

/// Asks a chat for anything, at any time, by anybody: mostly what makes sense, because only that leads anywhere.
struct RandomChat {
    var random: SeededGenerator
    private(set) var milliseconds: Int64 = 1_764_000_000_000
    private(set) var sequence: UInt64 = 1
    private var lastSession: UInt64 = 0
    private var sessions: [SessionID] = []

    private static let names = [
        "bob", "BOB", "ВОВ", "bob-2", "aisha", "AISHA", "alsha", "zoe", "", "*", "x is",
    ]
    private static let rooms = ["main", "dev", "DEV", "#dev", "ops", "secret", "x", "y", "z"]
    private static let texts = ["hello", "hello", "bye", "now bob", "left", "waves"]

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    /// Small bounds, so that all are reached.
    mutating func limits() -> ChatLimits {
        var limits = ChatLimits()
        limits.sessions = number(4...14)
        limits.rooms = number(1...4)
        limits.privateRooms = number(1...4)
        limits.roomsOfAPerson = number(2...4)
        limits.sessionsOfAPerson = number(1...4)
        limits.invitations = number(1...3)
        limits.sanctions = number(1...4)
        limits.keyNames = number(1...4)
        limits.namesOfAKey = number(1...3)
        limits.keptRefs = chance(1, of: 2) ? 10_000 : number(1...6)
        limits.historyMilliseconds = chance(3, of: 4) ? 86_400_000 * Int64(number(1...2_000)) : 0
        return limits
    }

    /// A request with its number and time.
    mutating func next() -> (request: Request, sequence: UInt64, time: ChatTime) {
        passTime()
        sequence += UInt64(number(0...3))
        let kind = nextKind()
        var session = anySession()
        if case .enter = kind {
            lastSession += 1
            if !chance(1, of: 20) { session = SessionID(node(), counter: lastSession) ?? .nobody }
            sessions.append(session)
            if sessions.count > 24 { sessions.removeFirst(8) }
        }
        let request = Request(kind, by: session, isControl: chance(1, of: 10))
        return (request, sequence, ChatTime(milliseconds: milliseconds))
    }

    private mutating func passTime() {
        switch number(0...99) {
        case 0: milliseconds += 86_400_000 * Int64(number(1...100))
        case 1...2: milliseconds += 3_600_000 * Int64(number(1...30))
        case 3...8: milliseconds += 1000 * Int64(number(1...90))
        case 9: milliseconds -= 1000 * Int64(number(1...10_000))
        default: milliseconds += Int64(number(0...500))
        }
    }

    private mutating func nextKind() -> Request.Kind {
        switch number(0...42) {
        case 0...8: .enter(entry())
        case 9...12: .end(pick(EndReason.allCases, or: .cut))
        case 13...19: .say(speech(), to: room(), ref: ref())
        case 20...21: .direct(to: memberName(), line(), ref: ref())
        case 22...23: .rename(NameRequest(name()))
        case 24...27: .join(room() ?? .main)
        case 28: .leave(room())
        case 29: .topic(ShortText(pick(Self.texts, or: "")), of: room())
        case 30...31: .makePrivate(room())
        case 32...33, 40...41: .invite(memberName(), to: room())
        case 34: .kick(memberName(), reason: nil, from: room())
        case 35: .mute(memberName(), milliseconds: duration(), reason: ShortText("loud"), announcedIn: room())
        case 36: .ban(memberName(), milliseconds: duration(), reason: nil, announcedIn: room())
        case 37: .unban(number: UInt64(number(1...6)), announcedIn: room())
        case 38: .operators((0...number(0...1)).map { PersonKey(testing: UInt8($0)) })
        case 39: chance(1, of: 3) ? .nodeEnded(node(), pick([.cut, .goodbye], or: .cut)) : .returned
        default: .tick
        }
    }

    private mutating func entry() -> Entry {
        let level: Entry.Level = chance(1, of: 3) ? .text : .typed
        var entry = Entry(NameRequest(name()), fallbackName: "anon-1", level: level)
        if chance(1, of: 2) { entry.key = PersonKey(testing: UInt8(number(0...4))) }
        if chance(3, of: 4) { entry.address = .of(10, 0, 0, UInt8(number(0...3))) }
        if level == .typed, !chance(1, of: 10) {
            entry.newToken = TokenDigest(testing: UInt8(number(0...200)))
            if chance(1, of: 2) { entry.resume = TokenDigest(testing: UInt8(number(0...200))) }
            for _ in 0..<number(0...2) { entry.rooms.append(room() ?? .main) }
        }
        if chance(1, of: 2) { entry.resume = entry.newToken ?? entry.resume }
        entry.isOperator = chance(1, of: 8)
        return entry
    }

    private mutating func speech() -> Speech {
        let line = line()
        return chance(1, of: 3) ? Speech(action: line) ?? Speech(line) : Speech(line)
    }

    private mutating func line() -> ChatLine { ChatLine(pick(Self.texts, or: "")) ?? ChatLine.hello }
    private mutating func name() -> String { pick(Self.names, or: "") }
    private mutating func memberName() -> MemberName { NameRequest(name()).name ?? .anonymous }
    private mutating func ref() -> Ref? { chance(1, of: 2) ? Ref("\(number(1...9))") : nil }

    private mutating func room() -> RoomName? {
        chance(1, of: 4) ? nil : RoomName(pick(Self.rooms, or: "main"))
    }

    private mutating func duration() -> Int64? {
        pick([nil, -5, 0, 1000, 60_000, 7 * 86_400_000, .max], or: nil)
    }

    private mutating func node() -> NodeNumber { NodeNumber(UInt64(number(0...2))) ?? .alone }

    private mutating func anySession() -> SessionID { pick(sessions, or: .nobody) }

    private mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    private mutating func chance(_ part: Int, of whole: Int) -> Bool { number(1...whole) <= part }
    private mutating func pick<Element>(_ list: [Element], or other: Element) -> Element {
        list.randomElement(using: &random) ?? other
    }
}

extension ChatLine {
    fileprivate static let hello = {
        guard let line = ChatLine("hello") else { fatalError("a line") }
        return line
    }()
}
