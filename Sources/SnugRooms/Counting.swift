// SPDX-License-Identifier: Apache-2.0

/// What stands behind a number.
enum Counting {
    /// A text that goes on behind the number 1: its first word, if it is a plural, loses its "s".
    ///
    /// Words whose singular is made in another way, and verbs, are not to stand there.
    static func singular(_ text: String) -> String {
        let space = text.prefix { $0 == " " }
        let word = text.dropFirst(space.count).prefix { $0.isLetter }
        guard word.count > 2, word.last == "s" else { return text }
        return "\(space)\(word.dropLast())\(text.dropFirst(space.count + word.count))"
    }
}

extension BinaryInteger {
    /// This number of things: `2 lines of a room`, and `1 line of a room`.
    ///
    /// - Parameter plural: begins with a plural that ends with "s".
    package func counted(_ plural: String) -> String {
        "\(self) \(self == 1 ? Counting.singular(plural) : plural)"
    }
}
