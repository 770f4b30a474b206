// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugRooms

private func cleaned(_ raw: String) -> String? { NameRequest(raw).name?.text }

@Suite struct MemberNameTests {
    @Test(arguments: [
        "aisha", "José", "Зоя", "محمد", "नेहा", "สมชาย", "李小龙", "김철수", "ნინო", "O'Neil", "x_y-z.1", "🦊", "🇯🇵",
        "दुःख", "ノノ", "a/b", "anon-53422", "Nguyễn", "Nguye\u{302}\u{303}n", "Łukasz", "Bjørn", "Đức", "İpek",
        "שָׁלוֹם", "مُحَمَّد", "ใจดี", "ស្រី", "မြန်မာ", "தமிழ்", "བསོད་ནམས", "ᓄᓇᕗᑦ", "የሺ", "か\u{3099}", "Ё\u{301}",
    ])
    func namesInEveryScriptStayAsTheyAre(name: String) {
        #expect(cleaned(name) == name)
        #expect(!NameRequest(name).isChanged)
    }

    @Test func whiteSpaceAtTheEndsIsDroppedWithoutAWord() {
        let request = NameRequest(" \t aisha\u{3000}\r\n")
        #expect(request.name?.text == "aisha")
        #expect(!request.isChanged)
    }

    @Test func whiteSpaceInsideBecomesOneSpaceAndThatIsSaid() {
        let request = NameRequest("a \u{00A0}\t b")
        #expect(request.name?.text == "a b")
        #expect(request.isChanged)
    }

    @Test(arguments: [
        ("* bob *", "bob"), ("alice: hi", "alice hi"), ("a, b", "a b"), ("alice： hi", "alice hi"),
        ("alice\u{A789} hi", "alice hi"), ("∗ bob", "bob"), ("a，b", "ab"), ("a; b", "a b"), ("/who", "who"),
        ("// /x", "x"),
        ("warning /who", "who"), ("warning / warning /x", "x"),
        ("⁄x", "x"), ("alice⩴ hi", "alice hi"), ("🄁bob", "bob"), ("\u{1031F} bob", "bob"),
        ("alice\u{903} hi", "alice hi"),
        // Arabic, Chinese and Japanese, Ethiopic, N'Ko, Mongolian, and the small forms.
        ("ب، ا", "ب ا"), ("ب؛ ا", "ب ا"), ("李、王", "李王"), ("የ፣ ሺ", "የ ሺ"), ("ߒ߸ ߞ", "ߒ ߞ"), ("ᠮ᠂ ᠯ", "ᠮ ᠯ"),
        ("a﹐b", "ab"),
        ("a\r\nb", "a b"), ("a\u{2028}b", "a b"), ("a\u{85}b", "a b"),
    ])
    func nothingThatCouldPassForAnotherSpeakerStays(raw: String, name: String) {
        #expect(cleaned(raw) == name)
        #expect(NameRequest(raw).isChanged)
    }

    @Test(arguments: [
        ("\u{1B}[31mbob\u{1B}[0m", "[31mbob[0m"), ("\u{202E}bob", "bob"), ("b\u{2066}o\u{2069}b", "bob"),
        ("b\u{200B}o\u{200D}b\u{200C}\u{FEFF}", "bob"), ("bob\u{E0041}\u{E007F}", "bob"),
        ("bob\u{FE0F}\u{E0100}", "bob"),
        ("bo\u{AD}b\u{34F}", "bob"), ("bob\u{9B}", "bob"), ("bob\u{0}\u{7F}", "bob"),
        ("bob\u{E000}\u{FFFF}\u{FFFD}", "bob"),
        ("\u{3164}bob\u{115F}\u{2800}", "bob"), ("bob\u{378}", "bob"), ("bob\u{16FE4}", "bob"),
        ("b\u{13441}o\u{13442}b\u{1D159}", "bob"), ("bob\u{FFA0}\u{17B4}\u{180B}", "bob"),
    ])
    func nothingThatCannotBeSeenStays(raw: String, name: String) {
        #expect(cleaned(raw) == name)
        #expect(NameRequest(raw).isChanged)
    }

    @Test(arguments: [
        "", "  ", "*", ":::", "\u{200B}\u{2800}", "\u{301}\u{301}", "/", "* , :", "\u{1B}\u{7}",
    ])
    func aNameOfNothingIsNoName(raw: String) {
        #expect(cleaned(raw) == nil)
    }

