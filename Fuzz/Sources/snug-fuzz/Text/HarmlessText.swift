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
            let properties = scalar.properties
            switch properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator, .surrogate: return false
            case .nonspacingMark, .enclosingMark: marks += 1
            default: if !scalar.isJoiner { marks = 0 }
            }
            guard marks <= SafeText.maximumMarksPerBase else { return false }
            if properties.isBidiControl || properties.isNoncharacterCodePoint { return false }
            if properties.isDefaultIgnorableCodePoint, !scalar.isJoiner, !properties.isVariationSelector {
                return false
            }
        }
        return true
    }

    /// For messages: every character that is not printable ASCII by its number.
    var visible: String { unicodeScalars.map { $0.escaped(asASCII: true) }.joined() }
}

extension Unicode.Scalar {
    var isJoiner: Bool { value == 0x200C || value == 0x200D }
}
