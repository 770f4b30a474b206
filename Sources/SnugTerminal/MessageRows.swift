// SPDX-License-Identifier: Apache-2.0

/// How a message is spread over the rows of a terminal.
///
/// A terminal that wraps a message by itself begins its rows where messages begin: with enough spaces in front of it, a
/// part of one could pass for another speaker's line or for a notice. So the message is wrapped here, at words where
/// they fit. Every row but the first begins with spaces, which no message does, and a run of spaces is shown as one.
package struct MessageRows: Sendable {
    /// The width of the window.
    package let columns: Int

    /// How the terminal draws what may be drawn in one column or in two.
    package let ambiguous: AmbiguousWidth

    /// Rows for a window of so many columns.
    package init(columns: Int, ambiguous: AmbiguousWidth) {
        self.columns = columns
        self.ambiguous = ambiguous
    }

    /// The message as rows; never without one.
    ///
    /// No row is wider than the window, if that has three columns at least.
    package func rows(of message: StyledText) -> [StyledText] {
        var filling = Filling(columns: columns, ambiguous: ambiguous)
        let characters = message.parts.flatMap { part in
            part.text.map { Styled(character: $0, role: part.role) }
        }
        var rest = characters[...]
        while let start = rest.firstIndex(where: { !$0.character.isBlank }) {
            let end = rest[start...].firstIndex { $0.character.isBlank } ?? rest.endIndex
            // The blank in front of a word, if there is any, says what the space that is shown for it looks like.
            filling.take(rest[start..<end], behind: start > 0 ? characters[start - 1].role : .speech)
            rest = rest[end...]
        }
        return filling.rows.map(\.withoutLastJoiners)
    }

    /// A character, and what it is a part of.
    private struct Styled {
        let character: Character
        let role: StyledText.Role
    }

    /// Rows while words come in.
    private struct Filling {
        private(set) var rows = [StyledText()]

        private let ambiguous: AmbiguousWidth
        private let indent: Int
        /// The last column stays free: some terminals wrap right after it.
        private let limit: Int
        private var used = 0
        /// Whether the row has a word already, and so the next one a space in front of it.
        private var hasWord = false

        init(columns: Int, ambiguous: AmbiguousWidth) {
            self.ambiguous = ambiguous
            indent = min(4, max(1, columns / 4))
            // Behind the indent there is room for a character of two columns, even if it is cut off.
            limit = max(columns - 1, indent + 2)
        }

        mutating func take(_ word: ArraySlice<Styled>, behind blank: StyledText.Role) {
            if hasWord { part(from: word, blank) }
            for styled in word { take(styled) }
            hasWord = true
        }

        /// Ends the word before another one, with a space or with the row.
        private mutating func part(from word: ArraySlice<Styled>, _ blank: StyledText.Role) {
            let columns = word.reduce(0) { $0 + $1.character.columns(ambiguous) }
            // A word that fits no row is broken, and may begin here as well as on the next; but a link is broken as little
            // as possible, because who follows it puts it together again.
            let needed = indent + columns > limit && !Self.isLink(word) ? 2 : columns
            if used + 1 + needed > limit { beginRow() } else { append(" ", blank, columns: 1) }
        }

        private static func isLink(_ word: ArraySlice<Styled>) -> Bool {
            String.joining(word.map(\.character)[...]).firstRange(of: "://") != nil
        }

        private mutating func take(_ styled: Styled) {
            let columns = styled.character.columns(ambiguous)
            guard columns > limit - indent else {
                append(String(styled.character), styled.role, columns: columns)
                return
            }
            // Many signs can be one character, and wider than the window. In pieces they are not joined.
            for scalar in styled.character.unicodeScalars where scalar != "\u{200D}" {
                append(String(scalar), styled.role, columns: Character(scalar).columns(ambiguous))
            }
        }

        private mutating func append(_ piece: String, _ role: StyledText.Role, columns: Int) {
            if used + columns > limit { beginRow() }
            rows[rows.count - 1].append(piece, role)
            used += columns
        }

        private mutating func beginRow() {
            rows.append(StyledText(String(repeating: " ", count: indent), .speech))
            used = indent
            hasWord = false
        }
    }
}

extension Character {
    /// Whether nothing is drawn where this character stands.
    fileprivate var isBlank: Bool {
        guard let base = unicodeScalars.first, base.isBlank else { return false }
        return unicodeScalars.dropFirst().allSatisfy { $0.isBlank || $0.isInvisible }
    }
}

extension Unicode.Scalar {
    /// White space, and signs that look like it: the braille pattern without dots, the Hangul fillers, a note without a
    /// head, and the blanks of Egyptian hieroglyphs.
    fileprivate var isBlank: Bool {
        switch value {
        case 0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0, 0x13441, 0x13442, 0x1D159: true
        default: properties.isWhitespace
        }
    }

    /// A sign that only says something about the one before it, such as a variation selector.
    fileprivate var isInvisible: Bool { properties.isDefaultIgnorableCodePoint }
}
