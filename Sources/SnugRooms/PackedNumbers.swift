// SPDX-License-Identifier: Apache-2.0

/// Numbers of five bits a character, as scripts/make-confusables writes them: upper case and signs go on, lower
/// case and figures end a number.
struct PackedNumbers {
    private var bytes: String.UTF8View.Iterator

    init(_ text: String) {
        bytes = text.utf8.makeIterator()
    }

    mutating func next() -> UInt32? {
        var value: UInt32 = 0
        while let byte = bytes.next() {
            let (digit, isLast) = Self.digit(byte)
            value = value << 5 | digit
            if isLast { return value }
        }
        return nil
    }

    mutating func nextSigned() -> Int? {
        guard let value = next() else { return nil }
        return value & 1 == 0 ? Int(value / 2) : -Int(value / 2) - 1
    }

    private static func digit(_ byte: UInt8) -> (UInt32, isLast: Bool) {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): (UInt32(byte) - 48, true)
        case UInt8(ascii: "a")...UInt8(ascii: "v"): (UInt32(byte) - 97 + 10, true)
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): (UInt32(byte) - 65, false)
        case UInt8(ascii: "!"): (26, false)
        default: (UInt32(byte) - 35 + 27, false)
        }
    }
}
