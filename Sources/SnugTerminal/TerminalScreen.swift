// SPDX-License-Identifier: Apache-2.0

/// Draws a live area with messages above it; text in, a terminal's bytes as text out.
///
/// The text must be safe for a terminal. No row of the area ever wraps: what is being typed scrolls sideways, and the
/// others are cut, so that it can be erased without knowing what else is on the screen. The terminal itself remembers
/// where the cursor belongs, so a character that is wider than we know cannot misplace it.
package struct TerminalScreen: Sendable {
    /// What parts of a message look like.
    package var palette: Palette

    /// The width of the window.
    package var columns: Int

    /// The height of the window.
    package var rows: Int

    /// How the terminal draws what may be drawn in one column or in two: it is asked, and until it has answered, nothing
    /// may be too wide.
    package var ambiguous = AmbiguousWidth.twoColumns

    /// What it makes of rows that are too wide once its window has become narrower: what it is known for, or else what
    /// it did the last time that this was to be seen, and before that what most terminals do.
    package private(set) var rowFate = RowFate.wrapped

    /// Whether its rows are known to be cut off by the name that it has given.
    private var isKnownToCut = false

    /// In front of a line of our own.
    ///
    /// No name holds a star or anything that looks like one, and a notice begins with a star and a space, so no message
    /// of others can begin like this.
    package static let ownMark = "*> "

    /// In front of what this program has to say.
    package static let programMark = "*! "

    /// One of each kind of ambiguous characters: a terminal may draw some in one column and others in two.
    private static let widthProbe = "…Жé①"

    /// Asks which terminal it is, and how it draws what is ambiguous; what it takes for that is erased again.
    ///
    /// Who has answered the second question has answered the first one as well, or never will.
    package static let firstQuestions =
        TerminalSequence.askForKind + "\r" + widthProbe + TerminalSequence.askForCursor
        + TerminalSequence.eraseRow

    /// A screen of that size that has not said yet how it draws what is ambiguous.
    package init(palette: Palette, columns: Int, rows: Int = 24) {
        self.palette = palette
        self.columns = columns
        self.rows = rows
    }

    /// Learns from where the cursor stood behind the probe of ``firstQuestions``.
    package mutating func learnWidth(fromCursorColumn column: Int) {
        ambiguous = column == Self.widthProbe.columns(.oneColumn) + 1 ? .oneColumn : .twoColumns
    }

    /// Learns from what it says it is.
    package mutating func learnKind(_ kind: Int, version: Int) {
        rowFate = RowFate(kind: kind, version: version)
        isKnownToCut = rowFate == .cutOff
    }

    // MARK: Messages

    /// A message in place of the area that is on the screen, and where none is, on the cursor's row.
    package func message(_ text: StyledText, insteadOf area: LiveArea?) -> String {
        erasure(of: area) + styled(text) + "\n"
    }

    /// A message where there is no area, and the terminal is set as its user has it.
    package func message(_ text: StyledText) -> String {
        TerminalSequence.wrapNothing + styled(text) + TerminalSequence.wrapAgain + "\n"
    }

    private func styled(_ text: StyledText) -> String {
        MessageRows(columns: columns, ambiguous: ambiguous).rows(of: text).map(row).joined(separator: "\n")
    }

    // MARK: The live area

    /// What is to be seen of what is being typed, under the rows that are there for a while.
    package func area(
        _ editor: LineEditor,
        prompt: String = EditedRow.usualPrompt,
        live: [StyledText] = []
    ) -> LiveArea {
        let edited = EditedRow(editor, prompt: prompt, columns: columns, ambiguous: ambiguous)
        return LiveArea(
            live,
            hints: editor.hints,
            edited,
            width: columns,
            height: rows,
            ambiguous: ambiguous
        )
    }

    /// The area, drawn over what it was before, or from the cursor's row on.
    package func drawn(_ area: LiveArea, over former: LiveArea?) -> String {
        guard area.rows != former?.rows ?? [] else { return drawn(area.edited) }
        return erasure(of: former) + area.rows.map { row($0) + "\n" }.joined() + drawn(area.edited)
    }

    private func drawn(_ edited: EditedRow) -> String {
        TerminalSequence.eraseRow + styled(edited.prompt, TerminalSequence.bold) + edited.before
            + TerminalSequence.saveCursor + edited.after + TerminalSequence.eraseToEndOfRow
            + TerminalSequence.restoreCursor
    }

    /// Erases an area; the cursor is then where it began.
    package func erasure(of area: LiveArea?) -> String {
        guard let area, !area.rows.isEmpty else { return TerminalSequence.eraseRow }
        return erasure(ofRowsAboveCursor: area.rows.count)
    }

    /// Erases an area in a window that has become narrower.
    ///
    /// - Parameter cursorColumn: where the terminal says that the cursor is, counted from 1.
    package mutating func erasure(of area: LiveArea?, cursorColumn: Int) -> String {
        guard let area else { return erasure(ofRowsAboveCursor: 0) }
        if !isKnownToCut {
            rowFate = area.fate(at: columns, ambiguous, cursorColumn: cursorColumn) ?? rowFate
        }
        return erasure(
            ofRowsAboveCursor: area.rowsAboveCursor(
                rowFate,
                at: columns,
                ambiguous,
                cursorColumn: cursorColumn
            )
        )
    }

    /// Erases an area that begins so many rows above the cursor's.
    private func erasure(ofRowsAboveCursor rows: Int) -> String {
        "\r" + TerminalSequence.cursorUp(rows) + TerminalSequence.eraseToEndOfScreen
    }

    // MARK: Looks

    /// No look reaches beyond the row that it begins in.
    private func row(_ text: StyledText) -> String {
        text.parts.map { styled($0.text, palette.look(of: $0.role)) }.joined()
    }

    private func styled(_ text: String, _ sequence: String) -> String {
        palette.isPlain || sequence.isEmpty ? text : sequence + text + TerminalSequence.plain
    }
}
