// SPDX-License-Identifier: Apache-2.0

extension Character {
    /// How many columns a terminal may take to show this character; never too few.
    ///
    /// Terminals differ where characters are joined: some show a family as one picture, some as three. Too many columns
    /// only make a line scroll or wrap early; with too few its end would be cut off.
    var columns: Int {
        let sum = unicodeScalars.reduce(0) { $0 + $1.columns }
        let asksForEmoji = unicodeScalars.contains("\u{FE0F}")
        return Swift.max(sum, asksForEmoji ? 2 : 1)
    }
}

extension Sequence<Character> {
    /// The columns of all characters together.
    var columns: Int { reduce(0) { $0 + $1.columns } }
}

extension Unicode.Scalar {
    fileprivate var columns: Int {
        if value < 0x300 { return 1 }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: return isWide || properties.isEmojiPresentation ? 2 : 1
        }
    }

    /// East Asian wide and fullwidth (UAX #11), in blocks rather than to the letter.
    private var isWide: Bool {
        switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
            0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6,
            0x16FE0...0x1B2FF, 0x1F000...0x1FAFF, 0x20000...0x3FFFD:
            true
        default: false
        }
    }
}
