// SPDX-License-Identifier: Apache-2.0

internal import SnugTerminal

/// Finds a name in what is said: as a word, whatever its case and with or without `@`.
///
/// By characters as people see them, so that "e" is not found in "é".
struct Mentions: Sendable {
    private let name: [String]

    init(of name: String) { self.name = name.map { $0.lowercased() } }

    /// The text with its roles, and whether it has the name.
    func parts(of text: String) -> (parts: [StyledText.Part], isMention: Bool) {
        let ranges = self.ranges(in: text)
        var parts: [StyledText.Part] = []
        var end = text.startIndex
        for range in ranges {
            if end < range.lowerBound { parts.append(.init(String(text[end..<range.lowerBound]), .speech)) }
            parts.append(.init(String(text[range]), .mention))
            end = range.upperBound
        }
        if end < text.endIndex { parts.append(.init(String(text[end...]), .speech)) }
        return (parts, !ranges.isEmpty)
    }

    func ranges(in text: String) -> [Range<String.Index>] {
        guard !name.isEmpty else { return [] }
        let characters = Array(text)
        let lowered = characters.map { $0.lowercased() }
        let indices = Array(text.indices) + [text.endIndex]
        var ranges: [Range<String.Index>] = []
        var start = 0
        while start + name.count <= characters.count {
            let end = start + name.count
            guard lowered[start..<end].elementsEqual(name), isWord(characters, start..<end) else {
                start += 1
                continue
            }
            let first = start > 0 && characters[start - 1] == "@" ? start - 1 : start
            ranges.append(indices[first]..<indices[end])
            start = end
        }
        return ranges
    }

    private func isWord(_ characters: [Character], _ range: Range<Int>) -> Bool {
        let before = range.lowerBound > 0 ? characters[range.lowerBound - 1] : " "
        var after = characters[range.upperBound...].prefix(2)
        // "aisha-2" is somebody else: the server makes such names.
        if after.first == "-", after.last?.isNumber == true { after = after.dropFirst() }
        return parts(before, characters[range.lowerBound])
            && parts(characters[range.upperBound - 1], after.first ?? " ")
    }

    /// Whether a word may end between two characters.
    private func parts(_ left: Character, _ right: Character) -> Bool {
        if !left.isPartOfAWord || !right.isPartOfAWord { return true }
        // Where words are not parted by spaces, only more than one character is more likely a name than chance.
        return name.count > 1 && (left.isWrittenWithoutSpaces || right.isWrittenWithoutSpaces)
    }
}

extension Character {
    fileprivate var isPartOfAWord: Bool { isLetter || isNumber || self == "_" }

    /// Thai, Lao, Burmese, Khmer, kana and Han.
    fileprivate var isWrittenWithoutSpaces: Bool {
        switch unicodeScalars.first?.value ?? 0 {
        case 0xE00...0xEFF, 0x1000...0x109F, 0x1780...0x17FF, 0x3040...0x30FF, 0x3400...0x9FFF,
            0xF900...0xFAFF, 0x20000...0x3FFFF:
            true
        default: false
        }
    }
}
