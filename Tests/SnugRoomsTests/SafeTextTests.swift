// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import TestSupport
import Testing

@Suite struct SafeTextTests {
    @Test(arguments: [
        "hello, world! ~", "", "می‌خواهم", "क्‍ष और र्‍या", "ภาษาไทยที่นี่", "👩‍👩‍👧‍👦 ❤️ 👍🏽 1️⃣ 🇯🇵", "שָׁלוֹם", "Tiếng Việt", "한국어",
        "日本語　全角", "ᠮᠣᠩᠭᠣᠯ\u{180B}", "café ﷽",
    ])
    func everyLanguageStaysWhole(text: String) {
        #expect(SafeText.clean(text).unicodeScalars.elementsEqual(text.unicodeScalars))
    }

    @Test func lineBreaksAndTabulatorsBecomeOneSpaceEach() {
        #expect(
            SafeText.clean("a\nb\rc\r\nd\u{B}e\u{C}f\u{85}g\u{2028}h\u{2029}i\tj") == "a b c d e f g h i j"
        )
        #expect(SafeText.clean("a\r\r\n\nb") == "a   b")
    }

    @Test func escapeSequencesAreShownAndNotObeyed() {
        #expect(SafeText.clean("\u{1B}[2J\u{1B}]0;x\u{7}") == "␛[2J␛]0;x␇")
        #expect(SafeText.clean("\u{0}\u{8}\u{7F}") == "␀␈␡")
        #expect(SafeText.clean("\u{9B}31m\u{80}\u{9F}") == "\u{FFFD}31m\u{FFFD}\u{FFFD}")
    }

    @Test(
        arguments: [
            0x202A, 0x202E, 0x2066, 0x2069, 0xE0001, 0xE0041, 0xE007F, 0xFFF9, 0xFFFB, 0xFFFE, 0x1FFFF,
        ] as [UInt32]
    )
    func whatWouldTurnTextAroundOrHideItIsShown(code: UInt32) throws {
        let scalar = try #require(Unicode.Scalar(code))
        #expect(SafeText.clean("a\(scalar)b") == "a\u{FFFD}b")
    }

    @Test(
        arguments: [
            0xAD, 0x61C, 0x180E, 0x200B, 0x200E, 0x200F, 0x2060, 0x2064, 0x206A, 0x206F, 0xFEFF, 0x115F,
            0x1160, 0x3164, 0xFFA0,
            0x34F, 0xFFF0, 0xE0FFF,
        ] as [UInt32]
    )
    func otherInvisibleCharactersAreDropped(code: UInt32) throws {
        let scalar = try #require(Unicode.Scalar(code))
        #expect(SafeText.clean("a\(scalar)b") == "ab")
        #expect(ChatLine("a\(scalar)b")?.changes == .invisiblesDropped)
    }

    @Test func marksBeyondFourOnABaseAreDropped() {
        #expect(
            SafeText.clean("e" + String(repeating: "\u{301}", count: 4000)) == "e\u{301}\u{301}\u{301}\u{301}"
        )
        #expect(SafeText.clean("\u{301}a") == "a")
        #expect(SafeText.clean("bob: \u{338}x") == "bob: x")
        #expect(SafeText.clean("a" + String(repeating: "\u{E0100}", count: 100)).unicodeScalars.count == 5)
    }

    @Test func runsOfJoinersAreCut() {
        #expect(
            SafeText.clean("a" + String(repeating: "\u{200D}", count: 100) + "b").unicodeScalars.count == 6
        )
    }

    /// Letters are known by where they stand, without Unicode's tables: what is none must not stand there.
    @Test func noMarkOrInvisibleCharacterPassesForALetter() {
        for scalar in (0xA0...0x10_FFFF).lazy.compactMap(Unicode.Scalar.init) {
            let properties = scalar.properties
            let category = properties.generalCategory
            guard
                category == .nonspacingMark || category == .enclosingMark
                    || properties.isDefaultIgnorableCodePoint
            else { continue }
            // Without a base there is nothing that it may stay on.
            if SafeText.clean(String(scalar)).unicodeScalars.contains(scalar) {
                Issue.record("U+\(String(scalar.value, radix: 16))")
            }
        }
    }

    @Test(arguments: [1, 2, UInt64.random(in: 3...UInt64.max)])
    func noTextLeavesAnythingForATerminalToObey(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<3000 {
            let raw = hostileText(using: &random)
            let clean = SafeText.clean(raw)
            #expect(
                !clean.unicodeScalars.contains(where: isDangerous),
                "seed \(seed): \(raw.debugDescription)"
            )
            let again = SafeText.clean(clean)
            #expect(
                again.unicodeScalars.elementsEqual(clean.unicodeScalars),
                "seed \(seed): \(raw.debugDescription)"
            )
        }
    }

    @Test func noSingleCharacterIsLeftForATerminalToObey() {
        for scalar in everyScalar()
        where SafeText.clean("a\(scalar)").unicodeScalars.contains(where: isDangerous) {
            Issue.record("U+\(String(scalar.value, radix: 16))")
        }
    }

    private func isDangerous(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0...0x1F, 0x7F...0x9F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069, 0xE0000...0xE007F: true
        default: scalar.properties.isNoncharacterCodePoint
        }
    }
}

