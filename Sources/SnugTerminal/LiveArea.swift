// SPDX-License-Identifier: Apache-2.0

/// What is drawn again and again at the bottom of a terminal: rows that are there for a while, and under them the row
/// for what is being typed.
package struct LiveArea: Equatable, Sendable {
    /// The rows above, none wider than the window.
    package let rows: [StyledText]

    /// What is being typed, and the cursor in it.
    package let edited: EditedRow

    /// The most rows that are shown; one more says how many are not.
    package static let maximumRows = 4

    /// What of the rows and of what is being typed fits into a window.
    ///
    /// - Parameters:
    ///   - live: the rows that there are; they stay out of a window that has no room for them.
    ///   - hints: rows about what is being typed, right above it; they have their place before the others.
    ///   - height: the rows of the window.
    package init(
        _ live: [StyledText],
        hints: [StyledText],
        _ edited: EditedRow,
        width: Int,
        height: Int,
        ambiguous: AmbiguousWidth
    ) {
        self.edited = edited
        let shownHints = hints.prefix(max(0, height - 1))
        let limit = max(0, min(Self.maximumRows, height - 2 - shownHints.count))
        var shown = live.prefix(limit)
        if limit > 0, live.count > limit {
            shown.append(StyledText("and \(live.count - limit) more", .program))
        }
        // The last column stays free: a terminal wraps after it, some at once.
        rows = (shown + shownHints).map { $0.cut(toColumns: width - 1, ambiguous).withoutLastJoiners }
    }

    /// Whether some terminal needs more columns for a row of it than these.
    package func isWider(than columns: Int) -> Bool {
        edited.isWider(than: columns) || rows.contains { $0.text.columns(.twoColumns) >= columns }
    }

    /// What the terminal has made of it, by where its cursor is within what is being typed; nil where that is not clear.
    package func fate(at columns: Int, _ ambiguous: AmbiguousWidth, cursorColumn: Int) -> RowFate? {
        edited.fate(at: columns, ambiguous, cursorColumn: cursorColumn)
    }

    /// How many rows above the cursor it begins, once the window has become narrower.
    ///
    /// - Parameter fate: what the terminal makes of rows that are too wide; where that may be wrong,
    ///   ``EditedRow/rowsAboveCursor(wrappedAt:_:cursorColumn:)`` judges what is being typed by itself.
    package func rowsAboveCursor(
        _ fate: RowFate,
        at columns: Int,
        _ ambiguous: AmbiguousWidth,
        cursorColumn: Int
    ) -> Int {
        switch fate {
        case .cutOff: rows.count
        case .wrapped:
            rows.reduce(edited.rowsAboveCursor(wrappedAt: columns, ambiguous, cursorColumn: cursorColumn)) {
                $0 + $1.rows(wrappedAt: columns, ambiguous)
            }
        }
    }
}

extension StyledText {
    /// The beginning that fits into so many columns.
    package func cut(toColumns columns: Int, _ ambiguous: AmbiguousWidth) -> StyledText {
        var room = columns
        var cut = StyledText()
        for part in parts {
            let fits = part.text.prefix { character in
                room -= character.columns(ambiguous)
                return room >= 0
            }
            if !fits.isEmpty { cut.append(String(fits), part.role) }
            guard fits.endIndex == part.text.endIndex else { break }
        }
        return cut
    }

    /// How many rows a terminal makes of it that wraps it.
    fileprivate func rows(wrappedAt columns: Int, _ ambiguous: AmbiguousWidth) -> Int {
        var rows = 1
        var used = 0
        for character in text {
            let width = character.columns(ambiguous)
            if used + width > columns {
                rows += 1
                used = 0
            }
            used += width
        }
        return rows
    }
}
