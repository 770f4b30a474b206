// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import Testing

@testable import SnugProtocol
@testable import SnugRooms

@Suite struct LevelZeroTests {
    private static func name(_ text: String) throws -> MemberName {
        try #require(MemberName(cleaning: text))
    }

    /// What each request of a chat's people is told as, in the order in which it happens.
    @Test func eventsAreTheLessonsText() throws {
        var chat = Chat()
        func texts(_ kind: Request.Kind, by session: UInt64 = 1) -> [String] {
            chat.apply(
                Request(kind, by: SessionID(rawValue: session)),
                at: 1,
                time: ChatTime(milliseconds: 0)
            ).events.map { event in
                let text = LevelZero.text(for: event)
                #expect(LevelZero.frame(for: event) == FrameEncoder.frame(cutting: text))
                return text
            }
        }
        func said(_ text: String) throws -> Request.Kind {
            .say(Speech(try #require(ChatLine(text))), to: nil, ref: nil)
        }
        #expect(texts(.enter(Entry(NameRequest("aisha"), fallbackName: ""))) == ["* aisha joined the chat *"])
        #expect(texts(try said("hi: there")) == ["aisha: hi: there"])
        let action = Speech(action: try #require(ChatLine("waves")))
        #expect(texts(.say(try #require(action), to: nil, ref: nil)) == ["* aisha waves *"])
        #expect(texts(.rename(NameRequest("bob"))) == ["* aisha is now bob *"])
        #expect(texts(.topic(ShortText("cats"), of: nil)) == ["* bob set the topic: cats *"])
        #expect(texts(.topic(nil, of: nil)) == ["* bob took the topic away *"])
        #expect(
            texts(.enter(Entry(NameRequest("cem"), fallbackName: "")), by: 2) == ["* cem joined the chat *"]
        )
        #expect(texts(.end(.goodbye), by: 2) == ["* cem left *"])
        #expect(LevelZero.accepted == "ok" && LevelZero.wrongPassphrase == "wrong passphrase")
    }

    @Test func helpIsMadeOfTheTableAndNamesEveryCommand() {
        #expect(Set(Command.all + Command.ofOperators) == Set(Command.allCases))
        #expect(Command.allCases.count == Command.all.count + Command.ofOperators.count)
        let (everyones, operators) = (LevelZero.help(isOperator: false), LevelZero.help(isOperator: true))
        for command in Command.all { #expect(everyones.contains(command.usage)) }
        for command in Command.ofOperators { #expect(!everyones.contains(command.usage)) }
        for command in Command.allCases { #expect(operators.contains(command.usage)) }
    }

    @Test(arguments: Refusal.Code.allCases)
    func everyRefusalHasWordsOfItsOwn(code: Refusal.Code) {
        let texts = Refusal.Code.allCases.map {
            LevelZero.text(for: Refusal($0), at: ChatTime(milliseconds: 0))
        }
        let text = LevelZero.text(for: Refusal(code), at: ChatTime(milliseconds: 0))
        #expect(text.hasPrefix("* ") && text.hasSuffix(" *") && text.count > 12)
        if ![.nameMissing, .nameNotFit].contains(code) {
            #expect(texts.count { $0 == text } == 1, "\(text)")
        }
    }

    @Test func everyNoticeIsSafeAndBeginsAndEndsWithAStar() throws {
        let bob = try Self.name("bob")
        let given = NameRequest("\u{1B}[31m*\n").given
        let notices: [Notice] = [
            .idle(seconds: 300), .keylogActive, .lineChanged(.shortened),
            .lineChanged([.invisiblesDropped, .marksDropped, .shortened]),
            .nameCleaned(given: given, name: bob),
            .nameGiven(bob), .nameOfKey(bob), .nameTaken(given: bob, name: bob), .nobodyToReplyTo,
            .readsAsNotice, .usage("/nick NAME"), .online([bob]), .plainTransport,
            .roomIsFull(maximumMembers: 10), .unknownCommand("/x"),
        ]
        for text in notices.map(LevelZero.text(for:)) + [LevelZero.help(isOperator: true)] {
            #expect(text.hasPrefix("* ") && text.hasSuffix(" *") && text.count > 12)
            #expect(SafeText.clean(text) == text)
            #expect(text.utf8.count <= 2000)
        }
        #expect(LevelZero.text(for: .unknownCommand("/x")).contains("/help"))
        #expect(LevelZero.text(for: .plainTransport).contains("NOT encrypted"))
    }

    @Test func ofALineThatWasChangedEachChangeIsNamedAndNoOther() {
        let words: [(TextChanges, String)] = [
            (.shortened, "cut to 500 characters"), (.marksDropped, "freed of combining marks"),
            (.invisiblesDropped, "freed of invisible characters"),
        ]
        for number in UInt8(1)..<8 {
            let changes = words.enumerated().filter { number & 1 << $0.offset != 0 }.map(\.element)
            let text = LevelZero.text(for: .lineChanged(TextChanges(changes.map(\.0))))
            for (_, phrase) in words {
                #expect(text.contains(phrase) == changes.contains { $0.1 == phrase }, "\(text)")
            }
        }
    }

    @Test func whatIsLeftOpenInWordsIsFilledInOrder() {
        #expect(Wording.renamed.filled(with: ["{}", "b"]) == "{} is now b")
        #expect(Wording.onlineAndMore.filled(with: ["a, b", 7]) == "online: a, b and 7 more")
        for wording in Wording.allCases {
            let places = wording.rawValue.count { $0 == "{" }
            let text = wording.filled(with: Array(repeating: "x", count: places))
            #expect(!text.contains { "{}".contains($0) })
        }
    }

    @Test func whoListsAllNamesThatFitAFrameAndSaysHowManyMore() throws {
        let names = try ["a", "b"].map(Self.name)
        #expect(LevelZero.text(for: .online(names)) == "* online: a, b *")
        #expect(LevelZero.text(for: .online([])) == "* online:  *")
        let fox = try Self.name(String(repeating: "🦊", count: 20))
        let many = LevelZero.text(for: .online(Array(repeating: fox, count: 10_000)))
        // Where the next name with its comma would have stood, there is no room for it.
        #expect(many.utf8.count <= 8_192 && many.utf8.count > 8_192 - 82)
        let named = many.split(separator: ", ").count
        #expect(
            many.hasPrefix("* online: \(fox), \(fox), ")
                && many.hasSuffix("\(fox) and \(10_000 - named) more *")
        )
    }

    @Test(arguments: 2_726...2_733)
    func aCrowdThatJustFitsAFrameIsNamedWhole(count: Int) throws {
        let text = LevelZero.text(for: .online(Array(repeating: try Self.name("a"), count: count)))
        // Room is kept for the words about the others, whether there are any or not.
        let fitting = (8_192 - "* online:  and \(count) more *".utf8.count + 2) / 3
        let names = Array(repeating: "a", count: min(count, fitting)).joined(separator: ", ")
        #expect(
            text
                == (count <= fitting
                    ? "* online: \(names) *" : "* online: \(names) and \(count - fitting) more *")
        )
    }
}
