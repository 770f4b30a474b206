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

    /// The longest beginning within both limits that ends between two characters.
    func prefix(maximumCharacters: Int, maximumBytes: Int) -> Substring {
        if utf8.count <= Swift.min(maximumCharacters, maximumBytes) { return self[...] }
        var end = startIndex
        var bytes = 0
        for _ in 0..<maximumCharacters where end < endIndex {
            let next = index(after: end)
            bytes += utf8.distance(from: end, to: next)
            guard bytes <= maximumBytes else { break }
            end = next
        }
        return self[..<end]
    }

    /// The longest beginning within the limit that ends between two Unicode scalars.
    func scalarPrefix(maximumBytes: Int) -> Substring {
        var end = startIndex
        var bytes = 0
        while end < endIndex {
            let next = unicodeScalars.index(after: end)
            bytes += utf8.distance(from: end, to: next)
            guard bytes <= maximumBytes else { break }
            end = next
        }
        return self[..<end]
    }
}
