// SPDX-License-Identifier: Apache-2.0

/// Reads a message from front to back; whatever a peer claims about lengths, nothing past the end is read.
struct ByteReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    var isAtEnd: Bool { rest.isEmpty }

    /// The next `count` bytes, or nil if there are fewer.
    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    /// The next big-endian number of one to three bytes.
    mutating func number(bytes count: Int) -> Int? {
        take(count)?.reduce(0) { $0 << 8 | Int($1) }
    }

    /// What stands behind a length of so many bytes (RFC 8446 section 3.4).
    mutating func vector(lengthBytes: Int) -> ByteReader? {
        guard let count = number(bytes: lengthBytes), let content = take(count) else { return nil }
        return ByteReader(content)
    }

    /// All that is left, as numbers of two bytes; a last odd byte is left out.
    var numbers: [UInt16] {
        var reader = self
        var numbers: [UInt16] = []
        while let number = reader.number(bytes: 2) { numbers.append(UInt16(number)) }
        return numbers
    }
}
