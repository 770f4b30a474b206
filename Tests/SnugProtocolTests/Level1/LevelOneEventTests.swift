// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugProtocol
@testable import SnugRooms

@Suite struct LevelOneEventTests {
    private struct Story {
        var chat = Chat()
        var events: [ChatEvent] = []
        var sequence: UInt64 = 100

        mutating func apply(_ kind: Request.Kind, by session: UInt64, isControl: Bool = false) -> Answer {
            let request = Request(kind, by: SessionID(rawValue: session), isControl: isControl)
            let outcome = chat.apply(request, at: sequence, time: ChatTime(milliseconds: 1_764_130_000_000))
            events += outcome.events
            return outcome.answer
        }

        mutating func enter(_ name: String, as session: UInt64) {
            var entry = Entry(NameRequest(name), fallbackName: "anon", level: .typed)
            entry.address = AddressKey(addressBytes: [192, 0, 2, UInt8(session)])
            _ = apply(.enter(entry), by: session)
        }
    }

    private func text(_ event: ChatEvent) -> String? {
        LevelOne.message(for: event).map { String(decoding: LevelOne.frames($0).dropFirst(4), as: UTF8.self) }
    }

    @Test func everyEventOfAChatIsAMessageThatTheDecoderTakes() throws {
        var story = Story()
        let ben = try #require(NameRequest("ben").name)
        let tea = try #require(RoomName("tea"))
        let line = try #require(ChatLine("hello"))
        story.enter("aisha", as: 1)
        story.enter("ben", as: 2)
        _ = story.apply(.join(tea), by: 1)
        _ = story.apply(.topic(ShortText("at five"), of: tea), by: 1)
        _ = story.apply(.makePrivate(tea), by: 1)
        _ = story.apply(.invite(ben, to: tea), by: 1)
        _ = story.apply(.say(Speech(line), to: nil, ref: nil), by: 1)
        _ = story.apply(.direct(to: ben, line, ref: nil), by: 1)
        _ = story.apply(.rename(NameRequest("aisha2")), by: 1)
        _ = story.apply(
            .mute(ben, milliseconds: 1_000, reason: nil, announcedIn: nil),
            by: 0,
            isControl: true
        )
        _ = story.apply(
            .ban(ben, milliseconds: nil, reason: ShortText("why"), announcedIn: nil),
            by: 0,
            isControl: true
        )
        _ = story.apply(.unban(number: 2, announcedIn: nil), by: 0, isControl: true)
        let texts = story.events.compactMap { text($0) }
        for text in texts {
            let message = try ServerMessage(payload: Array(text.utf8))
            if case .unknown = message.kind { Issue.record("\(text)") }
        }
        let types = Set(
            try texts.map { text in try #require(text.split(separator: "\"").dropFirst(3).first) }
        )
        #expect(
            types == [
                "banned", "direct", "invited", "joined", "left", "muted", "private", "renamed", "said",
                "topic", "unbanned",
            ]
        )
        let banned = try #require(texts.first { $0.contains(#""type":"banned""#) })
        #expect(banned.contains(#""name":"ben","by":{"id":"0","name":"an operator"},"reason":"why""#))
        let left = try #require(texts.first { $0.contains(#""type":"left""#) })
        #expect(left.hasSuffix(#""reason":"banned"}"#))
    }

    @Test func everyRefusalOfTheChatHasACodeAndWords() {
        for code in Refusal.Code.allCases {
            let refused = LevelOne.refused(Refusal(code), at: ChatTime(milliseconds: 0))
            #expect(refused.code.known != nil)
            #expect(!refused.text.isEmpty && !refused.text.contains("*"))
        }
        for code in RefusalCode.allCases { #expect(!LevelOne.refused(code).text.isEmpty) }
    }

    @Test func aKeyIsWrittenAsTheBase64OfItsDigest() throws {
        var story = Story()
        var entry = Entry(NameRequest("aisha"), fallbackName: "anon", level: .typed)
        entry.key = PersonKey(try #require(Bytes32((0..<32).map { UInt8($0 * 8) })))
        _ = story.apply(.enter(entry), by: 1)
        let event = try #require(story.events.first)
        // base64 of 00 08 10 … f8, from Python's base64 module.
        #expect(
            try #require(text(event)).contains(
                #""key":"sha256:AAgQGCAoMDhASFBYYGhweICIkJigqLC4wMjQ2ODo8Pg=""#
            )
        )
    }
}
