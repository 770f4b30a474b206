// SPDX-License-Identifier: Apache-2.0

/// Takes an input apart from front to back; past its end there are zeros.
struct FuzzInput {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    mutating func number(below limit: Int) -> Int { Int(byte()) % limit }

    /// The next bytes, fewer if there are not so many.
    mutating func take(_ count: Int) -> [UInt8] {
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    /// Text behind a byte that tells its length, with U+FFFD for what is not UTF-8.
    mutating func text() -> String {
        let count = Int(byte())
        return String(decoding: take(count), as: UTF8.self)
    }

    mutating func remaining() -> [UInt8] {
        defer { rest = [] }
        return Array(rest)
    }
}
