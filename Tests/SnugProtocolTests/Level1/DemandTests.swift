// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugProtocol
@testable import SnugRooms

@Suite struct DemandTests {
    private func demand(_ kind: ClientMessage.Kind, ref: String? = nil) -> Demand {
        var names = RoomNames()
        return Demand(ClientMessage(kind, ref: ref), &names)
    }

    private func code(_ kind: ClientMessage.Kind) -> RefusalCode? {
        if case .refused(let refused) = demand(kind) { refused.code.known } else { nil }
    }

    private func say(_ text: String, isAction: Bool = false, room: String = "main") -> ClientMessage.Kind {
        .say(room: room, text: text, isAction: isAction)
    }

    @Test func aLineIsMadeSafeAndKeepsItsRef() throws {
        let line = try #require(ChatLine("hello \u{1B}[2J"))
        #expect(
            demand(say(" hello \u{1B}[2J "), ref: "17")
                == .request(.say(Speech(line), to: .main, ref: Ref("17")))
        )
    }

    /// At level 0 the end is cut off, and its sender told; a client of level 1 can count, and sends it in parts.
    @Test func whatIsTooLongIsRefusedAndNotCut() {
        let longest = String(repeating: "ä", count: ChatLine.maximumCharacters)
        #expect(code(say(longest)) == nil)
        #expect(code(say(longest + "!")) == .tooLong)
        #expect(code(say(String(repeating: "👨‍👩‍👧", count: 200))) == .tooLong)
        let topic = String(repeating: "t", count: ShortText.maximumCharacters)
        #expect(code(.topic(room: "main", text: topic)) == nil)
        #expect(code(.topic(room: "main", text: topic + "t")) == .tooLong)
        #expect(code(.kick(name: "ben", room: nil, reason: topic + "t")) == .tooLong)
        #expect(code(.ban(.init(name: "ben", reason: String(repeating: "r", count: 600)))) == .tooLong)
    }

    @Test func aTopicOfNothingTakesTheTopicAway() {
        #expect(demand(.topic(room: "main", text: " ")) == .request(.topic(nil, of: .main)))
        #expect(demand(.topic(room: "main", text: nil)) == .question(.room(.main)))
    }

    @Test func whatCannotBeANameIsNobodysAndNoRooms() {
        #expect(code(say("")) == .empty)
        #expect(code(say("x", room: "***")) == .notInRoom)
        #expect(code(.join(room: "***")) == .roomNotFit)
        #expect(code(.direct(to: "***", text: "x")) == .noSuchPerson)
        #expect(code(.invite(name: "", room: "main")) == .noSuchPerson)
        #expect(code(say("joined the chat", isAction: true)) == .readsAsNotice)
        #expect(code(.enter(.init(name: "a", rooms: []))) == .enteredAlready)
        #expect(code(.unknown(type: "dance")) == .unknownType)
    }

    @Test func whatIsForTheServersOwnerIsNotForMembers() {
        for control in ClientMessage.Control.allCases {
            #expect(code(.control(control)) == .notPermitted)
        }
    }

    @Test func aTimeOfAnyLengthIsAtLeastASecondAndAtMostTenYears() throws {
        let ben = try #require(NameRequest("ben").name)
        for (seconds, milliseconds) in [
            (nil, nil), (0, 1_000), (600, 600_000), (UInt64(JSONLimits.number), 316_224_000_000),
        ] as [(UInt64?, Int64?)] {
            let mute = Request.Kind.mute(ben, milliseconds: milliseconds, reason: nil, announcedIn: nil)
            #expect(demand(.mute(name: "ben", room: nil, seconds: seconds)) == .request(mute))
        }
    }

    @Test func everySampleIsJudgedWithoutATrap() {
        var names = RoomNames()
        for message in Samples.client { _ = Demand(message, &names) }
        for text in HostileStrings.all {
            for kind: ClientMessage.Kind in [
                say(text), say(text, isAction: true), say("x", room: text), .join(room: text),
                .nick(name: text), .direct(to: text, text: text), .topic(room: text, text: text),
                .kick(name: text, room: text, reason: text),
            ] {
                switch demand(kind) {
                case .request, .question, .refused: break
                case let other: Issue.record("\(other)")
                }
            }
        }
    }

    private enum HostileStrings {
        static let all = [
            "", " ", "\u{0}", "\u{202E}abc", "a\u{301}\u{301}\u{301}", "\u{FFFF}", "#", "##", "＃main",
            "/quit",
            "\u{E0041}", String(repeating: "\u{200D}", count: 3_000), String(repeating: "🏳️‍🌈", count: 900),
        ]
    }
}
