// SPDX-License-Identifier: Apache-2.0

/// An escape inside a string: the character that it stands for, and where it ends (RFC 8259 section 7).
struct JSONEscape {
    let scalar: Unicode.Scalar
    let end: Int

    /// Reads the escape whose backslash is at `start`.
    init(in bytes: [UInt8], at start: Int) throws(JSONError) {
        guard start + 1 < bytes.count else { throw .unexpected(at: bytes.count) }
        guard bytes[start + 1] == UInt8(ascii: "u") else {
            guard let scalar = Self.scalar(behindBackslash: bytes[start + 1]) else {
                throw .badEscape(at: start)
            }
            self.scalar = scalar
            end = start + 2
            return
        }
        let unit = try Self.unit(in: bytes, at: start)
        if let scalar = Unicode.Scalar(unit) {
            self.scalar = scalar
            end = start + Self.unitBytes
        } else {
            scalar = try Self.scalar(leadSurrogate: unit, in: bytes, at: start)
            end = start + 2 * Self.unitBytes
        }
    }

    /// How many bytes a backslash, a `u` and four digits are.
    private static let unitBytes = 6

    private static func scalar(behindBackslash byte: UInt8) -> Unicode.Scalar? {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): Unicode.Scalar(byte)
        case UInt8(ascii: "b"): "\u{8}"
        case UInt8(ascii: "f"): "\u{C}"
        case UInt8(ascii: "n"): "\n"
        case UInt8(ascii: "r"): "\r"
        case UInt8(ascii: "t"): "\t"
        default: nil
        }
    }

    /// The UTF-16 code unit that the four digits of the escape at `start` are.
    private static func unit(in bytes: [UInt8], at start: Int) throws(JSONError) -> UInt16 {
        guard start + unitBytes <= bytes.count else { throw .badEscape(at: start) }
        var unit: UInt16 = 0
        for byte in bytes[start + 2..<start + unitBytes] {
            guard let digit = digit(byte) else { throw .badEscape(at: start) }
            unit = unit << 4 | digit
        }
        return unit
    }

    private static func digit(_ byte: UInt8) -> UInt16? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// The character of a pair, whose second half has to follow the first at once.
    private static func scalar(
        leadSurrogate lead: UInt16,
        in bytes: [UInt8],
        at start: Int
    ) throws(JSONError) -> Unicode.Scalar {
        let second = start + unitBytes
        guard UTF16.isLeadSurrogate(Unicode.UTF16.CodeUnit(lead)), second + 1 < bytes.count,
            bytes[second] == UInt8(ascii: "\\"), bytes[second + 1] == UInt8(ascii: "u")
        else { throw .loneSurrogate(at: start) }
        let trail = try unit(in: bytes, at: second)
        // RFC 2781 section 2.2
        let offset = UInt32(lead & 0x3FF) << 10 | UInt32(trail & 0x3FF)
        guard UTF16.isTrailSurrogate(trail), let scalar = Unicode.Scalar(0x10000 + offset) else {
            throw .loneSurrogate(at: start)
        }
        return scalar
    }
}
