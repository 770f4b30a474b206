// SPDX-License-Identifier: Apache-2.0

/// What a terminal makes of a row that is too wide for its window.
package enum RowFate: Equatable, Sendable {
    case cutOff
    case wrapped

    /// What a terminal is known for, by the numbers that it gives itself (its secondary device attributes).
    ///
    /// The cursor alone does not always tell, and who takes one for the other erases messages above the area.
    package init(kind: Int, version: Int) {
        switch (kind, version) {
        // xterm, GNU Screen, PuTTY.
        case (41, _), (83, _), (0, 136): self = .cutOff
        default: self = .wrapped
        }
    }
}

/// The row for what is being typed, as it was drawn.
package struct EditedRow: Equatable, Sendable {
    /// In front of what is being typed where nothing else is asked for.
    package static let usualPrompt = "> "

    /// In front of what is being typed: what of it fits into its part of the window, and the usual prompt at least.
    package let prompt: String
    /// What is shown of the line in front of the cursor.
    package let before: String
    /// What is shown of it from the cursor on.
    package let after: String

    /// The part of the line around the cursor that fits into a window; of what is behind the cursor at most a quarter,
    /// so that it comes in sight in time.
    package init(
        _ editor: LineEditor,
        prompt: String = Self.usualPrompt,
        columns: Int,
        ambiguous: AmbiguousWidth
    ) {
        // What was asked for a moment ago is worth more of the window than what always stands there.
        self.prompt = Self.shortened(
            editor.prompt ?? prompt,
            toColumns: columns / (editor.prompt == nil ? 4 : 2),
            ambiguous
        )
        // The last column stays free: a terminal wraps after it, some at once.
        let room = max(2, columns - 1 - self.prompt.columns(ambiguous))
        let (text, cursor) = (editor.text, editor.cursor)
        let before = text[..<cursor]
        let after = text[cursor...]
        var roomBefore = room - min(after.columns(ambiguous), room / 4)
        let start = before.lastIndex { character in
            roomBefore -= character.columns(ambiguous)
            return roomBefore < 0
        }
        let shownBefore = start.map { before[($0 + 1)...] } ?? before
        var roomAfter = room - shownBefore.columns(ambiguous)
        let shownAfter = after.prefix { character in
            roomAfter -= character.columns(ambiguous)
            return roomAfter >= 0
        }
        let (textBefore, textAfter) = (String.joining(shownBefore), String.joining(shownAfter))
        self.before = textAfter.isEmpty ? textBefore.withoutLastJoiners : textBefore
        self.after = textAfter.withoutLastJoiners
    }

    private static func shortened(
        _ prompt: String,
        toColumns columns: Int,
        _ ambiguous: AmbiguousWidth
    ) -> String {
        guard prompt != usualPrompt, prompt.columns(ambiguous) > columns else { return prompt }
        var room = columns - usualPrompt.columns(ambiguous)
        let beginning = prompt.prefix { character in
            room -= character.columns(ambiguous)
            return room >= 0
        }
        return beginning + usualPrompt
    }

    /// Whether some terminal needs more columns for it than these.
    package func isWider(than columns: Int) -> Bool {
        (prompt + before + after).columns(.twoColumns) >= columns
    }

    /// How many rows above the cursor it begins, once the window has become narrower.
    ///
    /// Most terminals wrap what is too wide then, and take the cursor along; others cut it off, and the cursor stays or
    /// is pushed to the last column. So where the cursor is says which kind it is. Where that is not clear it is the
    /// first kind.
    ///
    /// - Parameters:
    ///   - columns: the new width of the window.
    ///   - ambiguous: how the terminal draws what is ambiguous.
    ///   - cursorColumn: where the terminal says that the cursor is, counted from 1.
    package func rowsAboveCursor(
        wrappedAt columns: Int,
        _ ambiguous: AmbiguousWidth,
        cursorColumn: Int
    ) -> Int {
        let (row, column) = cursor(wrappedAt: columns, ambiguous)
        if cursorColumn == column + 1 { return row }
        // Behind a full row it may also be said to be in its last column, or behind that.
        if column == 0, row > 0, cursorColumn >= columns { return row - 1 }
        // Pictures may be narrower than we know. A row may end a column early, for one that does not fit.
        let drawn = prompt + before
        let most = drawn.columns(ambiguous) + row
        let fewest = drawn.reduce(0) { $0 + $1.fewestColumns(ambiguous) }
        guard fewest < most - row, (1...columns).contains(cursorColumn) else { return 0 }
        return (0...row).last { (fewest...most).contains($0 * columns + cursorColumn - 1) } ?? 0
    }

    /// What the terminal has made of it, by where its cursor is; nil where that is not clear.
    ///
    /// A terminal that cuts rows off pushes its cursor to the edge.
    func fate(at columns: Int, _ ambiguous: AmbiguousWidth, cursorColumn: Int) -> RowFate? {
        let (row, column) = cursor(wrappedAt: columns, ambiguous)
        guard row > 0, column > 0, column + 1 < columns else { return nil }
        if cursorColumn == column + 1 { return .wrapped }
        return cursorColumn >= columns ? .cutOff : nil
    }

    /// Row and column of the cursor, counted from 0.
    private func cursor(wrappedAt columns: Int, _ ambiguous: AmbiguousWidth) -> (row: Int, column: Int) {
        var row = 0
        var column = 0
        for character in prompt + before {
            let width = character.columns(ambiguous)
            if column + width > columns {
                row += 1
                column = 0
            }
            column += width
        }
        return column < columns ? (row, column) : (row + 1, 0)
    }
}
