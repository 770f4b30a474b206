// SPDX-License-Identifier: Apache-2.0

/// What in a passphrase may not be meant to be in it, because nobody sees it; it counts like everything else.
public enum PassphraseOddity: String, CaseIterable, Sendable, CustomStringConvertible {
    /// Some editors put one at the beginning of each file (U+FEFF).
    case byteOrderMark = "begins with a byte order mark"

    /// A space of any kind, a tab, a line break, or a character that only directs others.
    case blankAtTheBeginning = "begins with a blank"

    /// The same; of the line breaks that end a file, one is taken off.
    case blankAtTheEnd = "ends with a blank or an empty line"

    /// A line break within it.
    case secondLine = "has more than one line"

    /// One lower-case sentence without a full stop.
    public var description: String {
        "the passphrase \(rawValue), which counts as a part of it: take it out at both ends if it is not meant"
    }
}

extension Passphrase {
    /// What looks odd in it.
    public var oddities: [PassphraseOddity] {
        withBytes { bytes in
            let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
            let text = bytes.starts(with: mark) ? bytes[mark.count...] : bytes[...]
            var oddities: [PassphraseOddity] = []
            if text.count < bytes.count { oddities.append(.byteOrderMark) }
            let look = Look(of: text)
            if look.beginsWithBlank { oddities.append(.blankAtTheBeginning) }
            if look.endsWithBlank { oddities.append(.blankAtTheEnd) }
            if look.hasSecondLine { oddities.append(.secondLine) }
            return oddities
        }
    }

    /// What is seen of a text, character by character: a string would leave a copy of it in memory.
    private struct Look {
        private(set) var beginsWithBlank = false
        private(set) var endsWithBlank = false
        private(set) var hasSecondLine = false

        init(of text: some Sequence<UInt8>) {
            var decoder = UTF8()
            var bytes = text.makeIterator()
            var isFirst = true
            var hasBegun = false
            var isBrokenOff = false
            while case .scalarValue(let character) = decoder.decode(&bytes) {
                endsWithBlank = Self.isBlank(character)
                if isFirst { beginsWithBlank = endsWithBlank }
                isFirst = false
                if !endsWithBlank {
                    hasSecondLine = hasSecondLine || isBrokenOff
                    hasBegun = true
                } else if hasBegun, Self.isLineBreak(character) {
                    isBrokenOff = true
                }
            }
        }

        private static func isBlank(_ character: Unicode.Scalar) -> Bool {
            character.properties.isWhitespace || character.properties.generalCategory == .format
        }

        private static func isLineBreak(_ character: Unicode.Scalar) -> Bool {
            "\n\r\u{85}\u{2028}\u{2029}".unicodeScalars.contains(character)
        }
    }
}
