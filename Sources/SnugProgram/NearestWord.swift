// SPDX-License-Identifier: Apache-2.0

/// What somebody who mistyped a word may have meant.
enum NearestWord {
    /// The word that is nearest to `word`, in whatever letters.
    static func to(_ word: String, among words: [String]) -> String? {
        words.min { distance(word, $0) < distance(word, $1) }
    }

    /// How many letters have to be put in, left out or exchanged to make one word of the other (Levenshtein's).
    private static func distance(_ word: String, _ other: String) -> Int {
        let letters = Array(other.uppercased())
        var row = Array(0...letters.count)
        // Of a longer word more letters are wrong than any other has.
        for (count, letter) in word.uppercased().prefix(100).enumerated() {
            var diagonal = row[0]
            row[0] = count + 1
            for (index, otherLetter) in letters.enumerated() {
                let change = diagonal + (letter == otherLetter ? 0 : 1)
                diagonal = row[index + 1]
                row[index + 1] = min(change, diagonal + 1, row[index] + 1)
            }
        }
        return row[letters.count]
    }
}
