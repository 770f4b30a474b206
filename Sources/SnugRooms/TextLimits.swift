// SPDX-License-Identifier: Apache-2.0

extension StringProtocol where SubSequence == Substring {
    /// The text without the white space (Unicode's White_Space) at both ends.
    func trimmingSpace() -> Substring {
        let scalars = unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }) else {
            return self[endIndex...]
        }
        var end = endIndex
        while end > first {
            let before = scalars.index(before: end)
            guard scalars[before].properties.isWhitespace else { break }
            end = before
        }
        return self[first..<end]
    }

    /// The longest beginning within the limits that ends between two characters (as people count them).
    ///
    /// It also ends in front of a character that no language has: one of more than
    /// `TextLimits.maximumScalarsPerCharacter` scalars.
    func prefix(maximumCharacters: Int, maximumBytes: Int, maximumScalars: Int = .max) -> Substring {
        var end = startIndex
        var bytes = 0
        var scalars = 0
        for _ in 0..<maximumCharacters where end < endIndex {
            let next = index(after: end)
            let count = unicodeScalars.distance(from: end, to: next)
            bytes += utf8.distance(from: end, to: next)
            scalars += count
            guard bytes <= maximumBytes, count <= TextLimits.maximumScalarsPerCharacter,
                scalars <= maximumScalars
            else { break }
            end = next
        }
        return self[..<end]
    }

    /// The longest beginning within the limits that ends between two Unicode scalars.
    func scalarPrefix(maximumScalars: Int = .max, maximumBytes: Int = .max) -> Substring {
        var end = startIndex
        var bytes = 0
        var scalars = 0
        while end < endIndex, scalars < maximumScalars {
            let next = unicodeScalars.index(after: end)
            bytes += utf8.distance(from: end, to: next)
            guard bytes <= maximumBytes else { break }
            scalars += 1
            end = next
        }
        return self[..<end]
    }
}

/// What holds for every text, beside the limits of its own kind.
enum TextLimits {
    /// The most scalars that one character may be made of.
    ///
    /// The longest emoji has ten, a letter with all the marks it may keep fewer. Without a limit, a thousand emoji
    /// joined by U+200D are one character, which a terminal draws a thousand times as wide as anyone reckons.
    static let maximumScalarsPerCharacter = 16
}
