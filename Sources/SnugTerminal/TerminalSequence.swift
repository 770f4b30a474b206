// SPDX-License-Identifier: Apache-2.0

/// Everything that is ever sent to a terminal besides text.
package enum TerminalSequence {
    package static let bell = "\u{7}"
    package static let eraseRow = "\r\u{1B}[K"
    package static let eraseToEndOfRow = "\u{1B}[K"
    package static let eraseToEndOfScreen = "\u{1B}[J"
    package static let clearScreen = "\u{1B}[H\u{1B}[2J"
    package static let saveCursor = "\u{1B}7"
    package static let restoreCursor = "\u{1B}8"
    /// Asks in which row and column the cursor stands; see ``Key/cursorReport(column:)``.
    package static let askForCursor = "\u{1B}[6n"
    /// Asks for the cursor and then, with the cursor in the last column, for the width of the window.
    package static let askForCursorAndWidth =
        askForCursor + saveCursor + "\u{1B}[999C" + askForCursor + restoreCursor
    /// Asks which program the terminal is; see ``Key/terminalReport(kind:version:)``.
    package static let askForKind = "\u{1B}[>c"
    /// Takes away the terminal's own wrapping: what is wider than we think must not begin another row.
    package static let wrapNothing = "\u{1B}[?7l"
    package static let wrapAgain = "\u{1B}[?7h"
    /// Marks what is pasted, besides ``wrapNothing``.
    package static let takeOver = "\u{1B}[?2004h" + wrapNothing
    /// Undoes ``takeOver``, without the row for what is being typed.
    package static let giveBack: StaticString = "\r\u{1B}[K\u{1B}[?7h\u{1B}[?2004l"
    package static let bold = "\u{1B}[1m"
    package static let boldReverse = "\u{1B}[1;7m"
    package static let dim = "\u{1B}[2m"
    package static let plain = "\u{1B}[m"

    package static func cursorUp(_ rows: Int) -> String { rows > 0 ? "\u{1B}[\(rows)A" : "" }
}
