// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import SnugSystem
import TestSupport
import Testing

@testable import SnugTerminal

/// Someone edits a line, in any language, and only what they mean is sent.
@Suite struct LineEditorTests {
    private static let left = "\u{1B}[D"
    private static let up = "\u{1B}[A"
    private static let down = "\u{1B}[B"
    private static let delete = "\u{1B}[3~"
    /// Alt, for what is done by words.
    private static let word = "\u{1B}"

    /// What was typed and what stands there then, with the cursor as `|`.
    @Test(arguments: [
        ("hello", "hello|"),
        ("helo\(left)l", "hell|o"),
        ("bc\u{1}a", "a|bc"),
        ("ab\u{1}\u{5}c", "abc|"),
        ("abc\u{7F}", "ab|"),
        ("abc\u{8}\u{8}\u{8}\u{8}", "|"),
        ("abc\(left)\(left)\(delete)", "a|c"),
        ("abc\u{1}\u{4}", "|bc"),
        ("abc\(delete)", "abc|"),
        ("abcd\(left)\(left)\u{B}", "ab|"),
        ("abcd\(left)\(left)\u{15}", "|cd"),
        ("one two  \u{17}", "one |"),
        ("one\u{17}\u{17}", "|"),
        ("a\(left)\(left)\(left)b", "b|a"),
        ("a\u{6}\u{6}b", "ab|"),
        // Words: letters and digits, or whatever blanks part.
        ("one two-3 \(word)b", "one two-|3 "), ("one two-3\(word)b\(word)b", "one |two-3"),
        ("one two\u{1}\(word)f", "one| two"), ("one -- two\u{1}\(word)f\(word)f", "one -- two|"),
        ("one two\u{1B}[1;5D\u{1B}[1;3D\u{1B}[1;5C", "one| two"), ("\(word)b\(word)f", "|"),
        ("one two-3\(word)\u{7F}", "one two-|"), ("one two-3\u{17}", "one |"),
        ("one two\u{1}\(word)d", "| two"), ("one two\u{1}\u{1B}[3;5~\(word)d", "|"),
        ("ที่นี่ ดี\(word)b", "ที่นี่ |ดี"), ("漢字 かな\(word)b\(word)b", "|漢字 かな"),
        // Two characters change places.
        ("ab\u{14}", "ba|"), ("abc\(left)\u{14}", "acb|"), ("ab\u{1}\u{14}", "|ab"), ("a\u{14}", "a|"),
        ("x👨‍👩‍👧\u{14}", "👨‍👩‍👧x|"), ("ที่ดี\u{14}", "ดีที่|"), ("é🇹🇭\(left)\u{14}", "🇹🇭é|"),
        // What is killed comes back.
        ("one two\u{17}\u{19}\u{19}", "one twotwo|"), ("one two\u{17}\u{17}\u{1}\u{19}", "one two|"),
        ("one two\u{1}\(word)d\(word)d\u{19}", "one two|"), ("\u{19}", "|"),
        ("a b\u{17}\u{15}\u{19}", "a b|"), ("a b\u{17}x\u{17}\u{19}\(word)y", "a b|"),
        ("ab\(left)\u{B}\(left)\u{19}\(word)y\(word)y", "b|a"), ("ab\u{17}x\(word)y", "x|"),
        // Undone.
        ("one\u{1F}", "|"), ("one\u{17}\u{1F}", "one|"), ("ab\u{7F}\u{7F}\u{1F}", "ab|"),
        ("ab\(left)c\u{1F}", "a|b"),
        ("one\u{18}\u{15}", "|"), ("ab\u{14}\u{1F}\u{1F}\u{1F}", "|"), ("ab\(left)\u{1F}", "|"),
        ("one two\u{17}\u{19}\u{1F}", "one |"),
    ])
    func keysEditTheLine(typed: String, expected: String) {
        #expect(Self.line(after: typed) == expected)
    }

    @Test(arguments: [
        "🇹🇭", "👨‍👩‍👧‍👦", "👋🏽", "❤️", "e\u{301}", "วั", "ที่", "नि", "क्षि", "각", "한",
        "🏴‍☠️", "1️⃣",
    ])
    func oneBackspaceTakesAwayWhatPeopleSeeAsOneCharacter(character: String) {
        #expect(Self.line(after: "a\(character)\u{7F}") == "a|")
        #expect(Self.line(after: "a\(character)b\(Self.left)\(Self.left)\(Self.delete)") == "a|b")
        #expect(Self.line(after: "a\(character)\(Self.left)x") == "ax|\(character)")
    }

