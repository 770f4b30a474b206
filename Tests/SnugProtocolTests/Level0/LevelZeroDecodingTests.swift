// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugProtocol
@testable import SnugRooms

/// What is written is read again, and nothing is read for what it is not.
@Suite struct LevelZeroDecodingTests {
    @Test func noticesAreToldFromWhatPeopleSayAndDo() {
        for text in ["* the room is full *", "* you are muted *"] { #expect(LevelZero.isNotice(text)) }
        for text in [
            "aisha: hello", "* aisha joined the chat *", "* aisha left *", "* aisha is now ben *", "",
        ] {
            #expect(!LevelZero.isNotice(text), "\(text)")
        }
    }

    /// Whatever happens in a room whose members choose names and lines at their worst.
    @Test(arguments: 0..<20)
    func everyEventIsReadAsWhatItWas(seed: UInt64) throws {
        let pieces = [
            "ann", "ben", " is now ", " left", " joined the chat", "* ", " *", ": ", ":", "online", "-2", "é",
            "例",
            "👍🏽", "\u{301}", "warning", "/who", " ", "x", "left", "you are ", "\"", ",",
        ]
        var random = SeededGenerator(seed: seed)
        func text() -> String {
            (0...Int.random(in: 0...5, using: &random)).map { _ in pieces.randomElement(using: &random) ?? ""
            }
            .joined()
        }
        var chat = Chat()
        var sessions: [SessionID] = []
        var events: [ChatEvent] = []
        for number in 1..<400 {
            let new = SessionID(rawValue: UInt64(number))
            var session = sessions.randomElement(using: &random) ?? new
            let kind: Request.Kind
            switch Int.random(in: 0..<8, using: &random) {
            case 0 where session != new:
                sessions.removeAll { $0 == session }
                kind = .end(.goodbye)
            case 1: kind = .rename(NameRequest(text()))
            case 2...7 where sessions.count > 2 && sessions.count < 20 || number % 2 == 0 && session != new:
                guard let line = ChatLine(text()) else { continue }
                kind = .say(Speech(line), to: nil, ref: nil)
            default:
                session = new
                sessions.append(new)
                kind = .enter(Entry(NameRequest(text()), fallbackName: "anon-\(number)"))
            }
            let request = Request(kind, by: session)
            events += chat.apply(request, at: 1, time: ChatTime(milliseconds: Int64(number))).events
        }
        #expect(events.count > 100)
        for event in events {
            let text = LevelZero.text(for: event)
            #expect(LevelZero.message(from: text) == Self.message(for: event), "\(text)")
        }
    }

    private static func message(for event: ChatEvent) -> LevelZeroMessage? {
        guard let who = event.who else { return nil }
        switch event.kind {
        case .joined: return .joined(who.name)
        case .left: return .left(who.name)
        case .renamed(let old): return .renamed(from: old, to: who.name)
        case .said(let speech, ref: _): return .said(who.name, speech.line.text)
        default: return nil
        }
    }

    /// A notice may quote what somebody wrote, and that may look like an event.
    @Test func everyNoticeIsReadAsOneWhateverItQuotes() throws {
        let names = try ["bob", "left-2", "x"].map { try #require(MemberName(cleaning: $0)) }
        let quotes = ["x left", "a is now b", "ann joined the chat", "x: y", "* x left *", ""].map {
            NameRequest($0).given
        }
        var notices: [Notice] = [
            .idle(seconds: 300), .keylogActive, .lineChanged(.shortened),
            .lineChanged([.invisiblesDropped, .marksDropped, .shortened]), .linesNotSaid(3), .nobodyToReplyTo,
            .online(names), .online(Array(repeating: names[0], count: 3_000)), .online([]), .plainTransport,
            .roomIsFull(maximumMembers: 10),
        ]
        for name in names {
            notices += [.nameGiven(name), .nameOfKey(name), .nameTaken(given: name, name: names[0])]
        }
        for quote in quotes {
            notices += [.nameCleaned(given: quote, name: names[0]), .unknownCommand("/\(quote)")]
        }
        let refusals =
            quotes.map { Refusal(.nameNotFit, .given($0)) }
            + names.flatMap { [Refusal(.nameTaken, .name($0)), Refusal(.nameUnchanged, .name($0))] }
        let now = ChatTime(milliseconds: 0)
        for text in notices.map(LevelZero.text(for:)) + refusals.map({ LevelZero.text(for: $0, at: now) }) {
            #expect(
                LevelZero.message(from: text) == .notice(String(text.dropFirst(2).dropLast(2))),
                "\(text)"
            )
        }
    }

    @Test(arguments: [
        "", " ", "*", "* ", "* *", " *", "ann", "ann:", ": hello", "ann:hello", "* ann joined the chat",
        "a*n: hello", "an\u{202E}n: hello", "bob left: hello", "\(String(repeating: "x", count: 21)): hello",
        "ok", "wrong passphrase", "ann : hello", " ann: hello",
    ])
    func whatNoServerSaysIsNothing(text: String) {
        #expect(LevelZero.message(from: text) == nil)
    }

    @Test(arguments: [
        "* joined the chat *", "*  left *", "* a:b left *", "* x is now  *", "* x is now y left *",
    ])
    func anEventAboutWhatIsNoNameIsWordsOnly(text: String) {
        #expect(LevelZero.message(from: text) == .notice(String(text.dropFirst(2).dropLast(2))))
    }

    @Test func aLineMayHoldAnything() throws {
        let ann = try #require(MemberName(cleaning: "ann"))
        for line in ["* ann left *", "a: b: c", " ", "", ": "] {
            #expect(LevelZero.message(from: "ann: \(line)") == .said(ann, line))
        }
    }
}
