// SPDX-License-Identifier: Apache-2.0

/// What in a passphrase may not be meant to be in it, because nobody sees it; it counts like everything else.
public enum PassphraseOddity: String, CaseIterable, Sendable, CustomStringConvertible {
    /// Some editors put one at the beginning of each file (U+FEFF).
    case byteOrderMark = "begins with a byte order mark"

    /// A space, a tab or a line break.
    case blankAtTheBeginning = "begins with a blank"

    /// A space, a tab or a line break; of those that end a file, one is taken off.
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
            if text.first.map(Self.isBlank) == true { oddities.append(.blankAtTheBeginning) }
            if text.last.map(Self.isBlank) == true { oddities.append(.blankAtTheEnd) }
            let content = text.drop(while: Self.isBlank)
            let end = content.lastIndex { !Self.isBlank($0) } ?? content.startIndex
            if content[..<end].contains(where: Self.isLineBreak) { oddities.append(.secondLine) }
            return oddities
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || isLineBreak(byte)
    }

    private static func isLineBreak(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }
}