    @Test(arguments: ["🇹🇭🇩🇪", "👨‍👩‍👧‍👦", "e\u{301}o\u{308}", "สวัสดี", "नमस्ते", "क्षत्रिय", "می‌خواهم", "👋🏽"])
    func textThatArrivesByteByByteIsTheSameText(text: String) {
        var editor = LineEditor()
        for byte in text.utf8 { _ = editor.take([byte]) }
        #expect(String(editor.text) == text)
        #expect(editor.text == Array(text))
        #expect(editor.take([0x0D]) == [.line(text)])
    }

    @Test func anEscapeSequenceInAPasteIsShownAndNotObeyed() {
        var editor = LineEditor()
        #expect(editor.take(Array("\u{1B}[200~a\u{1B}[2Jb\u{3}\u{9B}1m\u{202E}\u{1B}[201~".utf8)) == [])
        #expect(String(editor.text) == "a␛[2Jb␃\u{FFFD}1m\u{FFFD}")
    }

    @Test func enterSendsEachLineAndBlankOnesAreNotSent() {
        var editor = LineEditor()
        let actions = editor.take(Array("one\rtwo\n   \r\r".utf8))
        #expect(actions == [.line("one"), .line("two"), .emptyLine, .emptyLine])
        #expect(editor.text.isEmpty)
    }

    @Test func controlKeysStopAndClearTheScreen() {
        var editor = LineEditor()
        #expect(editor.take([0x1A, 0x0C]) == [.stop, .clearScreen])
        _ = editor.take(Array("half".utf8))
        #expect(editor.take(Array("\u{4}".utf8)) == [], "there is a line that would be lost")
        #expect(editor.take(Array("\u{15}\u{4}".utf8)) == [.endOfInput])
    }

    // MARK: Leaving

    @Test func controlCTakesTheLineAwayAndOnAnEmptyOneTheSecondLeaves() {
        var editor = LineEditor()
        #expect(editor.take(Array("half\u{3}".utf8)) == [])
        #expect(editor.text.isEmpty && editor.hints.isEmpty)
        #expect(editor.take([0x3]) == [])
        #expect(editor.hints.map(\.text) == ["*! Ctrl-C again leaves"])
        #expect(editor.take([0x3]) == [.leave])
    }

    @Test(arguments: ["x", "\u{7F}", "\u{1B}[A", "\u{1B}"])
    func whateverIsPressedBetweenControlCAndControlCMakesTheSecondTheFirstAgain(key: String) {
        var editor = LineEditor()
        _ = editor.take([0x3])
        _ = editor.take(Array("\(key)\u{15}".utf8), at: .start + .seconds(1))
        #expect(editor.hints.isEmpty)
        #expect(editor.take([0x3], at: .start + .seconds(2)) == [])
        #expect(!editor.hints.isEmpty)
    }

    /// It comes when it comes.
    @Test func theTerminalsAnswerBetweenControlCAndControlCIsNoKey() {
        var editor = LineEditor()
        #expect(editor.take(Array("\u{3}\u{1B}[1;5R\u{3}".utf8)) == [.cursorReport(column: 5), .leave])
        let report = LineEditor.Action.terminalReport(kind: 1, version: 2)
        #expect(editor.take(Array("\u{3}\u{1B}[>1;2;0c\u{3}".utf8)) == [report, .leave])
    }

    @Test func whatWasTypedBeforeALineWasSentIsNotBroughtBackByUndo() {
        var editor = LineEditor()
        #expect(editor.take(Array("hello\u{17}bye\r".utf8)) == [.line("bye")])
        for _ in 0..<3 {
            #expect(editor.take([0x1F]) == [])
            #expect(editor.draft == "")
        }
    }

    @Test func aLineThatControlCTookAwayComesBackByUndo() {
        #expect(Self.line(after: "half\u{3}\u{1F}") == "half|")
    }

