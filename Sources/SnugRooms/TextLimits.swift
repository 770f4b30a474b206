// SPDX-License-Identifier: Apache-2.0

extension StringProtocol where SubSequence == Substring {
    /// The text without the white space (Unicode's White_Space) at both ends.
    package func trimmingSpace() -> Substring where UTF8View: BidirectionalCollection {
        // Nearly always, and found out without taking scalars apart.
        if let first = utf8.first, let last = utf8.last, first.isVisibleASCII, last.isVisibleASCII {
            return self[...]
        }
        let scalars = unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.isSpace }) else {
            return self[endIndex...]
        }
        var end = endIndex
        while end > first {
            let before = scalars.index(before: end)
            guard scalars[before].isSpace else { break }
            end = before
        }
        return self[first..<end]
    }

    /// The longest beginning within the limits that ends between two characters (as people count them).
    ///
    /// It also ends in front of a character that no language has: one of more than
    /// `SafeText.maximumScalarsPerCharacter` scalars.
    package func prefix(maximumCharacters: Int, maximumBytes: Int, maximumScalars: Int = .max) -> Substring {
        var end = startIndex
        var bytes = 0
        var scalars = 0
        for _ in 0..<maximumCharacters where end < endIndex {
            let next = index(after: end)
            let byteCount = utf8.distance(from: end, to: next)
            // Nothing that goes on with a character is a single byte.
            let count = byteCount <= 2 ? 1 : unicodeScalars.distance(from: end, to: next)
            bytes += byteCount
            scalars += count
            guard bytes <= maximumBytes, count <= SafeText.maximumScalarsPerCharacter,
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

extension UInt8 {
    fileprivate var isVisibleASCII: Bool { (0x21...0x7E).contains(self) }
}

extension Unicode.Scalar {
    /// Whether it is white space, as Unicode has it; of ASCII found out without its tables.
    fileprivate var isSpace: Bool {
        isASCII ? value == 0x20 || (0x09...0x0D).contains(value) : properties.isWhitespace
    }
}
