// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms

/// How a terminal draws characters of East Asian ambiguous width (UAX #11), such as "…", "é" and "Ж".
///
/// It is a setting of the terminal, which nothing but the terminal knows.
package enum AmbiguousWidth: Int, Sendable {
    case oneColumn = 1
    case twoColumns = 2
}

extension Character {
    /// The most columns that a terminal takes to show this character.
    ///
    /// Terminals differ where characters are joined: some show a family as one picture, some as three. Too many columns
    /// only make a line scroll or wrap early; with too few its end would be cut off or wrapped by the terminal.
    package func columns(_ ambiguous: AmbiguousWidth) -> Int {
        var sum = 0
        var asksForEmoji = false
        for scalar in unicodeScalars {
            sum += scalar.columns(ambiguous)
            if scalar == "\u{FE0F}" { asksForEmoji = true }
        }
        return Swift.max(sum, asksForEmoji ? 2 : 1)
    }

    /// The fewest columns that a terminal takes, which may join more and know less of Unicode than we do.
    ///
    /// All agree on the letters of East Asia.
    func fewestColumns(_ ambiguous: AmbiguousWidth) -> Int {
        guard let first = unicodeScalars.first, first.columns(ambiguous) == 2 else { return 1 }
        return first.isEastAsian || first.columns(.oneColumn) == 1 ? 2 : 1
    }
}

extension Sequence<Character> {
    /// The columns of all characters together.
    package func columns(_ ambiguous: AmbiguousWidth) -> Int {
        var sum = 0
        for character in self { sum += character.columns(ambiguous) }
        return sum
    }
}

extension Unicode.Scalar {
    func columns(_ ambiguous: AmbiguousWidth) -> Int {
        if value < 0xA1 { return 1 }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        case .format: return isDrawnFormat ? 1 : 0
        default: break
        }
        if WidthTable.twoColumns.holdsInARun(value) { return 2 }
        return WidthTable.oneOrTwoColumns.holdsInARun(value) ? ambiguous.rawValue : 1
    }

    /// Between the radicals and the fullwidth forms lie no pictures.
    fileprivate var isEastAsian: Bool { (0x2E80...0xFFE6).contains(value) }

    /// Format characters that are drawn, around the digits behind them (Prepended_Concatenation_Mark).
    private var isDrawnFormat: Bool {
        switch value {
        case 0x600...0x605, 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD: true
        default: false
        }
    }
}

extension [UInt32] {
    /// Whether `value` lies in one of the runs whose bounds these are; see ``WidthTable``.
    fileprivate func holdsInARun(_ value: UInt32) -> Bool {
        !partitionPoint { $0 > value }.isMultiple(of: 2)
    }
}
