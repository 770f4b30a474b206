// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugTerminal

/// Rows that are there for a while stay above what is being typed, and leave nothing behind.
@Suite struct LiveAreaTests {
    @Test func rowsStandAboveWhatIsTypedAndAreDrawnAgainOnlyIfTheyChange() {
        let screen = TerminalScreen(palette: Palette(.plain), columns: 40)
        let editor = Self.editor(after: "hi")
        let bare = screen.area(editor)
        let live = screen.area(editor, live: [Self.row("one"), Self.row("two")])
        #expect(screen.drawn(live, over: bare) == "\r\u{1B}[Kone\ntwo\n" + Self.drawn("hi"))
        let typed = screen.area(Self.editor(after: "hi!"), live: [Self.row("one"), Self.row("two")])
        #expect(screen.drawn(typed, over: live) == Self.drawn("hi!"))
        let changed = screen.area(editor, live: [Self.row("two")])
        #expect(screen.drawn(changed, over: live) == "\r\u{1B}[2A\u{1B}[Jtwo\n" + Self.drawn("hi"))
        #expect(screen.drawn(bare, over: live) == "\r\u{1B}[2A\u{1B}[J" + Self.drawn("hi"))
    }

    @Test func aMessageTakesThePlaceOfTheWholeArea() {
        let screen = TerminalScreen(palette: Palette(.plain), columns: 40)
        let live = screen.area(LineEditor(), live: [Self.row("one"), Self.row("two")])
        let message = StyledText("ben: hello", .speech)
        #expect(screen.message(message, insteadOf: live) == "\r\u{1B}[2A\u{1B}[Jben: hello\n")
    }

    @Test(arguments: [(24, 4), (6, 4), (5, 3), (3, 1), (2, 0), (1, 0)])
    func noMoreRowsAreShownThanFitAndOneSaysHowManyAreMissing(height: Int, shown: Int) {
        let screen = TerminalScreen(palette: Palette(.plain), columns: 40, rows: height)
        let seven = (1...7).map { Self.row("row \($0)") }
        let area = screen.area(LineEditor(), live: seven)
        let expected =
            (1...7).prefix(shown).map { "row \($0)" } + (shown > 0 ? ["and \(7 - shown) more"] : [])
        #expect(area.rows.map(\.text) == expected)
        #expect(area.rows.count < max(height, 1))
        let few = Array(seven.prefix(shown))
        #expect(screen.area(LineEditor(), live: few).rows == few, "what fits needs no word about the rest")
    }

