// SPDX-License-Identifier: Apache-2.0

/// What each character looks like, by Unicode's table of confusables (UTS #39, section 4) after
/// decomposition and with upper and lower case made one.
///
/// Every entry is closed: what a character maps to maps to itself, so mapping twice is mapping once.
struct LookalikeMap: Sendable {
    /// The map that is compiled in; unpacked when the first name is compared.
    static let shared = LookalikeMap(packed: lookalikeTable)

    private var runs: [Run] = []
    private var targets: [Unicode.Scalar] = []

    /// What `text` looks like: equal for texts that cannot be told apart, whatever their normal form.
    func skeleton(of text: String) -> String {
        var mapped: [Unicode.Scalar] = []
        for scalar in text.unicodeScalars {
            append(scalar, to: &mapped)
        }
        sortMarks(in: &mapped)
        var skeleton = String.UnicodeScalarView()
        skeleton.append(contentsOf: mapped)
        return String(skeleton)
    }

    /// The one scalar that `scalar` looks like, or nil if it looks like a sequence of several.
    func single(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        guard let run = run(of: scalar) else { return scalar }
        return run.targetCount == 1 ? target(of: scalar, in: run) : nil
    }
}

/// Scalars that follow each other and whose looks follow one rule.
private struct Run: Sendable {
    var first: UInt32
    var count: UInt32
    var isRising: Bool
    var targetStart: Int
    var targetCount: Int
}

extension LookalikeMap {
    private func append(_ scalar: Unicode.Scalar, to mapped: inout [Unicode.Scalar]) {
        if let jamo = HangulSyllable(scalar) {
            for part in jamo.parts { append(part, to: &mapped) }
            return
        }
        guard let run = run(of: scalar) else { return mapped.append(scalar) }
        if run.isRising {
            mapped.append(target(of: scalar, in: run))
        } else {
            mapped.append(contentsOf: targets[run.targetStart..<run.targetStart + run.targetCount])
        }
    }

    /// Puts the marks on one base in the order of their code points.
    ///
    /// Canonically equivalent texts may hold their marks in different orders, and a mapped mark may have
    /// another combining class than the mark it came from, so canonical ordering alone would not be enough.
    private func sortMarks(in scalars: inout [Unicode.Scalar]) {
        var start = 0
        while start < scalars.count {
            var end = start
            while end < scalars.count, scalars[end].properties.canonicalCombiningClass != .notReordered {
                end += 1
            }
            if end - start > 1 { scalars[start..<end].sort() }
            start = end + 1
        }
    }

    private func run(of scalar: Unicode.Scalar) -> Run? {
        var low = 0
        var high = runs.count
        while low < high {
            let middle = low + (high - low) / 2
            let run = runs[middle]
            if scalar.value < run.first {
                high = middle
            } else if scalar.value - run.first >= run.count {
                low = middle + 1
            } else {
                return run
            }
        }
        return nil
    }

    private func target(of scalar: Unicode.Scalar, in run: Run) -> Unicode.Scalar {
        let first = targets[run.targetStart]
        guard run.isRising else { return first }
        return Unicode.Scalar(first.value + (scalar.value - run.first)) ?? first
    }

    /// Reads what scripts/make-confusables packed; its `pack` says how.
    private init(packed: String) {
        var numbers = PackedNumbers(packed)
        var end: UInt32 = 0
        var last = 0
        while let header = numbers.next() {
            let count = header & 1 == 1 ? numbers.next() ?? 0 : 1
            let kind = header >> 1 & 3
            let targetCount = kind == 2 ? Int(numbers.next() ?? 0) : 1
            let targetStart = targets.count
            for _ in 0..<targetCount {
                last += numbers.nextSigned() ?? 0
                targets.append(UInt32(exactly: last).flatMap(Unicode.Scalar.init) ?? "\u{FFFD}")
            }
            let first = end + header >> 3
            runs.append(
                Run(
                    first: first,
                    count: count,
                    isRising: kind == 1,
                    targetStart: targetStart,
                    targetCount: targetCount
                )
            )
            end = first + count
        }
    }
}

/// A precomposed Hangul syllable, which decomposes by arithmetic (The Unicode Standard, section 3.12).
private struct HangulSyllable {
    let parts: [Unicode.Scalar]

    init?(_ scalar: Unicode.Scalar) {
        guard (0xAC00...0xD7A3).contains(scalar.value) else { return nil }
        let index = scalar.value - 0xAC00
        let leading = 0x1100 + index / 588
        let vowel = 0x1161 + index % 588 / 28
        let trailing = 0x11A7 + index % 28
        let codes = trailing == 0x11A7 ? [leading, vowel] : [leading, vowel, trailing]
        parts = codes.compactMap(Unicode.Scalar.init)
    }
}

/// Numbers of five bits a character: upper case and signs go on, lower case and figures end a number.
private struct PackedNumbers {
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
