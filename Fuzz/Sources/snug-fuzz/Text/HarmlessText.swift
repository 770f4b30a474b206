// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms

/// What may reach a terminal, written down a second time and in Unicode's own words, so that a mistake in the rules
/// of the product is not made here as well.
extension String {
    /// No control character, nothing that turns text around, nothing invisible but joiners and variation selectors, no
    /// pile of marks.
    var isHarmless: Bool {
        var marks = 0
        for scalar in unicodeScalars {
            let traits = scalar.traits
            if traits.contains(.harmful) { return false }
            if traits.contains(.mark) {
                marks += 1
                guard marks <= SafeText.maximumMarksPerBase else { return false }
            } else if !scalar.isJoiner {
                marks = 0
            }
        }
        return true
    }

    /// For messages: every character that is not printable ASCII by its number.
    var visible: String { unicodeScalars.map { $0.escaped(asASCII: true) }.joined() }
}

extension Unicode.Scalar {
    var isJoiner: Bool { value == 0x200C || value == 0x200D }

    /// What Unicode says of this code point, in so far as it matters here.
    var traits: ScalarTraits {
        let known = ScalarTraits.known[Int(value)]
        if !known.isEmpty { return known }
        let traits = ScalarTraits(properties, isJoiner: isJoiner)
        ScalarTraits.known[Int(value)] = traits
        return traits
    }
}

struct ScalarTraits: OptionSet {
    let rawValue: UInt8

    /// Counts towards a pile of marks.
    static let mark = ScalarTraits(rawValue: 1)
    /// Has no place in what others see.
    static let harmful = ScalarTraits(rawValue: 2)
    /// A terminal or a reader would obey it, a new line included.
    static let steering = ScalarTraits(rawValue: 4)
    private static let asked = ScalarTraits(rawValue: 8)

    /// Each is asked for once in a process: most of an execution would be questions to Unicode's tables.
    nonisolated(unsafe) fileprivate static var known = [ScalarTraits](repeating: [], count: 0x11_0000)

    init(rawValue: UInt8) { self.rawValue = rawValue }

    fileprivate init(_ properties: Unicode.Scalar.Properties, isJoiner: Bool) {
        self = .asked
        let isHidden =
            properties.isDefaultIgnorableCodePoint && !isJoiner && !properties.isVariationSelector
        if isHidden || properties.isBidiControl || properties.isNoncharacterCodePoint { insert(.harmful) }
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate: insert(.harmful)
        case .nonspacingMark, .enclosingMark: insert(.mark)
        default: break
        }
        if properties.generalCategory == .control || properties.isBidiControl { insert(.steering) }
    }
}