    @Test(arguments: ["漢字 ", "word ", "👨‍👩‍👧", "Ж", "e\u{301}"], 1...40)
    func noRowReachesTheLastColumn(unit: String, columns: Int) {
        let screen = TerminalScreen(palette: Palette(.plain), columns: columns)
        var text = StyledText("*> ", .own)
        text.append(String(repeating: unit, count: 40), .speech)
        let row = screen.area(LineEditor(), live: [text]).rows[0]
        #expect(row.text.columns(.twoColumns) <= columns - 1)
        #expect(text.text.hasPrefix(row.text))
        if columns > 20 { #expect(row.text.columns(.twoColumns) > columns - 8) }
    }

    @Test func noRowEndsWithAJoiner() {
        let screen = TerminalScreen(palette: Palette(.plain), columns: 10)
        let area = screen.area(LineEditor(), live: [Self.row("👨\u{200D}"), Self.row("\u{200D}")])
        #expect(area.rows.map(\.text) == ["👨", ""])
    }

    @Test func aRowKeepsTheLooksOfItsPartsAndNoLookReachesBeyondIt() {
        let screen = TerminalScreen(palette: Palette(.sixteen), columns: 10)
        var text = StyledText("*> ", .own)
        text.append("0123456789", .program)
        let drawn = screen.drawn(screen.area(LineEditor(), live: [text]), over: nil)
        #expect(drawn.contains("K\u{1B}[1m*> \u{1B}[m\u{1B}[2m012345\u{1B}[m\n"))
    }

    // MARK: The prompt

    /// The width of the window, and what is left of the prompt in it.
    @Test(arguments: [
        (80, "#main> "), (28, "#main> "), (27, "#mai> "), (20, "#ma> "), (12, "#> "), (8, "> "), (1, "> "),
    ])
    func thePromptHasAQuarterOfTheWidthAtMostAndItsSignAlways(columns: Int, prompt: String) {
        let row = EditedRow(LineEditor(), prompt: "#main> ", columns: columns, ambiguous: .oneColumn)
        #expect(row.prompt == prompt)
    }

    @Test(arguments: 8...60)
    func whateverThePromptTheRowNeverReachesTheLastColumn(columns: Int) {
        for prompt in ["#main> ", "#漢字漢字(ops:3)> ", "> ", "", String(repeating: "x", count: 300)] {
            let row = EditedRow(
                Self.editor(after: String(repeating: "word ", count: 40)),
                prompt: prompt,
                columns: columns,
                ambiguous: .twoColumns
            )
            #expect((row.prompt + row.before + row.after).columns(.twoColumns) < columns)
            #expect(!row.isWider(than: columns))
        }
    }

    // MARK: A narrower window

    @Test(arguments: 5...70)
    func aTerminalThatWrapsHasTheRowsWrappedAsWell(columns: Int) {
        let live = [Self.row(String(repeating: "漢", count: 20)), Self.row(String(repeating: "x", count: 45))]
        for length in [0, 3, 30, 55] {
            let area = Self.area(live, typed: String(repeating: "y", count: length))
            #expect(area.isWider(than: columns) == (columns <= 45 || columns <= length + 2))
            let place = length + 2
            let heights = (40 + columns / 2 * 2 - 1) / (columns / 2 * 2) + (45 + columns - 1) / columns
            var screen = Self.screen(columns: columns)
            let erasure = screen.erasure(of: area, cursorColumn: place % columns + 1)
            #expect(erasure == "\r\u{1B}[\(heights + place / columns)A\u{1B}[J", "\(length)")
            #expect(screen.rowFate == .wrapped)
        }
    }

    /// It pushes its cursor to the last column, where no terminal that wraps would have it.
    @Test(arguments: [10, 20, 30, 37])
    func aTerminalThatCutsLosesNoMessageAboveTheRows(columns: Int) {
        let live = [Self.row(String(repeating: "x", count: 45)), Self.row("short")]
        var screen = Self.screen(columns: columns)
        let long = Self.area(live, typed: String(repeating: "y", count: 41))
        #expect(screen.erasure(of: long, cursorColumn: columns) == "\r\u{1B}[2A\u{1B}[J")
        #expect(screen.rowFate == .cutOff)
        // Where the cursor says nothing, the terminal is the one that it was.
        let short = Self.area(live, typed: "hi")
        #expect(screen.erasure(of: short, cursorColumn: 5) == "\r\u{1B}[2A\u{1B}[J")
        let cursorColumn = 43 % columns + 1
        _ = screen.erasure(of: long, cursorColumn: cursorColumn)
        #expect(screen.rowFate == .wrapped, "it is another one now")
    }

    /// What xterm, GNU Screen and PuTTY say of themselves, and some that wrap.
    ///
    /// The cursor is not behind the edge, so it tells nothing.
    @Test(arguments: [(41, 379, 2), (83, 40_900, 2), (0, 136, 2), (65, 7_000, 4), (0, 10, 4), (84, 0, 4)])
    func aTerminalThatIsKnownToCutLosesNoMessageWhereverItsCursorIs(kind: Int, version: Int, height: Int) {
        let live = [Self.row(String(repeating: "x", count: 45)), Self.row("short")]
        var screen = Self.screen(columns: 20)
        screen.learnKind(kind, version: version)
        let short = Self.area(live, typed: "hi")
        #expect(screen.erasure(of: short, cursorColumn: 5) == "\r\u{1B}[\(height)A\u{1B}[J")
    }

    /// A picture that is drawn narrower than we know may leave the cursor of a terminal that cuts where one that wraps
    /// would have it.
    @Test func aTerminalThatIsKnownToCutIsNotTakenForAnotherOneByItsCursor() {
        let live = [Self.row(String(repeating: "x", count: 45))]
        var screen = Self.screen(columns: 20)
        screen.learnKind(41, version: 379)
        let long = Self.area(live, typed: String(repeating: "y", count: 25))
        #expect(screen.erasure(of: long, cursorColumn: 8) == "\r\u{1B}[1A\u{1B}[J")
        #expect(screen.rowFate == .cutOff)
    }

    @Test func whatATerminalThatIsNotOneSaysHarmsNothing() {
        let area = Self.area([Self.row(String(repeating: "x", count: 45))], typed: "hi")
        for column in [Int.min, -1, 0, 1, 7, 10_000, Int.max] {
            for columns in [1, 2, 3, 20] {
                var screen = Self.screen(columns: columns)
                let erasure = screen.erasure(of: area, cursorColumn: column)
                #expect(erasure.hasSuffix("\u{1B}[J") && erasure.utf8.count < 10, "\(column), \(columns)")
            }
        }
        var screen = Self.screen(columns: 20)
        #expect(screen.erasure(of: nil, cursorColumn: 5) == "\r\u{1B}[J")
    }

    private static func screen(columns: Int) -> TerminalScreen {
        var screen = TerminalScreen(palette: Palette(.plain), columns: columns)
        screen.ambiguous = .oneColumn
        return screen
    }

    private static func area(_ live: [StyledText], typed: String) -> LiveArea {
        screen(columns: 80).area(editor(after: typed), live: live)
    }

    private static func row(_ text: String) -> StyledText { StyledText(text, .program) }

    private static func drawn(_ typed: String) -> String { "\r\u{1B}[K> \(typed)\u{1B}7\u{1B}[K\u{1B}8" }

    private static func editor(after typed: String) -> LineEditor {
        var editor = LineEditor()
        _ = editor.take(Array(typed.utf8))
        return editor
    }
}
