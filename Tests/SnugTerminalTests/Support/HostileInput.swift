// SPDX-License-Identifier: Apache-2.0

/// What a broken terminal, a paste or an attacker could put into the input.
enum HostileInput {
    /// A few bytes that are more likely to do harm than random ones.
    static func piece(using random: inout some RandomNumberGenerator) -> [UInt8] {
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            return (0..<Int.random(in: 1...12, using: &random)).map { _ in
                .random(in: 0...255, using: &random)
            }
        case 1: return Array((sequences.randomElement(using: &random) ?? "").utf8)
        case 2:
            let scalar = Unicode.Scalar(UInt32.random(in: 0...0x10FFFF, using: &random))
            return Array(String(Character(scalar ?? "\u{301}")).utf8)
        default:
            // A known sequence, cut anywhere.
            let bytes = Array((sequences.randomElement(using: &random) ?? "").utf8)
            return Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
        }
    }

    private static let sequences = [
        "\u{1B}[200~", "\u{1B}[201~", "\u{1B}[2J", "\u{1B}]0;owned\u{7}", "\u{1B}[A", "\u{1B}[D",
        "\u{1B}[3~", "\u{1B}", "\u{1}", "\u{15}", "\u{17}", "\u{7F}", "\u{9B}31m", "\u{202E}", "\u{200D}",
        "\u{FE0F}", "\u{301}", "\u{E0001}", "👨‍👩‍👧", "🇹🇭", "สวัสดี", "क्षि", "words in a row ",
        "\u{1100}\u{1161}\u{11A8}", "\r", "\u{600}", "\u{3000}", "\t", "\u{3}", "\u{7}", "\u{B}", "\u{12}",
        "\u{14}", "\u{18}\u{15}", "\u{19}", "\u{1F}", "\u{1B}b", "\u{1B}d", "\u{1B}f", "\u{1B}y", "\u{1B}[B",
        "\u{1B}[1;5D", "\u{1B}[200~one\ntwo\nthree\u{1B}[201~", "/jo", "be", "#o",
    ]
}
