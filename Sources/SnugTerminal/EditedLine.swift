// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms

/// A line and the cursor in it, and what can be done to both.
///
/// The text is safe to draw at any time, whatever was typed or pasted.
struct EditedLine: Equatable, Sendable {
    /// What people see as characters, not code points: one Backspace takes a flag or a family away.
    private(set) var text: [Character] = []

    /// How many of the characters stand before the cursor.
    private(set) var cursor = 0

    init() {}

    /// With the cursor at the end of a text that is safe already.
    init(_ text: String) {
        self.text = Array(text)
        cursor = self.text.count
    }

    /// With the cursor between two texts that are safe already.
    init(before: String, after: String) {
        text = Array(before)
        cursor = text.count
        text += Array(after)
    }

    /// What stands before the cursor.
    var before: String { String.joining(text[..<cursor]) }

    /// What stands behind it.
    var after: String { String.joining(text[cursor...]) }

    var string: String { String.joining(text[...]) }

    var isBlank: Bool { text.allSatisfy(\.isWhitespace) }

    /// Puts `new` at the cursor, on one line and without anything that a terminal would obey.
    mutating func insert(_ new: String) {
        guard text.reduce(0, { $0 + $1.utf8.count }) < InputLimits.maximumLineBytes else { return }
        // Together with what is before it: a mark belongs to its base, and a joiner to the emoji it joins.
        let before = Array(SafeText.clean(self.before + new))
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

    /// Takes characters away, and returns them; the cursor is then where they were.
    @discardableResult
    mutating func remove(_ range: Range<Int>) -> String {
        let range = range.clamped(to: 0..<text.count)
        let removed = String.joining(text[range])
        text.removeSubrange(range)
        cursor = range.lowerBound
        return removed
    }

    mutating func moveCursor(to position: Int) { cursor = min(max(0, position), text.count) }

    /// Has the characters on both sides of the cursor change places, or at the end the last two; the cursor goes on.
    mutating func transpose() {
        guard cursor > 0, text.count > 1 else { return }
        let second = min(cursor, text.count - 1)
        let pair = [text[second], text[second - 1]]
        let end = text[(second + 1)...]
        // As if they were typed: what begins a line or follows another character may be something else there.
        var other = EditedLine()
        other.insert(String.joining(text[..<(second - 1)]) + String.joining(pair[...]))
        guard other.text.count == second + 1 else { return }
        text = other.text + end
        cursor = second + 1
    }

    // MARK: Words

    /// Where the word before the cursor begins, if words are what blanks part.
    var startOfWord: Int {
        let word = text[..<cursor].lastIndex { !$0.isWhitespace } ?? 0
        return text[..<word].lastIndex { $0.isWhitespace }.map { $0 + 1 } ?? 0
    }

    /// Where the letters and digits before the cursor begin.
    var startOfLetters: Int {
        let last = text[..<cursor].lastIndex(where: \.isOfWord) ?? 0
        return text[..<last].lastIndex { !$0.isOfWord }.map { $0 + 1 } ?? 0
    }

    /// Where the next letters and digits end.
    var endOfLetters: Int {
        let first = text[cursor...].firstIndex(where: \.isOfWord) ?? text.count
        return text[first...].firstIndex { !$0.isOfWord } ?? text.count
    }
}

extension Character {
    fileprivate var isOfWord: Bool { isLetter || isNumber }
}
