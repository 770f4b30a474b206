// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugTerminal

/// When a window becomes narrower, the row for what is being typed is found again whatever the terminal made of it.
@Suite struct EditedRowTests {
    private static let texts = ["the quick brown fox", "漢字かな漢字", "Жé…①Жé…①", "สวัสดีครับ", "a漢b漢c漢d", "👋🏽 ok"]

    @Test(arguments: texts, [1, 2])
    func aTerminalThatWrapsTheRowIsAskedWhereItsCursorWent(text: String, ambiguousColumns: Int) throws {
        let ambiguous = try #require(AmbiguousWidth(rawValue: ambiguousColumns))
        for length in stride(from: 0, through: 60, by: 7) {
            let typed = String(String(repeating: text, count: 10).prefix(length))
            let row = Self.row(typed)
            for columns in 8...70 {
                let cursor = Self.wrap(EditedRow.usualPrompt + typed, at: columns) { $0.columns(ambiguous) }
                let rows = row.rowsAboveCursor(wrappedAt: columns, ambiguous, cursorColumn: cursor.column)
                if rows != cursor.row { Issue.record("\(typed), \(columns): \(rows)") }
            }
        }
    }

    @Test(arguments: ["👋🏽 ok ok ok 👨‍👩‍👧 ok ok", "\u{2630}\u{2631} and ❤️ and on", "🇹🇭 ok ok ok"])
    func aTerminalThatDrawsPicturesNarrowerIsUnderstoodAsWell(text: String) {
        var found = 0
        var lost: [String] = []
        for length in 8...40 {
            let typed = String(String(repeating: text, count: 4).prefix(length))
            let row = Self.row(typed)
            for columns in 20...70 {
                let cursor = Self.wrap(EditedRow.usualPrompt + typed, at: columns) {
                    $0.fewestColumns(.oneColumn)
                }
                let rows = row.rowsAboveCursor(
                    wrappedAt: columns,
                    .oneColumn,
                    cursorColumn: cursor.column
                )
                if rows == cursor.row { found += 1 } else { lost.append("\(typed), \(columns)") }
            }
        }
        // Where pictures leave it open by nearly a row, it is a guess.
        #expect(lost.count < found / 20, "\(lost.count) of \(found): \(lost.prefix(20))")
    }

    @Test func aTerminalThatCutsTheRowOffLosesNoMessageAboveIt() {
        let typed = "the quick brown fox jumps over the lazy dog"
        for columns in [44, 41, 30, 26, 17, 16] {
            #expect(
                Self.row(typed).rowsAboveCursor(wrappedAt: columns, .oneColumn, cursorColumn: columns) == 0,
                "\(columns)"
            )
        }
    }

    /// It is behind the last column then, in it, or in the next row, as terminals differ.
    @Test(arguments: [(18, 1), (38, 2)])
    func behindAFullRowTheCursorMayBeInOrBehindTheLastColumnOrInTheNextRow(length: Int, rows: Int) {
        let row = Self.row(String(repeating: "x", count: length))
        for (column, expected) in [(20, rows - 1), (21, rows - 1), (1, rows)] {
            #expect(row.rowsAboveCursor(wrappedAt: 20, .oneColumn, cursorColumn: column) == expected)
        }
    }

    /// Drawn in one column each, which leaves one row only in which the cursor can be.
    @Test(arguments: [("👋👋👋👋👋", 8, 0), ("abcdefgh👋", 4, 1), ("abcdefghijk👋👋", 8, 1), ("abcde漢👋", 4, 1)])
    func narrowPicturesAreNotTakenForAnotherRow(typed: String, cursorColumn: Int, rows: Int) {
        #expect(
            Self.row(typed).rowsAboveCursor(wrappedAt: 8, .oneColumn, cursorColumn: cursorColumn) == rows
        )
    }

    @Test func aRowThatReachesTheLastColumnIsTooWide() {
        var editor = LineEditor()
        _ = editor.take(Array("漢字 ok\u{1B}[D\u{1B}[D".utf8))
        let row = EditedRow(editor, columns: 80, ambiguous: .oneColumn)
        #expect(row.before == "漢字 " && row.after == "ok")
        #expect(row.isWider(than: 8) && row.isWider(than: 9) && !row.isWider(than: 10))
    }

    /// What is behind the cursor takes a quarter of the room at most, and what is before it the rest.
    @Test func aLineThatDoesNotFitIsShownAroundTheCursorToTheLastColumnButOne() {
        let digits = String((0..<100).map { Character(String($0 % 10)) })
        func row(_ lefts: Int) -> EditedRow {
            var editor = LineEditor()
            _ = editor.take(Array((digits + String(repeating: "\u{1B}[D", count: lefts)).utf8))
            return EditedRow(editor, columns: 43, ambiguous: .oneColumn)
        }
        for (lefts, shownAfter) in [(0, 0), (4, 4), (10, 10), (50, 10), (95, 35)] {
            #expect(row(lefts).before == String(digits.dropLast(lefts).suffix(40 - shownAfter)), "\(lefts)")
            #expect(row(lefts).after == String(digits.suffix(lefts).prefix(shownAfter)), "\(lefts)")
        }
    }

    /// A family is typed sign by sign, and somebody says something meanwhile.
    @Test func aJoinerIsNotDrawnBeforeThereIsSomethingToJoin() {
        var editor = LineEditor()
        func row(_ typed: String) -> EditedRow {
            _ = editor.take(Array(typed.utf8))
            return EditedRow(editor, columns: 40, ambiguous: .oneColumn)
        }
        #expect(row("👨\u{200D}").before == "👨")
        #expect(row("👩").before == "👨\u{200D}👩")
        let between = row("क\u{200D}\u{1B}[D")
        #expect(between.before == "👨\u{200D}👩" && between.after == "क")
        #expect(row("\u{1B}[C x\u{1B}[D\u{1B}[D").before == "👨\u{200D}👩क\u{200D}")
    }

    @Test(arguments: 1...6)
    func inTheNarrowestWindowTheLastCharacterIsStillShown(columns: Int) {
        var editor = LineEditor()
        _ = editor.take(Array("漢漢漢".utf8))
        #expect(EditedRow(editor, columns: columns, ambiguous: .oneColumn).before == "漢")
        _ = editor.take(Array("abc".utf8))
        let shown = max(2, columns - 3)
        #expect(EditedRow(editor, columns: columns, ambiguous: .oneColumn).before == "abc".suffix(shown))
    }

    @Test func whatATerminalThatIsNotOneSaysHarmsNothing() {
        let row = Self.row("the quick brown fox jumps over the lazy dog")
        for column in [Int.min, -1, 0, 1, 7, 10_000, Int.max] {
            for columns in [1, 2, 3, 20] {
                let rows = row.rowsAboveCursor(wrappedAt: columns, .oneColumn, cursorColumn: column)
                #expect((0...45).contains(rows), "\(column), \(columns)")
            }
        }
    }

    private static func row(_ typed: String) -> EditedRow {
        var editor = LineEditor()
        _ = editor.take(Array(typed.utf8))
        return EditedRow(editor, columns: 1_000, ambiguous: .twoColumns)
    }

    /// Where a terminal has its cursor, the column counted from 1, behind text that it wraps.
    private static func wrap(
        _ text: String,
        at columns: Int,
        _ width: (Character) -> Int
    ) -> (row: Int, column: Int) {
        var rows = [0]
        for character in text {
            if rows[rows.count - 1] + width(character) > columns { rows.append(0) }
            rows[rows.count - 1] += width(character)
        }
        return (rows.count - 1, rows[rows.count - 1] + 1)
    }
}
