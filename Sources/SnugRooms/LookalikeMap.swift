// SPDX-License-Identifier: Apache-2.0

/// What each character looks like, by Unicode's table of confusables (UTS #39, section 4) after
/// decomposition and with upper and lower case made one.
///
/// Every entry is closed: what a character maps to maps to itself, so mapping twice is mapping once. What the table
/// covers is said at its head.
struct LookalikeMap: Sendable {
    /// The table that is compiled in; unpacked when the first text is compared that needs it.
    private static let whole = LookalikeMap(packed: lookalikeTable)

    /// Its beginning, which most names need and no more, and which is there in no time.
    private static let ascii = LookalikeMap(packed: lookalikeTable, below: 0x80)

    /// What some characters are read as, which is not what they look like.
    private static let readings = LookalikeMap(packed: readingTable)

    private var runs: [Run] = []
    private var targets: [Unicode.Scalar] = []

    /// All that `text` can be taken for: as it stands, in lower case, and as it is read.
    ///
    /// A Cyrillic capital "В" looks like "B" but its lower case "в" does not look like "b"; "AISHA" has the look of
    /// "alsha" but is the same name as "aisha"; and "ſ" looks like "f" but is an "s".
    static func forms(of text: String) -> [String] {
        let lowercased = text.lowercased()
        var read = String.UnicodeScalarView()
        for scalar in readings.mapped(lowercased) { read.append(scalar) }
        return text == lowercased && text == String(read) ? [text] : [text, lowercased, String(read)]
    }

    /// What `text` looks like: equal for texts that cannot be told apart, whatever their normal form.
    ///
    /// The marks on one base are a set: neither their order nor how often one is there makes another look. Canonical
    /// ordering would not be enough, as a mark may look like one of another combining class. A dot above merges with
    /// the dot that "i", "j" and their like have already.
    static func skeleton(of text: String) -> String {
        var skeleton = String.UnicodeScalarView()
        var marks: Set<Unicode.Scalar> = []
        var hasDot = false
        func endMarks() {
            // Nearly always there are none.
            guard !marks.isEmpty else { return }
            for mark in marks.sorted() { skeleton.append(mark) }
            marks.removeAll(keepingCapacity: true)
        }
        for scalar in map(for: text).mapped(text) {
            guard isMark(scalar) else {
                endMarks()
                skeleton.append(scalar)
                hasDot = scalar.properties.isSoftDotted
                continue
            }
            if !hasDot || scalar != dotAbove { marks.insert(scalar) }
        }
        endMarks()
        return String(skeleton)
    }

    /// What `text` looks like at a glance: no marks, and "i" is "l", as its capital is.
    static func outline(of text: String) -> String {
        var outline = String.UnicodeScalarView()
        for scalar in map(for: text).mapped(text) where !isMark(scalar) {
            outline.append(scalar == "i" ? "l" : scalar)
        }
        return String(outline)
    }

    /// The scalars that `scalar` looks like; none if it has no shape of its own.
    static func looks(of scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        var looks: [Unicode.Scalar] = []
        (scalar.isASCII ? ascii : whole).append(scalar, to: &looks)
        return looks
    }

    private static func map(for text: String) -> LookalikeMap {
        text.utf8.allSatisfy { $0 < 0x80 } ? ascii : whole
    }
}

extension String {
    /// What the text looks like at a glance, which is the same whatever its case and its marks.
    package var outline: String { LookalikeMap.outline(of: self) }
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

    private func mapped(_ text: String) -> [Unicode.Scalar] {
        var mapped: [Unicode.Scalar] = []
        for scalar in text.unicodeScalars { append(scalar, to: &mapped) }
        return mapped
    }

    private static let dotAbove: Unicode.Scalar = "\u{307}"

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.value >= 0x300 else { return false }
        let properties = scalar.properties
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return true
        default: return properties.canonicalCombiningClass != .notReordered
        }
    }

    private func run(of scalar: Unicode.Scalar) -> Run? {
        let index = runs.partitionPoint { scalar.value < $0.first + $0.count }
        return index < runs.count && runs[index].first <= scalar.value ? runs[index] : nil
    }

    private func target(of scalar: Unicode.Scalar, in run: Run) -> Unicode.Scalar {
        let first = targets[run.targetStart]
        guard run.isRising else { return first }
        return Unicode.Scalar(first.value + (scalar.value - run.first)) ?? first
    }

    /// Reads what scripts/make-confusables packed; its `pack` says how.
    ///
    /// - Parameter bound: what is above it is left out.
    private init(packed: String, below bound: UInt32 = .max) {
        var numbers = PackedNumbers(packed)
        var end: UInt32 = 0
        var last: [Int] = []
        while end < bound, let header = numbers.next() {
            let count = header & 1 == 1 ? numbers.next() ?? 0 : 1
            let kind = header >> 1 & 3
            let targetCount = kind == 2 ? Int(numbers.next() ?? 0) : 1
            let targetStart = targets.count
            while last.count < targetCount { last.append(0) }
            for place in 0..<targetCount {
                last[place] += numbers.nextSigned() ?? 0
                targets.append(UInt32(exactly: last[place]).flatMap(Unicode.Scalar.init) ?? "\u{FFFD}")
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
