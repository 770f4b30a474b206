// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms

/// Captured bytes made fit to be looked at: whatever was on the wire, it can neither steer a terminal nor a page.
enum CapturedText {
    /// `bytes` as text in which every character can be seen and none does anything.
    ///
    /// Control characters become control pictures (U+2400...), what is not UTF-8 and what could turn text around or
    /// hide in it becomes U+FFFD. Of the marks on one character, four stay.
    static func visible(_ bytes: some Collection<UInt8>) -> String {
        visible(String(decoding: bytes, as: UTF8.self))
    }

    /// The same for a string.
    static func visible(_ text: String) -> String {
        // Nearly all of a report's own words.
        if isPrintableASCII(text) { return text }
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { shown.append(visible(scalar)) }
        return SafeText.clean(String(shown))
    }

    /// Whether the text is of printable ASCII alone, and of that without the characters of `exceptions`.
    static func isPrintableASCII(_ text: String, without exceptions: StaticString = "") -> Bool {
        exceptions.withUTF8Buffer { exceptions in
            var text = text
            return text.withUTF8 { bytes in
                for byte in bytes where !(0x20...0x7e).contains(byte) || exceptions.contains(byte) {
                    return false
                }
                return true
            }
        }
    }

    /// Whether the scalar can be seen, or is needed to see others as they are meant.
    static func isVisible(_ scalar: Unicode.Scalar) -> Bool { visible(scalar) == scalar }

    private static func visible(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar.value {
        case 0..<0x20: return Unicode.Scalar(0x2400 + scalar.value) ?? "\u{fffd}"
        case 0x7f: return "\u{2421}"
        // Emoji, Persian and Hindi are wrong without joiners, and emoji without these selectors.
        case 0x200c, 0x200d, 0xfe0e, 0xfe0f: return scalar
        default: break
        }
        if scalar.properties.isDefaultIgnorableCodePoint { return "\u{fffd}" }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
            return "\u{fffd}"
        default: return scalar
        }
    }

    /// A stretch of a message that was found, or one that was not.
    struct Piece: Equatable {
        var text: String
        let isFound: Bool
    }

    /// A message in pieces, without its header, at most its first `limit` bytes.
    static func pieces(of cell: EventRow.Cell, skipping headerBytes: Int, limit: Int = .max) -> [Piece] {
        var pieces: [Piece] = []
        let end = min(cell.bytes.count, limit)
        var position = headerBytes
        func add(upTo next: Int, isFound: Bool) {
            let next = min(next, end)
            guard next > position else { return }
            pieces.append(Piece(text: visible(cell.bytes[position..<next]), isFound: isFound))
            position = next
        }
        for range in cell.found {
            add(upTo: range.lowerBound, isFound: false)
            add(upTo: range.upperBound, isFound: true)
        }
        add(upTo: end, isFound: false)
        return pieces
    }

    /// `9c 41 7a`.
    static func hexadecimal(_ bytes: some Collection<UInt8>) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined(separator: " ")
    }
}
