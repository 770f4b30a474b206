// SPDX-License-Identifier: Apache-2.0

/// Text in columns of a terminal's width.
enum Columns {
    /// The width that every terminal has.
    static let total = 80

    /// How many columns a terminal gives to `text`.
    static func width(of text: String) -> Int {
        if CapturedText.isPrintableASCII(text) { return text.utf8.count }
        return text.reduce(0) { $0 + width(of: $1) }
    }

    /// Wide are East Asian letters and emoji (UAX #11), which is what people chat in; the rest takes one.
    static func width(of character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        let isEmoji =
            first.properties.isEmojiPresentation
            || first.properties.isEmoji && character.unicodeScalars.contains("\u{fe0f}")
        switch first.value {
        case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xa960...0xa97f, 0xac00...0xd7a3,
            0xf900...0xfaff, 0xfe30...0xfe6f, 0xff00...0xff60, 0xffe0...0xffe6, 0x20000...0x3fffd:
            return 2
        default: return isEmoji ? 2 : 1
        }
    }

    /// `text` in exactly `width` columns.
    static func fit(_ text: String, _ width: Int) -> String {
        let cut = self.cut(text, width)
        return cut + String(repeating: " ", count: max(0, width - self.width(of: cut)))
    }

    /// `text` at the right end of `width` columns.
    static func right(_ text: String, _ width: Int) -> String {
        let cut = self.cut(text, width)
        return String(repeating: " ", count: max(0, width - self.width(of: cut))) + cut
    }

    /// `text`, cut with an ellipsis where it is wider than `width` columns.
    static func cut(_ text: String, _ width: Int) -> String {
        guard self.width(of: text) > width else { return text }
        var kept = ""
        var used = 0
        for character in text {
            let next = self.width(of: character)
            guard used + next < width else { break }
            kept.append(character)
            used += next
        }
        return kept + "…"
    }

    /// `text` in lines of at most `width` columns, broken between words.
    static func wrap(_ text: String, _ width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if line.isEmpty {
                line = String(word)
            } else if self.width(of: line) + 1 + self.width(of: String(word)) <= width {
                line += " " + word
            } else {
                lines.append(line)
                line = String(word)
            }
        }
        if !line.isEmpty { lines.append(line) }
        return lines.map { cut($0, width) }
    }

    /// `label` in a column of its own, and `text` beside it over as many lines as it takes.
    ///
    /// The text may quote a peer: nothing of that reaches the terminal raw.
    static func hanging(_ label: String, _ text: String, labelWidth: Int) -> [String] {
        let lines = wrap(CapturedText.visible(text), total - labelWidth - 1)
        return lines.enumerated().map { index, line in
            fit(index == 0 ? label : "", labelWidth) + " " + line
        }
    }
}
