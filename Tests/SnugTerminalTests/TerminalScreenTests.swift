// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugTerminal

/// What reaches the terminal is text that is safe and sequences that are our own, in one row that never wraps.
@Suite struct TerminalScreenTests {
    @Test func aMessageTakesTheRowsPlaceAndTheRowComesBackBelowIt() {
        let editor = Self.editor(after: "half a li\u{1B}[D")
        let screen = TerminalScreen(hasStyle: false, columns: 40)
        #expect(screen.messageInsteadOfRow("ben: hello") == "\r\u{1B}[Kben: hello\n")
        #expect(screen.drawn(screen.row(editor)) == "\r\u{1B}[K> half a l\u{1B}7i\u{1B}[K\u{1B}8")
    }

    @Test func noticesAreDimAndThePromptIsBoldWhereStyleIsWanted() {
        let plain = TerminalScreen(hasStyle: false, columns: 40)
        let styled = TerminalScreen(hasStyle: true, columns: 40)
        #expect(styled.messageInsteadOfRow("* ben left *").hasSuffix("\u{1B}[2m* ben left *\u{1B}[m\n"))
        #expect(styled.messageInsteadOfRow("ben: * x *").hasSuffix("Kben: * x *\n"))
        #expect(styled.drawn(styled.row(LineEditor())).contains("\u{1B}[1m> \u{1B}[m"))
        #expect(plain.messageInsteadOfRow("* ben left *").hasSuffix("K* ben left *\n"))
        #expect(plain.drawn(plain.row(LineEditor())).contains("> "))
    }

    /// The terminal is set as its user has it then, and wraps what it draws wider than we know.
    @Test func aMessageAfterTheTerminalWasGivenBackIsNotWrappedByItEither() {
        let screen = TerminalScreen(hasStyle: false, columns: 40)
        #expect(screen.message("ben: hello") == "\u{1B}[?7lben: hello\u{1B}[?7h\n")
    }

    @Test(arguments: ["x", "ไท", "漢", "👨‍👩‍👧", "🇹🇭", "e\u{301}", "Ж", "☰"], [20, 40, 80])
    func aLongLineScrollsSidewaysAroundTheCursor(unit: String, columns: Int) {
        let screen = TerminalScreen(hasStyle: true, columns: columns)
        var editor = Self.editor(after: String(repeating: unit, count: 100))
        #expect(Self.width(of: screen.row(editor)) < columns)
        #expect(screen.row(editor).before.hasSuffix(unit))
        for _ in 0..<100 {
            _ = editor.take(Array("\u{1B}[D".utf8))
            #expect(Self.width(of: screen.row(editor)) < columns)
        }
        _ = editor.take([0x01])
        #expect(screen.row(editor).before == "")
        #expect(screen.row(editor).after.hasPrefix(unit))
    }

    @Test func aLineThatFitsIsShownWhole() {
        let screen = TerminalScreen(hasStyle: false, columns: 15)
        var editor = Self.editor(after: "twelve chars")
        for _ in 0...12 {
            let row = screen.row(editor)
            #expect(row.before + row.after == "twelve chars")
            _ = editor.take(Array("\u{1B}[D".utf8))
        }
    }

    @Test func aMessageIsWrappedHereSoThatNoRowOfItBeginsWhereMessagesBegin() {
        let screen = TerminalScreen(hasStyle: true, columns: 20)
        let forged = "ben: ok" + String(repeating: " ", count: 13) + "* alice is now admin *"
        #expect(screen.messageInsteadOfRow(forged).hasSuffix("Kben: ok * alice is\n    now admin *\n"))
        let notice = screen.messageInsteadOfRow("* alice is now admin *")
        #expect(notice.hasSuffix("\u{1B}[2m* alice is now\n    admin *\u{1B}[m\n"))
    }

    /// The probe is four characters, so the cursor stands in the fifth column behind it, or further on.
    @Test(arguments: [(5, 1), (6, 2), (9, 2), (13, 2), (1, 2)])
    func untilATerminalSaysOtherwiseItMayDrawAmbiguousCharactersInTwoColumns(column: Int, width: Int) {
        var screen = TerminalScreen(hasStyle: false, columns: 40)
        #expect(screen.ambiguous == .twoColumns)
        screen.learnWidth(fromCursorColumn: column)
        #expect(screen.ambiguous.rawValue == width)
    }

    @Test(arguments: 0..<40)
    func whateverIsTypedOnlyPrintableTextAndOurOwnSequencesAreDrawn(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var editor = LineEditor()
        var screen = TerminalScreen(hasStyle: seed.isMultiple(of: 2), columns: 80)
        for _ in 0..<300 {
            _ = editor.take(HostileInput.piece(using: &random))
            screen.columns = Int.random(in: 1...100, using: &random)
            let row = screen.row(editor)
            let text = Self.text(of: screen.drawn(row))
            #expect(text == EditedRow.prompt + row.before + row.after, "seed \(seed)")
            #expect(text.unicodeScalars.allSatisfy { !Self.isControl($0) }, "seed \(seed)")
            if screen.columns >= 8 { #expect(Self.width(of: row) < screen.columns, "seed \(seed)") }
        }
    }

    /// What is left when our own sequences are taken away.
    private static func text(of drawn: String) -> String {
        let own = [
            TerminalSequence.eraseRow, TerminalSequence.eraseToEndOfRow, TerminalSequence.saveCursor,
            TerminalSequence.restoreCursor, TerminalSequence.bold, TerminalSequence.plain,
        ]
        return own.reduce(drawn) { $0.split(separator: $1, omittingEmptySubsequences: false).joined() }
    }

    private static func width(of row: EditedRow) -> Int {
        (EditedRow.prompt + row.before + row.after).columns(.twoColumns)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            || (0x202A...0x202E).contains(scalar.value)
            || (0x2066...0x2069).contains(scalar.value)
    }

    private static func editor(after typed: String) -> LineEditor {
        var editor = LineEditor()
        _ = editor.take(Array(typed.utf8))
        return editor
    }
}
