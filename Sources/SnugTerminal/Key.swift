// SPDX-License-Identifier: Apache-2.0

/// What someone pressed or pasted, or a terminal answered.
package enum Key: Equatable, Sendable {
    case backspace
    case cancel
    /// Alt with a digit from 1 to 9.
    case chooseRoom(Int)
    case clearScreen
    case complete
    case controlC
    case controlD
    case controlZ
    /// The terminal says in which column its cursor stands, counted from 1.
    case cursorReport(column: Int)
    case delete
    case down
    case end
    case enter
    /// By itself: nothing came behind it in time.
    case escape
    case home
    case killToEnd
    case killToStart
    /// Back to the last blank.
    case killWord
    /// Back to the beginning of letters and digits.
    case killLetters
    case killNextLetters
    case left
    /// A part of what is being pasted, as it came: it may hold anything, line breaks too.
    case pasted(String)
    case pasteEnded
    case right
    case search
    /// The terminal says which program it is, and of which version; see ``RowFate/init(kind:version:)``.
    case terminalReport(kind: Int, version: Int)
    /// Typed, as it came: it may hold anything.
    case text(String)
    case transpose
    case undo
    case up
    case wordLeft
    case wordRight
    case yank
    /// In place of what was yanked: what was killed before that.
    case yankEarlier
}