@Suite struct ChatLineTests {
    @Test func whiteSpaceAtTheEndsIsDropped() {
        #expect(ChatLine(" \t hi there \r\n")?.text == "hi there")
        #expect(ChatLine(" \t hi there \r\n")?.changes == [])
    }

    @Test(arguments: ["", " ", "\n\n", "\u{3000}", "\u{200B}", " \u{301} "])
    func aLineOfNothingIsNoLine(raw: String) {
        #expect(ChatLine(raw) == nil)
    }

    @Test func aLineBreakInALineCannotStartAnother() {
        #expect(ChatLine("hi\r\n* bob left *")?.text == "hi * bob left *")
    }

    @Test(arguments: ["x", "й", "🦊"])
    func fiveHundredCharactersAreKept(character: String) throws {
        let line = String(repeating: character, count: 500)
        #expect(ChatLine(line)?.text == line)
        #expect(ChatLine(line)?.changes == [])
        #expect(ChatLine(line + character)?.text == line)
        #expect(ChatLine(line + character)?.changes == .shortened)
    }

    @Test func twoThousandBytesAreKeptAndNoFamilyIsTornApart() throws {
        let family = "👩‍👩‍👧‍👦"
        let line = try #require(ChatLine(String(repeating: family, count: 100)))
        #expect(line.text == String(repeating: family, count: 80))
        #expect(line.text.utf8.count == 2000)
        #expect(line.changes == .shortened)
    }

    @Test(arguments: ["👨\u{200D}", "ा", "ᄀ", "\u{600}", "\u{1F1E6}\u{200D}", "क\u{94D}\u{200D}"])
    func aCharacterThatNoLanguageHasIsCut(part: String) throws {
        let bomb = "a" + String(repeating: part, count: 1170)
        let line = try #require(ChatLine(bomb))
        #expect(line.text.allSatisfy { $0.unicodeScalars.count <= 16 })
        #expect(line.changes.contains(.shortened))
        #expect(ChatLine("before, " + bomb)?.text.hasPrefix("before,") == true)
        // The longest emoji that there is has ten scalars.
        #expect(ChatLine("👩🏽‍❤️‍💋‍👨🏿")?.changes == [])
    }

    @Test func aLineOfMarkedLettersKeepsAThousandScalars() throws {
        let line = try #require(ChatLine(String(repeating: "e\u{301}", count: 501)))
        #expect(line.text.unicodeScalars.count == 1000 && line.text.count == 500)
        let thrice = try #require(ChatLine(String(repeating: "a\u{301}\u{302}", count: 400)))
        #expect(thrice.text.unicodeScalars.count <= 1000)
        #expect(thrice.changes == .shortened)
    }

    @Test func eightKilobytesOfMarksAreAFewBytes() throws {
        let line = try #require(ChatLine("a" + String(repeating: "\u{338}", count: 4090)))
        #expect(line.text.utf8.count == 9)
        #expect(line.changes == .marksDropped)
    }

    @Test(arguments: [1, 2, UInt64.random(in: 3...UInt64.max)])
    func aCleanLineIsWithinItsLimitsAndStaysAsItIs(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let raw = (0..<Int.random(in: 1...30, using: &random)).map { _ in hostileText(using: &random) }
                .joined()
            guard let line = ChatLine(raw) else { continue }
            #expect(line.text.count <= 500 && line.text.utf8.count <= 2000, "seed \(seed)")
            #expect(line.text.unicodeScalars.count <= 1000, "seed \(seed)")
            #expect(line.text.allSatisfy { $0.unicodeScalars.count <= 16 }, "seed \(seed)")
            let again = try #require(ChatLine(line.text), "seed \(seed)")
            #expect(again.text.unicodeScalars.elementsEqual(line.text.unicodeScalars), "seed \(seed)")
            #expect(again.changes == [], "seed \(seed)")
        }
    }
}
