// SPDX-License-Identifier: Apache-2.0

/// Draws one row for what is being typed, with messages above it; text in, a terminal's bytes as text out.
///
/// The text must be safe for a terminal. The row never wraps: it scrolls sideways instead, so that it can be erased
/// without knowing what else is on the screen. The terminal itself remembers where the cursor belongs, so a
/// character that is wider than we know cannot misplace it.
///
/// Our own name is nowhere on the screen. Only the server's words tell it, and a name or a line that somebody chose
/// could look like them.
package struct TerminalScreen: Sendable {
    /// Whether text may be bold or dim.
    package var hasStyle: Bool

    /// The width of the window.
    package var columns: Int

    /// How the terminal draws what may be drawn in one column or in two: it is asked, and until it has answered, nothing
    /// may be too wide.
    package var ambiguous = AmbiguousWidth.twoColumns

    /// In front of a line of our own.
    ///
    /// No name holds a star or anything that looks like one, and a notice begins with a star and a space, so no message
    /// of others can begin like this.
    package static let ownMark = "*> "

    /// In front of what this program has to say.
    package static let programMark = "*! "

    /// One of each kind of ambiguous characters: a terminal may draw some in one column and others in two.
    private static let widthProbe = "…Жé①"

    /// Asks how the terminal draws what is ambiguous; what it takes for that is erased again.
    package static let widthQuestion =
        "\r" + widthProbe + TerminalSequence.askForCursor + TerminalSequence.eraseRow

    /// A screen of so many columns that has not said yet how it draws what is ambiguous.
    package init(hasStyle: Bool, columns: Int) {
        self.hasStyle = hasStyle
        self.columns = columns
    }

    /// Learns from where the cursor stood behind the probe of ``widthQuestion``.
    package mutating func learnWidth(fromCursorColumn column: Int) {
        ambiguous = column == Self.widthProbe.columns(.oneColumn) + 1 ? .oneColumn : .twoColumns
    }

    /// A message in place of the row.
    package func messageInsteadOfRow(_ text: String) -> String {
        TerminalSequence.eraseRow + styled(text) + "\n"
    }

    /// A message where there is no row, and the terminal is set as its user has it.
    package func message(_ text: String) -> String {
        TerminalSequence.wrapNothing + styled(text) + TerminalSequence.wrapAgain + "\n"
    }

    /// What is to be seen of what is being typed.
    package func row(_ editor: LineEditor) -> EditedRow {
        EditedRow(editor, columns: columns, ambiguous: ambiguous)
    }

    /// The row, drawn over what it was before.
    package func drawn(_ row: EditedRow) -> String {
        TerminalSequence.eraseRow + style(EditedRow.prompt, TerminalSequence.bold) + row.before
            + TerminalSequence.saveCursor + row.after + TerminalSequence.eraseToEndOfRow
            + TerminalSequence.restoreCursor
    }

    /// Erases a row that begins so many rows above the cursor's.
    package func erasure(ofRowsAboveCursor rows: Int) -> String {
        "\r" + TerminalSequence.cursorUp(rows) + TerminalSequence.eraseToEndOfScreen
    }

    private func styled(_ text: String) -> String {
        let rows = MessageRows(columns: columns, ambiguous: ambiguous).text(of: text)
        return text.hasPrefix("* ") && text.hasSuffix(" *") ? style(rows, TerminalSequence.dim) : rows
    }

    private func style(_ text: String, _ sequence: String) -> String {
        hasStyle ? sequence + text + TerminalSequence.plain : text
    }
}
