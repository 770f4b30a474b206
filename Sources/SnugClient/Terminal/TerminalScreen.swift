// SPDX-License-Identifier: Apache-2.0

/// Everything that is ever sent to a terminal besides text.
enum TerminalSequence {
    static let eraseRow = "\r\u{1B}[K"
    static let eraseToEndOfRow = "\u{1B}[K"
    static let clearScreen = "\u{1B}[H\u{1B}[2J"
    static let saveCursor = "\u{1B}7"
    static let restoreCursor = "\u{1B}8"
    /// Marks what is pasted, and takes away the terminal's own wrapping: what is wider than we think must not begin
    /// another row.
    static let takeOver = "\u{1B}[?2004h\u{1B}[?7l"
    /// Undoes ``takeOver``, without the row for what is being typed.
    static let giveBack: StaticString = "\r\u{1B}[K\u{1B}[?7h\u{1B}[?2004l"
    static let bold = "\u{1B}[1m"
    static let dim = "\u{1B}[2m"
    static let plain = "\u{1B}[m"
}

/// Draws one row for what is being typed, with messages above it; text in, a terminal's bytes as text out.
///
/// The text must be safe for a terminal. The row never wraps: it scrolls sideways instead, so that it can be erased
/// without knowing what else is on the screen. The terminal itself remembers where the cursor belongs, so a
/// character that is wider than ``Swift/Character/columns`` knows cannot misplace it.
///
/// Our own name is nowhere on the screen. Only the server's words tell it, and a name or a line that somebody chose
/// could look like them.
struct TerminalScreen: Sendable {
    /// Whether text may be bold or dim.
    var hasStyle: Bool

    /// The width of the window.
    var columns: Int

    /// In front of what is being typed.
    private static let prompt = "> "

    /// In front of a line of our own.
    ///
    /// No name holds a star or anything that looks like one, and a notice begins with a star and a space, so no message
    /// of others can begin like this.
    static let ownMark = "*> "

    /// A message in place of the row, and the row again under it.
    func message(_ text: String, above editor: LineEditor) -> String {
        TerminalSequence.eraseRow + styled(text) + "\n" + row(editor)
    }

    /// A message that has no row under it.
    func message(_ text: String) -> String { styled(text) + "\n" }

    /// The row, drawn over what it was before.
    func row(_ editor: LineEditor) -> String {
        let prompt = Self.prompt
        // The last column stays free: a terminal wraps after it, some at once.
        let room = max(2, columns - 1 - prompt.columns)
        let (before, after) = Self.visible(editor, within: room)
        return TerminalSequence.eraseRow + style(prompt, TerminalSequence.bold) + before
            + TerminalSequence.saveCursor + after + TerminalSequence.eraseToEndOfRow
            + TerminalSequence.restoreCursor
    }

    /// An empty screen but for the row.
    func cleared(_ editor: LineEditor) -> String { TerminalSequence.clearScreen + row(editor) }

    /// The part around the cursor that fits; of what is behind it at most a quarter, so that it comes in sight in time.
    private static func visible(_ editor: LineEditor, within room: Int) -> (before: String, after: String) {
        let before = editor.text[..<editor.cursor]
        let after = editor.text[editor.cursor...]
        var roomBefore = room - min(after.columns, room / 4)
        let start = before.lastIndex { character in
            roomBefore -= character.columns
            return roomBefore < 0
        }
        let shownBefore = start.map { before[($0 + 1)...] } ?? before
        var roomAfter = room - shownBefore.columns
        let shownAfter = after.prefix { character in
            roomAfter -= character.columns
            return roomAfter >= 0
        }
        return (String(shownBefore), String(shownAfter))
    }

    private func styled(_ text: String) -> String {
        let rows = MessageRows(columns: columns).text(of: text)
        return text.hasPrefix("* ") && text.hasSuffix(" *") ? style(rows, TerminalSequence.dim) : rows
    }

    private func style(_ text: String, _ sequence: String) -> String {
        hasStyle ? sequence + text + TerminalSequence.plain : text
    }
}