    @Test(arguments: [
        ("bo\u{338}b", "bob"), ("b\u{335}ob", "bob"), ("bo\u{20DD}b", "bob"), ("1\u{20E3}", "1"),
        ("_\u{332}bob", "_bob"), ("b\u{5BC}ob", "bob"), ("bob\u{E4D}", "bob"), ("ب\u{5BC}", "ب"),
        ("2\u{307}", "2"),
    ])
    func aMarkThatItsBaseWouldSwallowIsDropped(raw: String, name: String) {
        #expect(cleaned(raw) == name)
        #expect(NameRequest(raw).isChanged)
    }

    @Test func fourMarksOnALetterStayAndTheRestGoes() {
        let marks = String(repeating: "\u{301}", count: 4000)
        #expect(cleaned("a\(marks)b") == "a\u{301}\u{301}\u{301}\u{301}b")
        #expect(cleaned("\u{301}a \u{302}b") == "a b")
        #expect(cleaned("a*\u{301}") == "a\u{301}")
    }

    @Test func twentyCharactersAreKept() throws {
        let twenty = "abcdefghijklmnopqrst"
        #expect(cleaned(twenty) == twenty && !NameRequest(twenty).isChanged)
        #expect(cleaned(twenty + "u") == twenty && NameRequest(twenty + "u").isChanged)
        #expect(cleaned("abcdefghijklmnopqrs tu") == "abcdefghijklmnopqrs")
        let foxes = String(repeating: "🦊", count: 20)
        #expect(cleaned(foxes) == foxes && foxes.utf8.count == 80)
        #expect(cleaned(foxes + "🦊") == foxes)
    }

    @Test func eightyBytesAreKeptAndNoCharacterIsCutInTwo() throws {
        let marked = String(repeating: "ạ\u{302}\u{302}", count: 20)
        let name = try #require(cleaned(marked))
        #expect(name.utf8.count <= 80)
        #expect(marked.hasPrefix(name))
        // Twenty characters, of which the last takes five bytes: one too many.
        let foxes = String(repeating: "🦊", count: 19)
        #expect(cleaned(foxes + "x\u{323}") == foxes + "x\u{323}")
        #expect(cleaned(foxes + "x\u{323}\u{331}") == foxes)
        let flags = String(repeating: "🇯🇵", count: 11)
        #expect(cleaned(flags) == String(repeating: "🇯🇵", count: 10))
        #expect(cleaned("क" + String(repeating: "ा", count: 50)) == nil)
    }

    @Test func aFamilyFallsApartBecauseANameHoldsNoJoiners() {
        #expect(cleaned("👩‍👩‍👧") == "👩👩👧")
    }

    @Test func whatWasGivenIsSafeAndShort() {
        let given = NameRequest(String(repeating: "\u{1B}]0;x\u{7}", count: 1000)).given
        #expect(given.count == 40)
        #expect(given.hasPrefix("␛]0;x␇"))
    }
}

