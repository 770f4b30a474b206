// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import Testing

@testable import SnugTerminal

/// Tab ends words that somebody has begun.
@Suite struct CompletionTests {
    private static let vocabulary = Vocabulary(
        commands: ["/help", "/history", "/join", "/go", "/leave", "/me", "/msg"],
        names: ["ben", "Berta", "Zoë", "ann lee", "天野", "josé"],
        rooms: ["main", "ops", "Ops Berlin", "ops"]
    )

    /// What was typed, Tab as `⇥`, and what stands there then, with the cursor as `|`.
    @Test(arguments: [
        ("/jo⇥", "/join |"), ("/JO⇥", "/join |"), ("/h⇥", "/help |"), ("/h⇥⇥", "/history |"),
        ("/h⇥⇥⇥", "/h|"),
        ("/h⇥⇥⇥⇥", "/help |"), ("/x⇥", "/x|"), ("//jo⇥", "//jo|"), ("a /jo⇥", "a /jo|"),
        ("be⇥", "ben: |"), ("be⇥⇥", "Berta: |"), ("BERT⇥", "Berta: |"), ("hi be⇥", "hi ben |"),
        ("zoe⇥", "Zoë: |"), ("jose⇥", "josé: |"), ("JOSÉ⇥", "josé: |"), ("天⇥", "天野: |"),
        ("ann⇥", "ann lee: |"),
        ("ann l⇥", "ann lee: |"), ("hi ann le⇥", "hi ann lee |"), ("@be⇥", "@ben |"),
        ("hi @zo⇥", "hi @Zoë |"),
        ("/msg be⇥", "/msg ben |"), ("/me be⇥", "/me ben |"), ("⇥", "|"), ("hi ⇥", "hi |"), ("x⇥", "x|"),
        ("/join o⇥", "/join ops |"), ("/go #OP⇥⇥", "/go #Ops Berlin |"), ("/leave m⇥", "/leave main |"),
        ("/join ⇥", "/join main |"), ("/join⇥⇥", "/join main |"), ("see #ma⇥", "see #main |"),
        ("#⇥", "#main |"),
        ("/join ops o⇥", "/join ops o|"), ("/help o⇥", "/help o|"),
        ("be x\u{1B}[D\u{1B}[D⇥", "ben:| x"), ("hi be x\u{1B}[D\u{1B}[D⇥", "hi ben| x"),
        ("be⇥\u{1F}", "be|"), ("be⇥x⇥", "ben: x|"),
    ])
    func tabEndsCommandsNamesAndRooms(typed: String, expected: String) {
        var editor = LineEditor()
        editor.vocabulary = Self.vocabulary
        #expect(editor.take(Array(typed.replacing("⇥", with: "\t").utf8)) == [])
        let text = editor.text
        #expect(
            String(text[..<editor.cursor]) + "|" + String(text[editor.cursor...]) == expected
        )
    }

    /// One that was typed to its end, with the sign in front of it.
    @Test(arguments: [("", 20, true), ("x", 20, true), ("x", 21, false)])
    func theLongestNameIsFoundFromItsFirstWordOn(before: String, characters: Int, isFound: Bool) {
        var editor = LineEditor()
        let name = "a " + String(repeating: "b", count: characters - 2)
        editor.vocabulary = Vocabulary(names: [name])
        let typed = (before.isEmpty ? "" : before + " ") + "@" + name
        _ = editor.take(Array("\(typed)\t".utf8))
        #expect(editor.draft == (isFound ? typed + " " : typed))
    }

    @Test func whoSpokeLastComesFirst() {
        var editor = LineEditor()
        editor.vocabulary = Vocabulary(names: ["Berta", "ben"])
        _ = editor.take(Array("be\t".utf8))
        #expect(editor.draft == "Berta: ")
    }

    @Test func whatIsCompletedIsSafeToDrawAndNoLongerThanALine() {
        var editor = LineEditor()
        editor.vocabulary = Vocabulary(names: [
            "be\u{1B}[2J\u{202E}", "be" + String(repeating: "x", count: 9_000),
        ])
        _ = editor.take(Array("be\t".utf8))
        #expect(SafeText.clean(editor.draft) == editor.draft && editor.draft.hasPrefix("be␛"))
        _ = editor.take(Array("\t".utf8))
        #expect(editor.draft.utf8.count == InputLimits.maximumLineBytes)
    }

    @Test func manyNamesAreGoneThroughToTheLastAndBack() {
        var editor = LineEditor()
        editor.vocabulary = Vocabulary(names: (0..<500).map { "member \($0)" })
        var seen: [String] = []
        _ = editor.take(Array("me".utf8))
        for _ in 0..<502 {
            _ = editor.take([0x09])
            seen.append(editor.draft)
        }
        #expect(seen.prefix(500) == (0..<500).map { "member \($0): " }[...])
        #expect(seen.suffix(2) == ["me", "member 0: "])
    }
}
