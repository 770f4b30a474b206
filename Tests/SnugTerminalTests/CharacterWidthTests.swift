// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

@testable import SnugTerminal

/// No character is taken for narrower than a terminal may draw it, by Unicode's own data.
@Suite struct CharacterWidthTests {
    @Test(arguments: [
        "\u{2329}", "\u{232A}", "\u{2630}", "\u{2637}", "\u{268A}", "\u{4DC0}", "漢", "한", "ア", "Ａ", "👋", "⌚",
    ])
    func whatIsWideTakesTwoColumnsWhateverTheTerminalsSetting(character: Character) {
        #expect(character.columns(.oneColumn) == 2)
        #expect(character.columns(.twoColumns) == 2)
    }

    @Test(arguments: ["…", "é", "Ж", "α", "①", "“", "─", "°", "×"] as [Character])
    func whatIsAmbiguousTakesWhatTheTerminalIsSetTo(character: Character) {
        #expect(character.columns(.oneColumn) == 1)
        #expect(character.columns(.twoColumns) == 2)
    }

    @Test(arguments: [("e\u{301}", 1), ("❤️", 2), ("1️⃣", 2), ("ที่", 1), ("a", 1), (" ", 1)])
    func marksTakeNoColumnAndEmojiTwo(character: Character, columns: Int) {
        #expect(character.columns(.oneColumn) == columns)
    }

    /// A terminal may join more characters into one than we do, and know fewer pictures, but no fewer letters.
    @Test(arguments: [
        ("a", 1), ("e\u{301}", 1), ("漢", 2), ("한", 2), ("⺀", 2), ("\u{FFE6}", 2), ("👋", 1), ("👨‍👩‍👧", 1),
        ("☰", 1),
        ("❤️", 1), ("⌚", 1),
    ])
    func aTerminalThatKnowsLessOfUnicodeTakesNoFewerColumnsThanThese(character: Character, columns: Int) {
        #expect(character.fewestColumns(.oneColumn) == columns)
    }

    @Test(arguments: ["…", "é", "Ж", "①"] as [Character])
    func whatIsAmbiguousIsNeverNarrowerThanTheTerminalIsSetTo(character: Character) {
        #expect(character.fewestColumns(.oneColumn) == 1)
        #expect(character.fewestColumns(.twoColumns) == 2)
    }

    /// The marks that stand around numbers (Prepended_Concatenation_Mark).
    private static let drawnFormats: [UInt32] =
        Array(0x600...0x605) + [0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD]

    @Test func ofAllFormatCharactersOnlyThoseAroundNumbersAreDrawn() {
        var drawn: [UInt32] = []
        for value in UInt32(0xA1)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value), scalar.properties.generalCategory == .format else {
                continue
            }
            let columns = scalar.columns(.twoColumns)
            if columns == 1 { drawn.append(value) } else { #expect(columns == 0) }
        }
        #expect(drawn == Self.drawnFormats)
    }

    @Test(.enabled(if: UnicodeData.isInstalled, UnicodeData.whyNot))
    func theFormatCharactersThatAreDrawnAreUnicodesOwn() throws {
        let marks = try UnicodeData.scalars("PropList.txt", "Prepended_Concatenation_Mark").map(\.value)
        #expect(marks.sorted() == Self.drawnFormats)
    }

    @Test(.enabled(if: UnicodeData.isInstalled, UnicodeData.whyNot))
    func noCharacterIsTakenForNarrowerThanUnicodeSays() throws {
        var tried = 0
        for property in ["W", "F"] {
            for scalar in try Self.drawn(property) where scalar.columns(.oneColumn) != 2 {
                Issue.record("U+\(String(scalar.value, radix: 16)) is wide")
            }
            tried += try Self.drawn(property).count
        }
        #expect(tried > 180_000)
        let ambiguous = try Self.drawn("A")
        #expect(ambiguous.count > 130_000)
        for scalar in ambiguous where scalar.columns(.twoColumns) != 2 {
            Issue.record("U+\(String(scalar.value, radix: 16)) is ambiguous")
        }
    }

    /// Most terminals ask it, and one that draws wider than we think leaves copies of the row behind.
    @Test func noCharacterIsTakenForNarrowerThanTheCLibrarySays() throws {
        let locale = try #require(newlocale(LC_CTYPE_MASK, "C.UTF-8", nil))
        defer { freelocale(locale) }
        let former = uselocale(locale)
        defer { uselocale(former) }
        // Declared only for programs that ask for X/Open's functions (wcwidth(3)).
        let symbol = try #require(dlsym(nil, "wcwidth"))
        let wcwidth = unsafeBitCast(symbol, to: (@convention(c) (wchar_t) -> Int32).self)
        var wide = 0
        for value in UInt32(0x20)..<0x110000 {
            guard let scalar = Unicode.Scalar(value), wcwidth(wchar_t(value)) == 2 else { continue }
            wide += 1
            if scalar.columns(.oneColumn) != 2 { Issue.record("U+\(String(value, radix: 16)) is wide") }
        }
        #expect(wide > 10_000)
    }

    /// Wider ones only make a line wrap early, but not without a reason.
    @Test(.enabled(if: UnicodeData.isInstalled, UnicodeData.whyNot))
    func fewCharactersAreTakenForWiderThanUnicodeSays() throws {
        var wider: [Unicode.Scalar] = []
        for property in ["N", "Na", "H"] {
            wider += try Self.drawn(property).filter { $0.columns(.twoColumns) > 1 }
        }
        for scalar in try Self.drawn("A") where scalar.columns(.oneColumn) > 1 { wider.append(scalar) }
        // Pictures, which some terminals draw in two columns all the same, and what newer versions call wide.
        let unexplained = wider.filter { scalar in
            switch scalar.value {
            case 0x1F000...0x1FAFF, 0x2630...0x2637, 0x268A...0x268F, 0x4DC0...0x4DFF: false
            default: scalar.properties.generalCategory != .unassigned
            }
        }
        #expect(unexplained.count < 200, "\(unexplained.map { String($0.value, radix: 16) })")
    }

    /// Those that take a column of their own.
    private static func drawn(_ property: String) throws -> [Unicode.Scalar] {
        try UnicodeData.scalars("EastAsianWidth.txt", property).filter { scalar in
            guard scalar.value >= 0xA1 else { return true }
            return switch scalar.properties.generalCategory {
            case .nonspacingMark, .enclosingMark, .format: false
            default: true
            }
        }
    }
}