@Suite struct LookalikeTests {
    private static func alike(_ one: String, _ other: String) throws -> Bool {
        let first = try #require(MemberName(cleaning: one))
        return first.looksLike(try #require(MemberName(cleaning: other)))
    }

    @Test(arguments: [
        "Aisha", "AISHA", "aIsha", "аіѕһа", "ａｉｓｈａ", "𝐚𝐢𝐬𝐡𝐚", "𝔸𝕚𝕤𝕙𝕒", "ⓐⓘⓢⓗⓐ", "a\u{2170}sha",
    ])
    func everyDisguiseOfAishaIsRecognised(disguise: String) throws {
        #expect(try Self.alike("aisha", disguise))
        #expect(try Self.alike(disguise, "aisha"))
    }

    @Test(arguments: [
        ("Bob", "ВоЬ"), ("BOB", "ВОВ"), ("alice", "aIice"), ("alice", "a1ice"), ("alice", "a|ice"),
        ("root", "r00t"),
        ("ROOT", "R00T"), ("Ιlya", "Ilya"), ("mark", "rnark"), ("ΥΙΟΣ", "υιος"), ("Straße", "STRASSE"),
        ("Зоя", "ЗОЯ"),
        ("ILYA", "іlya"), ("ﬁona", "fiona"), ("ᴮob", "bob"), ("vvill", "will"), ("VVill", "Will"),
        ("dan", "clan"),
        ("ilya", "ı\u{307}lya"), ("ilya", "і\u{307}lya"), ("ilya", "i\u{307}\u{307}lya"),
        ("ilya", "ɪ\u{307}lya"),
        ("ilya", "İlya"), ("jo", "j\u{307}o"), ("jo", "ȷo"), ("jo", "ȷ\u{307}o"), ("jo", "ј\u{307}o"),
        ("José", "Jose\u{301}\u{301}"), ("ấn", "a\u{301}\u{302}n"), ("ស្រី", "សរី"), ("Şen", "S\u{326}en"),
    ])
    func namesThatPeopleCannotTellApartLookAlike(one: String, other: String) throws {
        #expect(try Self.alike(one, other))
    }

    @Test(arguments: [
        ("aisha", "aysha"), ("bob", "rob"), ("nina", "vina"), ("ray", "yar"), ("jose", "josé"),
        ("bob", "bob-2"),
        ("lukasz", "łukasz"), ("bjorn", "bjørn"), ("sule", "şule"), ("inci", "ínci"),
        ("bill", "bail"), ("Зоя", "Зая"), ("नेहा", "नहा"), ("김", "금"), ("hay", "nay"),
    ])
    func differentNamesStayDifferent(one: String, other: String) throws {
        #expect(try !Self.alike(one, other))
    }

    @Test(arguments: [
        "José", "Ångström", "Nguyễn", "김철수", "ก้ำ", "s\u{323}\u{307}", "ç\u{301}", "é\u{327}", "क़",
    ])
    func composedAndDecomposedAreOneName(name: String) {
        #expect(
            LookalikeMap.skeleton(of: decomposed(name)).unicodeScalars.elementsEqual(
                LookalikeMap.skeleton(of: composed(name)).unicodeScalars
            )
        )
    }

    @Test func aCharacterLooksTheSameWhateverStandsBesideIt() {
        for scalar in (UInt8(0)..<0x80).map({ Unicode.Scalar($0) }) {
            let (alone, together) = (String(scalar), "\(scalar)山")
            #expect(LookalikeMap.skeleton(of: together) == LookalikeMap.skeleton(of: alone) + "山")
        }
    }

    @Test func aSkeletonIsItsOwnSkeletonForEveryCharacter() {
        // Beyond plane 2 no character has a case, a decomposition or a lookalike.
        for scalar in everyScalar().prefix(while: { $0.value < 0x3_0000 }) {
            let asWritten = LookalikeMap.skeleton(of: String(scalar))
            let inLowerCase = LookalikeMap.skeleton(of: String(scalar).lowercased())
            guard
                [asWritten, inLowerCase].allSatisfy({
                    LookalikeMap.skeleton(of: $0).unicodeScalars.elementsEqual($0.unicodeScalars)
                }),
                LookalikeMap.skeleton(of: inLowerCase.lowercased()) == inLowerCase
            else {
                Issue.record("U+\(String(scalar.value, radix: 16))")
                continue
            }
        }
    }

    @Test(arguments: [1, 2, UInt64.random(in: 3...UInt64.max)])
    func cleaningAndComparingTwiceIsDoingItOnce(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            let raw = hostileText(using: &random)
            guard let name = NameRequest(raw).name else { continue }
            let again = try #require(NameRequest(name.text).name, "seed \(seed)")
            #expect(
                again.text.unicodeScalars.elementsEqual(name.text.unicodeScalars),
                "seed \(seed): \(raw.debugDescription)"
            )
            #expect(!NameRequest(name.text).isChanged, "seed \(seed)")
            #expect(name.text.count <= 20 && name.text.utf8.count <= 80, "seed \(seed)")
            #expect(
                !name.text.unicodeScalars.contains {
                    "*:,\u{200D}\u{202E}\u{1B}\n".unicodeScalars.contains($0)
                }
            )
            let skeletons = [name.text, decomposed(name.text)].map(LookalikeMap.skeleton)
            #expect(
                skeletons[0].unicodeScalars.elementsEqual(skeletons[1].unicodeScalars),
                "seed \(seed): \(raw.debugDescription)"
            )
        }
    }
}
