// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import SnugFraming

/// Looks for strings in everything that crossed the wire, in both directions and across segments.
///
/// A string is looked for as it is (UTF-8) and as base64 at all three alignments, whatever stands before it; in what was
/// said at level 1 also as a string of JSON.
struct SecretSearch: Equatable, Sendable {
    /// How a string was written where it was found.
    enum Form: String, Equatable, Sendable {
        case base64
        case json
        case text
    }

    struct Hit: Equatable, Sendable {
        let connection: Int
        let direction: CapturedSegment.Direction
        /// In the stream of that connection and direction.
        let range: Range<Int>
        let form: Form
    }

    struct Finding: Equatable, Sendable {
        let text: String
        let hits: [Hit]
        var isFound: Bool { !hits.isEmpty }
    }

    let findings: [Finding]

    init(for texts: [String], in streams: [TimedStream], at level: WireLevel = .zero) {
        findings = texts.map { text in
            let patterns = Self.patterns(for: text, at: level)
            let hits = streams.flatMap { stream in
                patterns.flatMap { form, pattern in
                    // The header that a short string is found by is no part of it.
                    let header = form == .text ? pattern.count - text.utf8.count : 0
                    return Self.ranges(of: pattern, in: stream.bytes).map { range in
                        Hit(
                            connection: stream.connection,
                            direction: stream.direction,
                            range: range.dropFirst(header),
                            form: form
                        )
                    }
                }
            }
            return Finding(text: text, hits: hits)
        }
    }

    /// How many of the strings were found at least once.
    var found: Int { findings.count(where: \.isFound) }

    /// Where strings were found in one message.
    func hits(in unit: WireUnit) -> [Range<Int>] {
        findings.flatMap(\.hits).compactMap { hit in
            guard hit.connection == unit.connection, hit.direction == unit.direction else { return nil }
            let common = hit.range.clamped(to: unit.range)
            return common.isEmpty ? nil : common
        }
    }

    // MARK: Patterns

    /// Shorter strings are looked for with the header of the frame that carries them.
    ///
    /// Three given bytes come up by chance in one of 800 captures of 20 kB, six in one of ten billion: what is found
    /// must be there because somebody sent it.
    static let shortestPattern = 6

    static func patterns(
        for text: String,
        at level: WireLevel = .zero
    ) -> [(form: Form, bytes: [UInt8])] {
        var bytes = Array(text.utf8)
        if bytes.count < shortestPattern, let frame = try? FrameEncoder.frame(text) { bytes = frame }
        let encoded = (0..<3).map { base64(of: bytes, alignment: $0) }.filter { $0.count >= shortestPattern }
        let json = level == .one ? [(Form.json, jsonPattern(for: text))] : []
        return ([(.text, bytes)] + encoded.map { (.base64, $0) } + json).filter { !$0.bytes.isEmpty }
    }

    /// The string of JSON that holds `text`; empty where that is found by looking for the text itself.
    private static func jsonPattern(for text: String) -> [UInt8] {
        let quoted = LevelOneText.quoted(text)
        guard text.utf8.count >= shortestPattern else { return quoted }
        let inside = Array(quoted.dropFirst().dropLast())
        return inside == Array(text.utf8) ? [] : inside
    }

    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
    )

    /// The characters that `bytes` alone decide in a base64 text where `alignment` bytes stand before them.
    static func base64(of bytes: [UInt8], alignment: Int) -> [UInt8] {
        let padded = [UInt8](repeating: 0, count: alignment) + bytes
        let bits = padded.count * 8
        return stride(from: 0, through: bits - 6, by: 6).compactMap { bit in
            guard bit >= alignment * 8 else { return nil }
            let high = Int(padded[bit / 8]) << 8
            let low = bit / 8 + 1 < padded.count ? Int(padded[bit / 8 + 1]) : 0
            return alphabet[(high | low) >> (10 - bit % 8) & 0x3f]
        }
    }

    static func ranges(of pattern: [UInt8], in bytes: [UInt8]) -> [Range<Int>] {
        guard let first = pattern.first else { return [] }
        return bytes.withUnsafeBytes { haystack in
            pattern.withUnsafeBytes { needle in
                guard let base = haystack.baseAddress, let wanted = needle.baseAddress else { return [] }
                var ranges: [Range<Int>] = []
                var start = 0
                // Only where the whole pattern still fits: memcmp reads as many bytes as it is told to.
                while start <= haystack.count - needle.count,
                    let place = memchr(base + start, Int32(first), haystack.count - needle.count - start + 1)
                {
                    let offset = base.distance(to: UnsafeRawPointer(place))
                    if memcmp(place, wanted, needle.count) == 0 {
                        ranges.append(offset..<offset + needle.count)
                    }
                    start = offset + 1
                }
                return ranges
            }
        }
    }
}
