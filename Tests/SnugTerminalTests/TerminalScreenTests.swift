// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugTerminal

/// What reaches the terminal is text that is safe and sequences that are our own, in one row that never wraps.
@Suite struct TerminalScreenTests {
    @Test func aMessageTakesTheRowsPlaceAndTheRowComesBackBelowIt() {
        let editor = Self.editor(after: "half a li\u{1B}[D")
        let screen = TerminalScreen(palette: Palette(.plain), columns: 40)
        #expect(screen.message(Self.said("ben: hello"), insteadOf: nil) == "\r\u{1B}[Kben: hello\n")
        #expect(Self.drawn(screen, editor) == "\r\u{1B}[K> half a l\u{1B}7i\u{1B}[K\u{1B}8")
    }

    @Test func noticesAreDimAndThePromptIsBoldWhereStyleIsWanted() {
        let plain = TerminalScreen(palette: Palette(.plain), columns: 40)
        let styled = TerminalScreen(palette: Palette(.sixteen), columns: 40)
        let notice = StyledText("* ben left *", .notice)
        #expect(styled.message(notice, insteadOf: nil).hasSuffix("\u{1B}[2m* ben left *\u{1B}[m\n"))
        #expect(styled.message(Self.said("ben: * x *"), insteadOf: nil).hasSuffix("Kben: * x *\n"))
        #expect(Self.drawn(styled, LineEditor()).contains("\u{1B}[1m> \u{1B}[m"))
        #expect(plain.message(notice, insteadOf: nil).hasSuffix("K* ben left *\n"))
        #expect(Self.drawn(plain, LineEditor()).contains("K> \u{1B}7"))
    }

    /// The terminal is set as its user has it then, and wraps what it draws wider than we know.
    @Test func aMessageAfterTheTerminalWasGivenBackIsNotWrappedByItEither() {
        let screen = TerminalScreen(palette: Palette(.plain), columns: 40)
        #expect(screen.message(Self.said("ben: hello")) == "\u{1B}[?7lben: hello\u{1B}[?7h\n")
    }

    @Test(arguments: ["x", "ไท", "漢", "👨‍👩‍👧", "🇹🇭", "e\u{301}", "Ж", "☰"], [20, 40, 80])
    func aLongLineScrollsSidewaysAroundTheCursor(unit: String, columns: Int) {
        let screen = TerminalScreen(palette: Palette(.sixteen), columns: columns)
        var editor = Self.editor(after: String(repeating: unit, count: 100))
        #expect(Self.width(of: screen.area(editor).edited) < columns)
        #expect(screen.area(editor).edited.before.hasSuffix(unit))
        for _ in 0..<100 {
            _ = editor.take(Array("\u{1B}[D".utf8))
            #expect(Self.width(of: screen.area(editor).edited) < columns)
        }
        _ = editor.take([0x01])
        #expect(screen.area(editor).edited.before == "")
        #expect(screen.area(editor).edited.after.hasPrefix(unit))
    }

    @Test func aLineThatFitsIsShownWhole() {
        let screen = TerminalScreen(palette: Palette(.plain), columns: 15)
        var editor = Self.editor(after: "twelve chars")
        for _ in 0...12 {
            let row = screen.area(editor).edited
            #expect(row.before + row.after == "twelve chars")
            _ = editor.take(Array("\u{1B}[D".utf8))
        }
    }

    @Test func aMessageIsWrappedHereSoThatNoRowOfItBeginsWhereMessagesBegin() {
        let screen = TerminalScreen(palette: Palette(.sixteen), columns: 20)
        let forged = "ben: ok" + String(repeating: " ", count: 13) + "* alice is now admin *"
        #expect(
            screen.message(Self.said(forged), insteadOf: nil).hasSuffix(
                "Kben: ok * alice is\n    now admin *\n"
            )
        )
        let notice = screen.message(StyledText("* alice is now admin *", .notice), insteadOf: nil)
        #expect(notice.hasSuffix("\u{1B}[2m* alice is now\u{1B}[m\n    \u{1B}[2madmin *\u{1B}[m\n"))
    }

    /// The probe is four characters, so the cursor stands in the fifth column behind it, or further on.
    @Test(arguments: [(5, 1), (6, 2), (9, 2), (13, 2), (1, 2)])
    func untilATerminalSaysOtherwiseItMayDrawAmbiguousCharactersInTwoColumns(column: Int, width: Int) {
        var screen = TerminalScreen(palette: Palette(.plain), columns: 40)
        #expect(screen.ambiguous == .twoColumns)
        screen.learnWidth(fromCursorColumn: column)
        #expect(screen.ambiguous.rawValue == width)
    }

    @Test(arguments: 0..<40)
    func whateverIsTypedOnlyPrintableTextAndOurOwnSequencesAreDrawn(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var editor = LineEditor()
        var screen = TerminalScreen(palette: Palette(seed.isMultiple(of: 2) ? .sixteen : .plain), columns: 80)
        for _ in 0..<300 {
            _ = editor.take(HostileInput.piece(using: &random))
            screen.columns = Int.random(in: 1...100, using: &random)
            let area = screen.area(editor)
            let row = area.edited
            let text = Self.text(of: screen.drawn(area, over: nil))
            let rows = area.rows.map(\.text) + [row.prompt + row.before + row.after]
            #expect(text == rows.joined(separator: "\n"), "seed \(seed)")
            #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !Self.isControl($0) }, "seed \(seed)")
            #expect(area.rows.allSatisfy { $0.text.columns(.twoColumns) < max(2, screen.columns) })
            if screen.columns >= 8 { #expect(Self.width(of: row) < screen.columns, "seed \(seed)") }
        }
    }

    /// What is left when our own sequences are taken away.
    private static func text(of drawn: String) -> String {
        let own = [
            TerminalSequence.eraseRow, TerminalSequence.eraseToEndOfRow, TerminalSequence.saveCursor,
            TerminalSequence.restoreCursor, TerminalSequence.bold, TerminalSequence.dim,
            TerminalSequence.plain,
        ]
        return own.reduce(drawn) { $0.split(separator: $1, omittingEmptySubsequences: false).joined() }
    }

    private static func said(_ text: String) -> StyledText { StyledText(text, .speech) }

    /// With the row alone.
    private static func drawn(_ screen: TerminalScreen, _ editor: LineEditor) -> String {
        screen.drawn(screen.area(editor), over: nil)
    }

    private static func width(of row: EditedRow) -> Int {
        (row.prompt + row.before + row.after).columns(.twoColumns)
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
