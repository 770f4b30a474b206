// SPDX-License-Identifier: Apache-2.0

/// Whether an input's execution may be dear, as the first byte of the input says.
///
/// Dear inputs get far, so libFuzzer would soon try little else. So our mutator throws this die anew for every input,
/// whatever it was made from: one in eight is dear.
enum Cost: UInt8 {
    case dear = 0
    case cheap = 1

    /// - Parameter byte: the first one of an input; its other bits are the target's own.
    init(_ byte: UInt8) { self = byte & 1 == 0 ? .dear : .cheap }

    static func choose(_ byte: inout UInt8, _ seed: UInt32) {
        let cost = seed >> 8 & 7 == 0 ? Cost.dear : .cheap
        byte = byte & 0xFE | cost.rawValue
    }
}

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
