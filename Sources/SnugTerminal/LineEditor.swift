// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms
package import SnugSystem

/// One line that is being typed: keys in, what to do out.
///
/// A value without a terminal. The text in it is safe to draw at any time, whatever was typed or pasted.
package struct LineEditor: Sendable {
    /// What the user wants that the line itself cannot do.
    package enum Action: Equatable, Sendable {
        case clearScreen
        /// The terminal's answer to a question of ours; see ``Key/cursorReport(column:)``.
        case cursorReport(column: Int)
        /// Enter on a line with nothing to send.
        case emptyLine
        case endOfInput
        case leave
        /// Never blank, never longer than ``InputLimits/maximumLineBytes``.
        case line(String)
        /// The room with this number, counted from 1.
        case room(Int)
        case stop
    }

    /// What people see as characters, not code points: one Backspace takes a flag or a family away.
    package private(set) var text: [Character] = []

    /// How many of the characters stand before the cursor.
    package private(set) var cursor = 0

    private var parser = KeyParser()
    private var history = History()

    /// An empty line, and nothing to go back to.
    package init() {}

    /// Takes what was typed and came at `time`.
    package mutating func take(_ bytes: [UInt8], at time: MonotonicTime) -> [Action] {
        parser.take(bytes, at: time).compactMap { perform($0) }
    }

    private mutating func perform(_ key: Key) -> Action? {
        switch key {
        case .chooseRoom(let number): return .room(number)
        case .clearScreen: return .clearScreen
        case .controlC: return .leave
        case .controlD where text.isEmpty: return .endOfInput
        case .controlZ: return .stop
        case .cursorReport(let column): return .cursorReport(column: column)
        case .enter: return finishLine()
        case .down: replace(with: history.later())
        case .up: replace(with: history.earlier(than: text))
        case .end: cursor = text.count
        case .home: cursor = 0
        case .left: cursor = max(0, cursor - 1)
        case .right: cursor = min(text.count, cursor + 1)
        case .text(let new): insert(new)
        default: remove(range(erasedBy: key))
        }
        return nil
    }

    private mutating func finishLine() -> Action {
        let line = text
        replace(with: [])
        let isBlank = line.allSatisfy(\.isWhitespace)
        history.finish(isBlank ? nil : line)
        return isBlank ? .emptyLine : .line(String.joining(line[...]))
    }

    /// Puts `new` at the cursor, on one line and without anything that a terminal would obey.
    private mutating func insert(_ new: String) {
        guard text.reduce(0, { $0 + $1.utf8.count }) < InputLimits.maximumLineBytes else { return }
        // Together with what is before it: a mark belongs to its base, and a joiner to the emoji it joins.
        var joined = String.joining(text[..<cursor])
        joined += new
        let before = Array(SafeText.clean(joined))
        let after = text[cursor...]
        var room = InputLimits.maximumLineBytes
        for character in after { room -= character.utf8.count }
        let kept = before.prefix { character in
            room -= character.utf8.count
            return room >= 0
        }
        text = Array(kept + after)
        cursor = kept.count
    }

    private func range(erasedBy key: Key) -> Range<Int> {
        switch key {
        case .backspace: max(0, cursor - 1)..<cursor
        case .controlD, .delete: cursor..<min(text.count, cursor + 1)
        case .killToEnd: cursor..<text.count
        case .killToStart: 0..<cursor
        case .killWord: startOfWord..<cursor
        default: cursor..<cursor
        }
    }

    private var startOfWord: Int {
        let word = text[..<cursor].lastIndex { !$0.isWhitespace } ?? 0
        return text[..<word].lastIndex { $0.isWhitespace }.map { $0 + 1 } ?? 0
    }

    private mutating func remove(_ range: Range<Int>) {
        text.removeSubrange(range)
        cursor = range.lowerBound
    }

    private mutating func replace(with other: [Character]?) {
        guard let other else { return }
        text = other
        cursor = text.count
    }
}

/// The lines that were sent, in memory only: it is a private chat.
private struct History: Sendable {
    private var lines: [[Character]] = []
    private var position = 0
    /// What was being typed when the first step back was made.
    private var draft: [Character] = []

    private static let maximumLines = 100

    /// Goes back to the end, behind `line` if there is one.
    mutating func finish(_ line: [Character]?) {
        if let line, line != lines.last { lines.append(line) }
        if lines.count > Self.maximumLines { lines.removeFirst() }
        position = lines.count
    }

    mutating func earlier(than current: [Character]) -> [Character]? {
        guard position > 0 else { return nil }
        if position == lines.count { draft = current }
        position -= 1
        return lines[position]
    }

    mutating func later() -> [Character]? {
        guard position < lines.count else { return nil }
        position += 1
        return position == lines.count ? draft : lines[position]
    }
}

extension String {
    /// The characters as one text: `String.init` of the standard library allocates for every one of them.
    static func joining(_ characters: ArraySlice<Character>) -> String {
        var text = ""
        for character in characters { text.append(character) }
        return text
    }
}
