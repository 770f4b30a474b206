// SPDX-License-Identifier: Apache-2.0

/// Puts the length in front of a payload.
public enum FrameEncoder {
    /// Appends `payload` to `bytes` as one frame.
    ///
    /// Throws `FramingError.payloadTooLong` before anything is appended if the payload is over
    /// `FrameLimits.maximumPayloadBytes`. An empty payload is a legal frame.
    public static func encode(
        _ payload: some Collection<UInt8>,
        appendingTo bytes: inout [UInt8]
    ) throws(FramingError) {
        let announced = try announcedLength(payloadBytes: payload.count)
        append(length: announced, to: &bytes)
        bytes.append(contentsOf: payload)
    }

    /// The number to put in front of a payload, big-endian, for callers that must not copy the payload.
    ///
    /// Throws `FramingError.payloadTooLong` if the payload is over `FrameLimits.maximumPayloadBytes`.
    public static func announcedLength(payloadBytes: Int) throws(FramingError) -> UInt32 {
        guard payloadBytes <= FrameLimits.maximumPayloadBytes, let announced = UInt32(exactly: payloadBytes)
        else { throw .payloadTooLong(bytes: payloadBytes) }
        return announced
    }

    /// The frame that carries `text` as UTF-8.
    ///
    /// Throws `FramingError.payloadTooLong` if the text takes more than `FrameLimits.maximumPayloadBytes`.
    public static func frame(_ text: String) throws(FramingError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(FrameLimits.headerBytes + min(text.utf8.count, FrameLimits.maximumPayloadBytes))
        try encode(text.utf8, appendingTo: &bytes)
        return bytes
    }

    /// The frame that carries `text`, or as much of its beginning as fits, never a part of a code point.
    ///
    /// For texts that are bounded by what they are made of: should one not be, most of it is better than nothing.
    public static func frame(cutting text: String) -> [UInt8] {
        frame(cutting: text, "", "")
    }

    /// The frame that carries three texts, one behind the other, without the memory that it would take to join them.
    public static func frame(cutting first: String, _ second: String, _ third: String) -> [UInt8] {
        let count = first.utf8.count + second.utf8.count + third.utf8.count
        guard count <= FrameLimits.maximumPayloadBytes else {
            return frame(ofBeginningOf: first + second + third)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(FrameLimits.headerBytes + count)
        append(length: UInt32(truncatingIfNeeded: count), to: &bytes)
        append(first, to: &bytes)
        append(second, to: &bytes)
        append(third, to: &bytes)
        return bytes
    }

    private static func append(_ text: String, to bytes: inout [UInt8]) {
        var text = text
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    private static func frame(ofBeginningOf text: String) -> [UInt8] {
        var end = text.utf8.index(text.startIndex, offsetBy: FrameLimits.maximumPayloadBytes)
        // A byte 10xxxxxx continues a code point (RFC 3629 section 3).
        while end > text.startIndex, text.utf8[end] & 0xC0 == 0x80 { end = text.utf8.index(before: end) }
        return frame(cutting: String(text[..<end]))
    }

    private static func append(length: UInt32, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: length.bigEndian) { bytes.append(contentsOf: $0) }
    }
}