    @Test func afterTheChatControlCLeavesAtOnceAndTheLineIsKept() {
        var editor = LineEditor()
        editor.isAfterChat = true
        #expect(editor.take(Array("half\u{3}".utf8)) == [.leave])
        #expect(editor.draft == "half")
    }

    @Test func earlierLinesComeBackAndTheDraftIsKept() {
        var editor = LineEditor()
        func shown(after typed: String) -> String {
            _ = editor.take(Array(typed.utf8))
            return String(editor.text)
        }
        #expect(shown(after: "\(Self.up)") == "")
        _ = editor.take(Array("one\rtwo\rtwo\rdraft".utf8))
        #expect(shown(after: Self.up) == "two")
        #expect(shown(after: Self.up) == "one")
        #expect(shown(after: Self.up) == "one")
        #expect(shown(after: Self.down) == "two")
        #expect(shown(after: Self.down) == "draft")
        #expect(shown(after: Self.down) == "draft")
        #expect(editor.take(Array("\(Self.up)\(Self.up)!\r".utf8)) == [.line("one!")])
        #expect(shown(after: Self.up) == "one!")
        #expect(shown(after: Self.up) == "two")
    }

    @Test func historyIsBounded() {
        var editor = LineEditor()
        for number in 0..<150 { _ = editor.take(Array("line \(number)\r".utf8)) }
        for _ in 0..<200 { _ = editor.take(Array(Self.up.utf8)) }
        #expect(String(editor.text) == "line 50")
    }

    @Test(arguments: ["x", "👨‍👩‍👧‍👦", "ที่"])
    func noLineGrowsBeyondWhatIsSent(unit: String) {
        let flood = Array(String(repeating: unit, count: 5_000).utf8)
        for isPaste in [false, true] {
            var editor = LineEditor()
            if isPaste { _ = editor.take(Array("\u{1B}[200~".utf8)) }
            for start in stride(from: 0, to: flood.count, by: 4_096) {
                _ = editor.take(Array(flood[start..<min(flood.count, start + 4_096)]))
            }
            if isPaste { _ = editor.take(Array("\u{1B}[201~".utf8)) }
            let bytes = String(editor.text).utf8.count
            #expect(bytes <= InputLimits.maximumLineBytes)
            #expect(bytes > InputLimits.maximumLineBytes - 2 * unit.utf8.count)
        }
    }

    @Test(arguments: ["", "|", "ab|", "é|"])
    func aLineIsFilledToTheLastByteWhereverTheCursorIs(after: String) {
        var editor = LineEditor()
        _ = editor.take(Array("\(after)\u{1}".utf8))
        for _ in 0..<3 { _ = editor.take([UInt8](repeating: 0x78, count: 1_000)) }
        #expect(String(editor.text).utf8.count == InputLimits.maximumLineBytes)
        #expect(String(editor.text).hasSuffix("x" + after))
        _ = editor.take(Array("\u{5}\u{7F}é".utf8))
        #expect(String(editor.text).utf8.count <= InputLimits.maximumLineBytes)
    }

    @Test func aWordIsTakenAwayWithTheBlanksBehindItAndNothingInFrontOfIt() {
        #expect(Self.line(after: "a bc  \u{17}") == "a |")
        #expect(Self.line(after: "a bc d\(Self.left)\(Self.left)\u{17}") == "a | d")
        #expect(Self.line(after: "a bc d\(Self.left)\u{17}") == "a |d")
        #expect(Self.line(after: "   \u{17}") == "|")
    }

    @Test(arguments: 0..<40)
    func hostileBytesNeverTrapAndTheLineIsAlwaysSafeToDraw(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var editor = LineEditor()
        for _ in 0..<400 {
            for action in editor.take(HostileInput.piece(using: &random)) {
                guard case .line(let line) = action else { continue }
                #expect(SafeText.clean(line) == line)
                #expect(line.utf8.count <= InputLimits.maximumLineBytes)
            }
            #expect((0...editor.text.count).contains(editor.cursor))
            #expect(SafeText.clean(String(editor.text)) == String(editor.text), "seed \(seed)")
        }
    }

    private static func line(after typed: String) -> String {
        var editor = LineEditor()
        _ = editor.take(Array(typed.utf8))
        return String(editor.text[..<editor.cursor]) + "|" + String(editor.text[editor.cursor...])
    }
}
