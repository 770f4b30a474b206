// SPDX-License-Identifier: Apache-2.0

/// The words of notices, which no name may hold: who is called "x is now y" would have renamed x for everyone who
/// reads it.
///
/// A phrase is what a notice says without a break. Several words are looked for anywhere in a name. A single word
/// counts only where a notice has it: at the beginning ("warning"), or behind what it is about ("bob left"). So
/// "lefty" and "left" can be names. Words are compared by their outlines, so neither capitals nor accents nor letters
/// of another script hide them.
struct NoticeWords: Sendable {
    /// Those of every `Wording`, by the outline of their first word.
    private static let byFirstWord = Dictionary(
        grouping: Wording.allCases.flatMap { phrases(in: $0.rawValue) },
        by: \.outlines.first
    )

    private enum Place: Equatable {
        case anywhere
        case behindAWord
        case first
    }

    /// What each word looks like; nil where any word may stand, for a number.
    private let outlines: [String?]
    private let place: Place
    /// The words as the notice has them; nil for a number.
    let words: [String?]

    /// `name` without any of the words; its own words are parted by single spaces.
    static func taken(outOf name: String) -> String {
        var words = name.split(separator: " ").map(NameWord.init)
        // What is left may hold the words of a notice again: "x is is now now y".
        while let range = firstRange(in: words) {
            words.removeSubrange(range)
        }
        return words.map(\.text).joined(separator: " ")
    }

    /// Whether the words of a notice are anywhere in `text`, which need not be a name.
    static func areHeld(by text: String) -> Bool {
        // What shows nothing hides no word, and what looks like a space parts two.
        let visible = text.unicodeScalars.lazy.filter { !$0.properties.isDefaultIgnorableCodePoint }
        let spaced = visible.map { NameFilter.isBlank($0) || $0.properties.isWhitespace ? " " : $0 }
        let words = String(String.UnicodeScalarView(spaced)).split(separator: " ")
        return firstRange(in: words.map(NameWord.init)) != nil
    }

    private static func firstRange(in name: [NameWord]) -> Range<Int>? {
        for (start, word) in name.enumerated() {
            let phrases = word.outlines.lazy.flatMap { byFirstWord[$0] ?? [] }
            if let phrase = phrases.first(where: { $0.stands(in: name, at: start) }) {
                return start..<start + phrase.outlines.count
            }
        }
        return nil
    }

    private func stands(in name: [NameWord], at start: Int) -> Bool {
        switch place {
        case .behindAWord where start == 0: return false
        case .first where start > 0: return false
        default: break
        }
        let words = name[start...].prefix(outlines.count)
        return words.count == outlines.count
            && zip(words, outlines).allSatisfy { word, outline in outline.map(word.outlines.contains) ?? true
            }
    }
}

/// One word of a name.
private struct NameWord {
    let text: Substring
    /// Of all that the word can be taken for, without signs around it.
    let outlines: [String]

    init(_ text: Substring) {
        self.text = text
        let core = String(text.trimmingSigns)
        outlines = LookalikeMap.forms(of: core).map { LookalikeMap.outline(of: $0) }
    }
}

extension NoticeWords {
    /// A phrase ends at a place that is left for a text, and at a sign.
    static func phrases(in wording: String) -> [NoticeWords] {
        var phrases: [NoticeWords] = []
        var words: [String?] = []
        var place = Place.first
        func end() {
            while words.last == .some(nil) { words.removeLast() }
            let phrase = Array(words.drop { $0 == nil })
            words = []
            if let phrase = NoticeWords(phrase, place) { phrases.append(phrase) }
            place = .anywhere
        }
        for token in wording.split(separator: " ") {
            let core = token.trimmingSigns
            let gap = token.drop { $0 != "{" }.prefix(2)
            if gap == "{}" {
                end()
                place = .behindAWord
            } else if core.isEmpty {
                // "{#}", alone or in brackets.
                if token.first != "{" { end() }
                if gap == "{#" { words.append(nil) }
            } else {
                if token.first != core.first { end() }
                // "/who" is no word of a name, whose own words are compared without the signs around them.
                words.append(token.first == "/" ? nil : String(core))
            }
            if let last = token.last, last != core.last, last != "}" { end() }
        }
        end()
        return phrases
    }

    /// Nil for what says nothing: no words, or a single one in the middle of a notice.
    private init?(_ words: [String?], _ place: Place) {
        guard words.count > 1 || words.count == 1 && place != .anywhere else { return nil }
        self.words = words
        outlines = words.map { $0.map { LookalikeMap.outline(of: $0.lowercased()) } }
        self.place = words.count > 1 ? .anywhere : place
    }
}

extension Substring {
    /// The word from its first to its last letter or figure, marks included.
    fileprivate var trimmingSigns: Substring {
        let scalars = unicodeScalars
        guard let first = scalars.firstIndex(where: \.isPartOfAWord),
            let last = scalars.lastIndex(where: \.isPartOfAWord)
        else { return self[endIndex...] }
        return self[first..<scalars.index(after: last)]
    }
}

extension Unicode.Scalar {
    fileprivate var isPartOfAWord: Bool {
        switch properties.generalCategory {
        case .lowercaseLetter, .modifierLetter, .otherLetter, .titlecaseLetter, .uppercaseLetter,
            .decimalNumber, .letterNumber, .otherNumber, .nonspacingMark, .spacingMark, .enclosingMark:
            true
        // "|" and "ⓛ" are no letters and look like one.
        default: LookalikeMap.looks(of: self).prefix(1).contains { $0 != self && $0.isPartOfAWord }
        }
    }
}
