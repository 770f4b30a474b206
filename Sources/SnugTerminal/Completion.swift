// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms

/// What Tab makes of the word before the cursor: one candidate after the other, and then what was typed again.
struct Completion: Sendable {
    /// Where the word begins.
    private let start: Int
    /// What can stand in its place; what was typed comes last.
    private let candidates: [String]
    private var next = 0

    /// Commands whose argument is a room.
    private static let takeRooms: Set<String> = ["/go", "/join", "/leave"]

    /// Nil if nothing begins like the word before the cursor.
    init?(of line: EditedLine, from vocabulary: Vocabulary) {
        let words = Words(line)
        // What follows has its blank already.
        let blank = line.text[line.cursor...].first?.isWhitespace == true ? "" : " "
        guard let (start, found) = Self.found(words, vocabulary, blank) else { return nil }
        self.start = start
        candidates = found + [words.text(from: start)]
    }

    /// Whether there is more than one candidate, so that Tab goes on to the next.
    var isOpen: Bool { candidates.count > 2 }

    /// Puts the next candidate in the place of the word.
    mutating func apply(to line: inout EditedLine) {
        line.remove(start..<line.cursor)
        line.insert(candidates[next])
        next = (next + 1) % candidates.count
    }

    private static func found(
        _ words: Words,
        _ vocabulary: Vocabulary,
        _ blank: String
    ) -> (start: Int, candidates: [String])? {
        let (start, word) = words.last
        let command = words.first.lowercased()
        if start == 0, word.hasPrefix("/"), !word.hasPrefix("//") {
            return named(start, matches(word, in: vocabulary.commands).map { $0 + blank })
        }
        if word.hasPrefix("#") || takeRooms.contains(command) && words.count == 2 {
            let sign = word.hasPrefix("#") ? "#" : ""
            let rooms = matches(String(word.dropFirst(sign.count)), in: vocabulary.rooms)
            return named(start, rooms.map { sign + $0 + blank })
        }
        // Names may have blanks, so the word may begin further in front.
        for start in words.starts {
            let typed = words.text(from: start)
            let sign = typed.hasPrefix("@") ? "@" : ""
            let beginning = String(typed.dropFirst(sign.count))
            guard !beginning.allSatisfy(\.isWhitespace) else { continue }
            let end = start == 0 && sign.isEmpty ? ":" + blank : blank
            let names = matches(beginning, in: vocabulary.names)
            if !names.isEmpty { return (start, names.map { sign + $0 + end }) }
        }
        return nil
    }

    private static func named(_ start: Int, _ candidates: [String]) -> (Int, [String])? {
        candidates.isEmpty ? nil : (start, candidates)
    }

    /// Those that begin with `beginning`, whatever the case and the accents of either.
    private static func matches(_ beginning: String, in candidates: [String]) -> [String] {
        let outline = beginning.outline
        return candidates.filter { $0.outline.hasPrefix(outline) }
    }

    /// The words before the cursor.
    private struct Words {
        private let before: ArraySlice<Character>
        /// Where each word begins, the first one first; the last may be empty.
        private let allStarts: [Int]

        init(_ line: EditedLine) {
            let before = line.text[..<line.cursor]
            allStarts = (0...before.count).filter { start in
                start == 0
                    || before[start - 1].isWhitespace
                        && (start == before.count || !before[start].isWhitespace)
            }
            self.before = before
        }

        var count: Int { allStarts.count }

        /// Those from which on a name could have been typed, the one in front first.
        var starts: ArraySlice<Int> {
            allStarts.drop { before.count - $0 > MemberName.maximumCharacters + 1 }
        }

        var first: String { String.joining(before.prefix { !$0.isWhitespace }) }

        var last: (start: Int, text: String) {
            let start = allStarts[allStarts.count - 1]
            return (start, text(from: start))
        }

        func text(from start: Int) -> String { String.joining(before[start...]) }
    }
}
