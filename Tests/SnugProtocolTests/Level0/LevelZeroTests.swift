// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugProtocol
@testable import SnugRooms

@Suite struct LevelZeroTests {
    private static func name(_ text: String) throws -> MemberName {
        try #require(MemberName(cleaning: text))
    }

    private static func text(_ kind: RoomEvent.Kind) -> String {
        LevelZero.text(for: RoomEvent(sequence: 1, member: MemberID(rawValue: 1), kind: kind))
    }

    @Test func eventsAreTheLessonsText() throws {
        let aisha = try Self.name("aisha")
        #expect(Self.text(.joined(aisha)) == "* aisha joined the chat *")
        #expect(Self.text(.left(aisha)) == "* aisha left *")
        #expect(Self.text(.renamed(from: aisha, to: try Self.name("bob"))) == "* aisha is now bob *")
        #expect(Self.text(.said(aisha, "hi: there")) == "aisha: hi: there")
        #expect(LevelZero.accepted == "ok" && LevelZero.wrongPassphrase == "wrong passphrase")
    }

    @Test func everyNoticeIsSafeAndBeginsAndEndsWithAStar() throws {
        let bob = try Self.name("bob")
        let given = NameRequest("\u{1B}[31m*\n").given
        let notices: [Notice] = [
            .help, .idle(seconds: 300), .keylogActive, .lineChanged(.shortened),
            .lineChanged([.invisiblesDropped, .marksDropped, .shortened]),
            .nameCleaned(given: given, name: bob),
            .nameGiven(bob), .nameTaken(given: bob, name: bob), .nickIsTheSame(bob),
            .nickNotFit(given: given),
            .nickTaken(given: bob), .nickUsage, .online([bob]), .plainTransport,
            .roomIsFull(maximumMembers: 10), .unknownCommand("/x"),
        ]
        for text in notices.map(LevelZero.text(for:)) {
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
            #expect(!text.contains { "{}#".contains($0) })
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
