// SPDX-License-Identifier: Apache-2.0

/// Everything that is ever sent to a terminal besides text.
enum TerminalSequence {
    static let eraseRow = "\r\u{1B}[K"
    static let eraseToEndOfRow = "\u{1B}[K"
    static let eraseToEndOfScreen = "\u{1B}[J"
    static let clearScreen = "\u{1B}[H\u{1B}[2J"
    static let saveCursor = "\u{1B}7"
    static let restoreCursor = "\u{1B}8"
    /// Asks in which row and column the cursor stands; see ``Key/cursorReport(column:)``.
    static let askForCursor = "\u{1B}[6n"
    /// Asks for the cursor and then, with the cursor in the last column, for the width of the window.
    static let askForCursorAndWidth =
        askForCursor + saveCursor + "\u{1B}[999C" + askForCursor + restoreCursor
    /// Takes away the terminal's own wrapping: what is wider than we think must not begin another row.
    static let wrapNothing = "\u{1B}[?7l"
    static let wrapAgain = "\u{1B}[?7h"
    /// Marks what is pasted, besides ``wrapNothing``.
    static let takeOver = "\u{1B}[?2004h" + wrapNothing
    /// Undoes ``takeOver``, without the row for what is being typed.
    static let giveBack: StaticString = "\r\u{1B}[K\u{1B}[?7h\u{1B}[?2004l"
    static let bold = "\u{1B}[1m"
    static let dim = "\u{1B}[2m"
    static let plain = "\u{1B}[m"

    static func cursorUp(_ rows: Int) -> String { rows > 0 ? "\u{1B}[\(rows)A" : "" }
}
