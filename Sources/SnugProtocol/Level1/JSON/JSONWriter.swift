// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming

/// Writes one message straight into the bytes of a frame.
///
/// What it writes, every reader of RFC 8259 takes. Members come in the order of the calls. Strings are UTF-8, with
/// quotation marks, backslashes and all control characters (C0, DEL and C1) escaped: a frame can be printed as it is.
struct JSONWriter {
    private var bytes: [UInt8]
    /// Where the frame begins in `bytes`.
    private let start: Int
    private var needsComma = false

    /// Appends the message that `body` writes to `bytes` as one frame.
    ///
    /// Throws, and leaves `bytes` as they were, if the message is longer than a frame.
    static func append(
        to bytes: inout [UInt8],
        _ body: (inout JSONWriter) -> Void
    ) throws(FramingError) {
        var writer = JSONWriter(takingOver: &bytes)
        body(&writer)
        do throws(FramingError) { try writer.end() } catch {
            writer.bytes.removeSubrange(writer.start...)
            bytes = writer.bytes
            throw error
        }
        bytes = writer.bytes
    }

    /// The frame of a message that was written before, with one member more behind all others.
    ///
    /// Throws if that is longer than a frame.
    static func frame(
        _ frame: [UInt8],
        adding key: StaticString,
        _ text: String
    ) throws(FramingError) -> [UInt8] {
        var writer = JSONWriter(goingOnWith: frame)
        writer.member(key, text)
        try writer.end()
        return writer.bytes
    }

    private init(goingOnWith frame: [UInt8]) {
        start = 0
        bytes = []
        bytes.reserveCapacity(frame.count + Self.usualMemberBytes)
        // Not `dropLast`, which takes one byte after the other.
        bytes += frame[..<max(0, frame.count - 1)]
        needsComma = true
    }

    private static let usualMemberBytes = 64

    /// Begins a frame behind `given`, which is empty until the frame has ended: two owners would mean a copy.
    private init(takingOver given: inout [UInt8]) {
        start = given.count
        bytes = []
        swap(&bytes, &given)
        bytes.append(contentsOf: repeatElement(0, count: FrameLimits.headerBytes))
        bytes.append(UInt8(ascii: "{"))
    }

    private mutating func end() throws(FramingError) {
        bytes.append(UInt8(ascii: "}"))
        let announced = try FrameEncoder.announcedLength(payloadBytes: payloadBytes)
        for index in 0..<FrameLimits.headerBytes {
            let shift = 8 * UInt32(FrameLimits.headerBytes - 1 - index)
            bytes[start + index] = UInt8(truncatingIfNeeded: announced >> shift)
        }
    }

    /// How many bytes of payload there are so far.
    var payloadBytes: Int { bytes.count - start - FrameLimits.headerBytes }

    // MARK: Members

    /// Writes a member that holds a string.
    mutating func member(_ key: StaticString, _ text: String) {
        begin(key)
        append(text)
    }

    /// Writes a member that holds a number below 2^53.
    mutating func member(_ key: StaticString, _ number: UInt64) {
        begin(key)
        append(number)
    }

    /// Writes a member that is true or false.
    mutating func member(_ key: StaticString, _ flag: Bool) {
        begin(key)
        append(raw: flag ? "true" : "false")
    }

    /// Writes a member only if there is something to write.
    mutating func member(_ key: StaticString, _ text: String?) {
        if let text { member(key, text) }
    }

    /// Writes a member only if there is something to write.
    mutating func member(_ key: StaticString, _ number: UInt64?) {
        if let number { member(key, number) }
    }

    /// Writes a member only if it is true; whoever reads takes it for false if it is not there.
    mutating func member(_ key: StaticString, ifTrue flag: Bool) {
        if flag { member(key, true) }
    }

    /// Writes a member with an object, whose members `body` writes.
    mutating func object(_ key: StaticString, _ body: (inout JSONWriter) -> Void) {
        begin(key)
        object(body)
    }

    /// Writes a member with an object of numbers, whose keys are any strings.
    mutating func object(_ key: StaticString, numbers: some Sequence<(key: String, number: UInt64)>) {
        object(key) { writer in
            for (key, number) in numbers {
                writer.separate()
                writer.append(key)
                writer.bytes.append(UInt8(ascii: ":"))
                writer.append(number)
                writer.needsComma = true
            }
        }
    }

    /// Writes a member with a list of strings.
    mutating func list(_ key: StaticString, texts: some Sequence<String>) {
        beginList(key)
        for text in texts {
            separate()
            append(text)
            needsComma = true
        }
        endList()
    }

    // MARK: Lists of objects

    /// Begins a member with a list, which ``endList()`` ends.
    mutating func beginList(_ key: StaticString) {
        begin(key)
        bytes.append(UInt8(ascii: "["))
        needsComma = false
    }

    /// Writes an object into the list if the payload is at most `maximum` bytes long then; else leaves it out and
    /// returns false.
    mutating func item(withinPayloadOf maximum: Int, _ body: (inout JSONWriter) -> Void) -> Bool {
        let before = (bytes.count, needsComma)
        separate()
        object(body)
        guard payloadBytes > maximum else { return true }
        bytes.removeSubrange(before.0...)
        needsComma = before.1
        return false
    }

    /// Ends a list.
    mutating func endList() {
        bytes.append(UInt8(ascii: "]"))
        needsComma = true
    }

    // MARK: Bytes

    private mutating func begin(_ key: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        append(raw: key)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func object(_ body: (inout JSONWriter) -> Void) {
        bytes.append(UInt8(ascii: "{"))
        needsComma = false
        body(&self)
        bytes.append(UInt8(ascii: "}"))
        needsComma = true
    }

    private mutating func append(raw word: StaticString) {
        word.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    private mutating func append(_ number: UInt64) {
        // From the last digit on: to turn them round in the frame would copy the frame.
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var first = digits.count
        var rest = number
        repeat {
            first -= 1
            digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        withUnsafeBytes(of: digits) { digits in
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: digits[first...]))
        }
    }

    /// Writes a string: what needs no escape is copied in runs.
    private mutating func append(_ text: String) {
        var text = text
        bytes.append(UInt8(ascii: "\""))
        text.withUTF8 { utf8 in
            var copied = 0
            for index in utf8.indices where utf8[index].mayNeedEscape {
                // U+0080 to U+009F are C2 80 to C2 9F (RFC 3629 section 3).
                let isTwoBytes = utf8[index] == 0xC2
                if isTwoBytes, utf8[index + 1] > 0x9F { continue }
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[copied..<index]))
                escape(isTwoBytes ? utf8[index + 1] : utf8[index])
                copied = index + (isTwoBytes ? 2 : 1)
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[copied...]))
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Writes the escape for U+0000 to U+00FF.
    private mutating func escape(_ value: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch value {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(value)
        case UInt8(ascii: "\n"): bytes.append(UInt8(ascii: "n"))
        case UInt8(ascii: "\t"): bytes.append(UInt8(ascii: "t"))
        default:
            append(raw: "u00")
            for digit in [value >> 4, value & 0xF] {
                bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit)
            }
        }
    }
}

extension UInt8 {
    /// Whether this byte, or the character that it begins, is one that is escaped.
    fileprivate var mayNeedEscape: Bool {
        self < 0x20 || self == UInt8(ascii: "\"") || self == UInt8(ascii: "\\") || self == 0x7F
            || self == 0xC2
    }
}
