// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugProtocol
@testable import SnugRooms

/// What is written is read again, and nothing is read for what it is not.
@Suite struct LevelZeroDecodingTests {
    private static func event(_ kind: RoomEvent.Kind) -> RoomEvent {
        RoomEvent(sequence: 1, member: MemberID(rawValue: 1), kind: kind)
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
        var room = Room(maximumMembers: 30)
        var ids: [MemberID] = []
        var events: [RoomEvent] = []
        for number in 0..<400 {
            guard let id = ids.randomElement(using: &random), ids.count < 20 || number % 2 == 0 else {
                if case .admitted(let admission) = room.join(
                    NameRequest(text()),
                    fallbackName: "anon-\(number)"
                ) {
                    ids.append(admission.id)
                    events.append(admission.event)
                }
                continue
            }
            switch Int.random(in: 0..<8, using: &random) {
            case 0:
                ids.removeAll { $0 == id }
                events += [room.leave(id)].compactMap(\.self)
            case 1: events += [room.apply(.parse("/nick \(text())"), from: id).event].compactMap(\.self)
            case 2:
                if case .admitted(let admission) = room.join(
                    NameRequest(text()),
                    fallbackName: "anon-\(number)"
                ) {
                    ids.append(admission.id)
                    events.append(admission.event)
                }
            default: events += [room.apply(.parse(text()), from: id).event].compactMap(\.self)
            }
        }
        #expect(events.count > 200)
        for event in events {
            let text = LevelZero.text(for: event)
            #expect(LevelZero.message(from: text) == .event(event.kind), "\(text)")
        }
    }

    /// A notice may quote what somebody wrote, and that may look like an event.
    @Test func everyNoticeIsReadAsOneWhateverItQuotes() throws {
        let names = try ["bob", "left-2", "x"].map { try #require(MemberName(cleaning: $0)) }
        let quotes = ["x left", "a is now b", "ann joined the chat", "x: y", "* x left *", ""].map {
            NameRequest($0).given
        }
        var notices: [Notice] = [
            .help, .idle(seconds: 300), .keylogActive, .lineChanged(.shortened),
            .lineChanged([.invisiblesDropped, .marksDropped, .shortened]), .linesNotSaid(3), .nickUsage,
            .online(names), .online(Array(repeating: names[0], count: 3_000)), .online([]), .plainTransport,
            .roomIsFull(maximumMembers: 10),
        ]
        for name in names {
            notices += [.nameGiven(name), .nameTaken(given: name, name: names[0]), .nickIsTheSame(name)]
            notices.append(.nickTaken(given: name))
        }
        for quote in quotes {
            notices += [.nameCleaned(given: quote, name: names[0]), .nickNotFit(given: quote)]
            notices.append(.unknownCommand("/\(quote)"))
        }
        for notice in notices {
            let text = LevelZero.text(for: notice)
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
            #expect(LevelZero.message(from: "ann: \(line)") == .event(.said(ann, line)))
        }
    }
}
