// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Scalars that have broken other chat programs, and some of every kind that must stay whole.
private let hostileScalars = Array(
    ("aZ09 lI|/*:,-\t\r\n\u{B}\u{C}\u{0}\u{7}\u{8}\u{1B}\u{7F}\u{80}\u{85}\u{9B}\u{A0}\u{AD}\u{301}\u{307}\u{327}\u{34F}"
        + "\u{489}\u{61C}\u{93C}\u{94D}\u{915}\u{93E}\u{1100}\u{115F}\u{1160}\u{11A8}\u{AC00}\u{180E}\u{200B}\u{200C}\u{200D}"
        + "\u{200E}\u{2028}\u{202E}\u{2060}\u{2066}\u{2069}\u{2800}\u{3164}\u{FE0F}\u{FEFF}\u{FFF9}\u{FFFD}\u{FFFF}\u{E000}"
        + "\u{1F1E6}\u{1F1E7}\u{1F468}\u{1F3FD}\u{E0041}\u{E007F}\u{E0100}\u{1D2E}\u{E9}\u{E7}\u{1E69}\u{130}\u{DF}\u{600}")
        .unicodeScalars
)

/// A text of up to 60 scalars, half of them from the worst, half of them any.
func hostileText(using random: inout some RandomNumberGenerator) -> String {
    var text = String.UnicodeScalarView()
    let count = Int.random(in: 0...60, using: &random)
    while text.count < count {
        if Bool.random(using: &random), let scalar = hostileScalars.randomElement(using: &random) {
            text.append(scalar)
        } else if let scalar = Unicode.Scalar(UInt32.random(in: 0...0x1_FFFF, using: &random)) {
            text.append(scalar)
        }
    }
    return String(text)
}

func everyScalar() -> some Sequence<Unicode.Scalar> {
    (UInt32(0)...0x10_FFFF).lazy.compactMap(Unicode.Scalar.init)
}

func composed(_ text: String) -> String { text.precomposedStringWithCanonicalMapping }

func decomposed(_ text: String) -> String { text.decomposedStringWithCanonicalMapping }
