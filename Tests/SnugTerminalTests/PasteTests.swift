// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import SnugSystem
import Testing

@testable import SnugTerminal

/// What is pasted says nothing before somebody has seen it.
@Suite struct PasteTests {
    @Test(arguments: [
        ("one\ntwo", ["one", "two"]), ("one\r\ntwo\r\n", ["one", "two"]), ("one\r\r\n\ntwo", ["one", "two"]),
        ("\n\none\n  \ntwo\n", ["one", "two"]), ("one", ["one"]), ("\n", []),
        ("a\tb\n\u{1B}[2J", ["a b", "␛[2J"]),
    ])
    func linesEndAtLineBreaksOfAnyKindAndBlankOnesAreNone(text: String, lines: [String]) {
        for cut in 0...text.unicodeScalars.count {
            var paste = Paste()
            paste.take(String(text.unicodeScalars.prefix(cut)))
            paste.take(String(text.unicodeScalars.dropFirst(cut)))
            #expect(paste.lines(in: EditedLine()) == lines)
            #expect(paste.isOneLine == (lines.count < 2))
        }
    }

    @Test func ofALongPasteTheBeginningIsKeptAndTheRestIsCounted() {
        var paste = Paste()
        for number in 0..<5_000 { paste.take("line \(number)\n") }
        let lines = paste.lines(in: EditedLine())
        #expect(lines == (0..<Paste.maximumLines).map { "line \($0)" })
        #expect(paste.missingLines == 5_001 - Paste.maximumLines)
        var long = Paste()
        for _ in 0..<5 { long.take(String(repeating: "\u{3}", count: 10_000) + "\n") }
        #expect(long.lines(in: EditedLine()).allSatisfy { $0.utf8.count <= InputLimits.maximumLineBytes })
    }

    // MARK: In the editor

    @Test func severalLinesAreShownAndSentByEnter() {
        var editor = Self.editor(pasting: "one\ntwo\r\nthree\n")
        #expect(
            editor.hints.map(\.text) == [
                "*! 3 lines pasted: Enter sends, Esc drops, Tab joins them", "| one", "| two", "| three",
            ]
        )
        #expect(editor.prompt == "send? " && editor.text.isEmpty)
        #expect(editor.take([0x0D]) == [.line("one"), .line("two"), .line("three")])
        #expect(editor.hints.isEmpty && editor.prompt == nil && editor.draft.isEmpty)
        _ = editor.take(Array("\u{1B}[A\u{1B}[A".utf8))
        #expect(String(editor.text) == "two", "they are lines like others afterwards")
    }

    @Test func enterBeforeTheQuestionWasToBeSeenSendsNothing() {
        var editor = LineEditor()
        #expect(editor.take(Array("\u{1B}[200~one\ntwo\u{1B}[201~\r\r".utf8)) == [])
        #expect(editor.hints.count == 3)
        #expect(editor.take([0x0D]) == [.line("one"), .line("two")])
    }

    @Test(arguments: ["\u{3}", "\u{7}", "\u{1B}"])
    func whatIsDroppedIsNotSentAndTheDraftIsAsItWas(key: String) {
        var editor = Self.editor(after: "half a line\u{1B}[D", pasting: "one\ntwo")
        #expect(editor.take(Array(key.utf8)) == [])
        #expect(editor.proceed(at: .start + .seconds(1)) == [])
        #expect(editor.hints.isEmpty && String(editor.text) == "half a line" && editor.cursor == 10)
        #expect(editor.take([0x0D]) == [.line("half a line")])
    }

    @Test func whatWasBeingTypedBelongsToTheFirstLineAndToTheLast() {
        var editor = Self.editor(after: "see (.)\u{1B}[D\u{1B}[D", pasting: "one\ntwo")
        #expect(editor.take([0x0D]) == [.line("see (one"), .line("two.)")])
    }

    @Test func tabMakesOneLineOfThem() {
        var editor = Self.editor(after: "see: ", pasting: "one\r\n\n two\n")
        #expect(editor.take([0x09]) == [])
        #expect(editor.draft == "see: one  two" && editor.hints.isEmpty)
        #expect(editor.take([0x1F]) == [])
        #expect(editor.draft == "see: ")
    }

    @Test(arguments: ["x", "\u{7F}", "\u{1B}[A", "\u{12}"])
    func otherKeysAnswerNothing(key: String) {
        var editor = Self.editor(pasting: "one\ntwo")
        #expect(editor.take(Array(key.utf8)) == [])
        #expect(editor.hints.count == 3)
        #expect(editor.take([0x0D]) == [.line("one"), .line("two")])
    }

    @Test func ofManyLinesTheFirstAreShownAndWhatIsTooLongOrMissingIsSaid() {
        let long = String(repeating: "x", count: 501)
        let editor = Self.editor(
            pasting: (["one", long] + (0..<400).map { "line \($0)" }).joined(separator: "\n")
        )
        #expect(
            editor.hints.map(\.text) == [
                "*! 200 lines pasted of 402, 1 too long: Enter sends, Esc drops, Tab joins them",
                "| one", "| \(long)", "| and 198 more",
            ]
        )
    }

    @Test func whatIsShownOfAPasteIsSafeToDraw() {
        let editor = Self.editor(pasting: "\u{1B}[2J\u{202E}\n\u{9B}1m\u{3}\n* ben left *")
        #expect(editor.hints.map(\.text).allSatisfy { SafeText.clean($0) == $0 })
        #expect(editor.hints.dropFirst().allSatisfy { $0.text.hasPrefix("| ") })
    }

    @Test func anotherPasteBehindTheFirstIsAskedAboutWithIt() {
        var editor = Self.editor(pasting: "one\ntwo")
        _ = editor.take(Array("\u{1B}[200~, \nthree\u{1B}[201~".utf8))
        #expect(editor.take([0x0D]) == [.line("one"), .line("two, "), .line("three")])
    }

    @Test func oneLineWithALineBreakAtItsEndIsPutIntoTheLine() {
        let editor = Self.editor(after: "a \u{1}", pasting: "one\n")
        #expect(String(editor.text) == "onea " && editor.cursor == 3 && editor.hints.isEmpty)
    }

    private static func editor(after typed: String = "", pasting text: String) -> LineEditor {
        var editor = LineEditor()
        _ = editor.take(Array(typed.utf8))
        let bytes = Array("\u{1B}[200~\(text)\u{1B}[201~".utf8)
        for start in stride(from: 0, to: bytes.count, by: 1_000) {
            _ = editor.take(Array(bytes[start..<min(bytes.count, start + 1_000)]))
        }
        return editor
    }
}
