// SPDX-License-Identifier: Apache-2.0

/// Whether a text is one value of JSON (RFC 8259), with no control character in any string.
struct JSONReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    mutating func isWholeValue() -> Bool {
        guard value() else { return false }
        skipSpace()
        return position == bytes.count
    }

    private mutating func value() -> Bool {
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): return list(closing: UInt8(ascii: "}")) { $0.member() }
        case UInt8(ascii: "["): return list(closing: UInt8(ascii: "]")) { $0.value() }
        case UInt8(ascii: "\""): return string()
        case UInt8(ascii: "t"): return word("true")
        case UInt8(ascii: "f"): return word("false")
        case UInt8(ascii: "n"): return word("null")
        default: return number()
        }
    }

    private mutating func list(closing: UInt8, _ item: (inout JSONReader) -> Bool) -> Bool {
        position += 1
        skipSpace()
        if take(closing) { return true }
        repeat {
            guard item(&self) else { return false }
            skipSpace()
        } while take(UInt8(ascii: ","))
        return take(closing)
    }

    private mutating func member() -> Bool {
        skipSpace()
        guard string() else { return false }
        skipSpace()
        return take(UInt8(ascii: ":")) && value()
    }

    private mutating func string() -> Bool {
        guard take(UInt8(ascii: "\"")) else { return false }
        while position < bytes.count {
            if take(UInt8(ascii: "\"")) { return true }
            guard peek >= 0x20, peek != 0x7F else { return false }
            guard take(UInt8(ascii: "\\")) else {
                position += 1
                continue
            }
            if take(UInt8(ascii: "u")) {
                guard bytes[position...].prefix(4).allSatisfy(isHexadecimal) else { return false }
                position += 4
            } else {
                guard "\"\\/bfnrt".utf8.contains(peek) else { return false }
                position += 1
            }
        }
        return false
    }

    private mutating func number() -> Bool {
        let start = position
        while "+-.eE0123456789".utf8.contains(peek) { position += 1 }
        return Double(String(decoding: bytes[start..<position], as: UTF8.self))?.isFinite ?? false
    }

    private mutating func word(_ word: String) -> Bool {
        guard bytes[position...].starts(with: word.utf8) else { return false }
        position += word.utf8.count
        return true
    }

    private var peek: UInt8 { position < bytes.count ? bytes[position] : 0 }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte, position < bytes.count else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() { while peek == 0x20 || peek == 0x0A { position += 1 } }

    private func isHexadecimal(_ byte: UInt8) -> Bool { "0123456789abcdefABCDEF".utf8.contains(byte) }
}
