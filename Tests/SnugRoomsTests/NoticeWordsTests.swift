// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import Testing

@testable import SnugRooms

private func cleaned(_ raw: String) -> String? { NameRequest(raw).name?.text }

@Suite struct NoticeWordsTests {
    @Test(arguments: [
        ("x is now y", "x y"), ("bob left", "bob"), ("* bob left *", "bob"), ("x joined the chat", "x"),
        ("is now admin", "admin"), ("joined the chat", nil), ("warning", nil), ("warning bob", "bob"),
        ("online", nil),
        ("commands", nil), ("usage x", "x"), ("you are admin", "admin"), ("the room is full", nil),
        ("a and 7 more", "a"), ("a and seven more", "a"), ("bob cannot be a name", "bob"),
    ])
    func noNameHoldsTheWordsOfANotice(raw: String, name: String?) {
        #expect(cleaned(raw) == name)
        #expect(NameRequest(raw).isChanged)
    }

    @Test(arguments: [
        "BOB LEFT", "BOB  \t Left", "BOB\u{A0}left", "BOB\u{3000}left", "BOB l\u{200B}eft",
        "BOB\u{2800} left",
        "BOB léft", "BOB lef\u{307}t", "BOB ｌｅｆｔ", "BOB lеft", "BOB 1eft", "BOB Ieft", "BOB |eft", "BOB łeft",
        "BOB left.", "BOB (left)", "BOB - left", "BOB left left", "BOB 𝐥𝐞𝐟𝐭", "BOB ⓛⓔⓕⓣ",
    ])
    func noDisguiseHidesThem(raw: String) throws {
        let name = try #require(cleaned(raw))
        #expect(name == "BOB" || name == "BOB -")
    }

    @Test(arguments: [
        "x iѕ nоw y", "x ls now y", "x 1S N0W y", "x is novv y", "x IS NOW y", "x ís nów y",
        "x is is now now y",
    ])
    func noLookAlikeOfTheWordsStaysEither(raw: String) {
        #expect(cleaned(raw) == "x y")
    }

    @Test(arguments: [
        "left", "lefty", "Left Eye", "wisnow", "isnow", "is", "now", "Tom and Jerry", "Snow White",
        "storm warning",
        "Warninga", "joined", "more", "the chat", "members", "bob-left", "Jack is nowhere", "and", "nick",
    ])
    func aNameThatOnlyHasSuchLettersStays(name: String) {
        #expect(cleaned(name) == name)
        #expect(!NameRequest(name).isChanged)
    }

    /// A notice cannot be forgotten, because its words can only come from a `Wording`.
    @Test(arguments: Wording.allCases)
    func whateverANoticeSaysIsKeptOutOfNames(wording: Wording) throws {
        let phrases = NoticeWords.phrases(in: wording.rawValue)
        #expect(!phrases.isEmpty)
        for phrase in phrases {
            let words = phrase.words.map { $0 ?? "7" }.joined(separator: " ")
            for raw in [words, "x \(words)", "\(words) y", "x \(words) y"].flatMap({ [$0, $0.uppercased()] })
            {
                let name = NoticeWords.taken(outOf: raw)
                #expect(NoticeWords.taken(outOf: name) == name)
                #expect(!LevelZeroSample.looksLikeANotice(name), "\(raw) became \(name)")
            }
        }
    }

    @Test func aNameThatIsCutForItsNumberHoldsNoneOfTheWordsEither() throws {
        var chat = Chat()
        for number in 1...15 {
            let entry = Entry(NameRequest("abcdefghijklm leftab"), fallbackName: "x")
            let request = Request(.enter(entry), by: SessionID(rawValue: UInt64(number)))
            let outcome = chat.apply(request, at: 1, time: ChatTime(milliseconds: 0))
            #expect(outcome.events.first?.who.map { !$0.name.text.contains("left-") } == true)
        }
    }

    @Test(arguments: [("alice is now admin", "alice admin"), ("online", nil), ("bob left", "bob")])
    func nobodyIsRenamedByAName(raw: String, name: String?) throws {
        #expect(NameRequest(raw).name?.text == name)
        #expect(NameRequest(raw).isChanged)
    }
}

/// What the notices look like to somebody who reads them with nothing but the words in mind.
private enum LevelZeroSample {
    private static let patterns = [
        " is now ", " joined the chat", "warning ", "online ", "commands ", "usage ", "you are ",
    ]

    static func looksLikeANotice(_ name: String) -> Bool {
        let line = " \(name.lowercased()) "
        return patterns.contains { pattern in
            pattern.hasPrefix(" ") ? line.contains(pattern) : line.hasPrefix(" " + pattern)
        } || line.dropFirst().contains(" left ")
    }
}
