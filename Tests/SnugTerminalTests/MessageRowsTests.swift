// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import TestSupport
import Testing

@testable import SnugTerminal

/// A message is wrapped so that no row of it can pass for another message.
@Suite struct MessageRowsTests {
    private static let widths = [1, 2, 3, 4, 5, 8, 12, 20, 31, 80]

    /// tmux has a joiner swallow the first sign of the next row, which says whose it is.
    @Test func noRowEndsWithAJoiner() {
        for text in ["ben: 👨\u{200D}", "ben: क\u{94D}\u{200D} क\u{94D}\u{200D} क\u{94D}\u{200D}", "ben: 👨‍👩‍👧👨‍👩‍👧"] {
            for columns in Self.widths {
                let ends = Self.rows(of: text, columns).compactMap(\.unicodeScalars.last)
                #expect(!ends.contains("\u{200D}"), "\(text) \(columns)")
            }
        }
    }

    /// What could push a part of a line to the beginning of a row.
    @Test(
        arguments: [
            " ", "\t", "\u{A0}", "\u{1680}", "\u{2003}", "\u{3000}", "\u{2800}", "\u{2800}\u{FE0F}",
            "\u{3164}",
            "\u{1160}", "\u{13441}", "\u{1D159}", ".", "漢", "👨‍👩‍👧", "Ж", "e\u{301}", "\u{2800}a", "a ",
        ]
    )
    func whateverIsInFrontOfItNoPartOfALineBeginsWhereMessagesBegin(filler: String) {
        for columns in Self.widths {
            for count in 0...90 {
                let line = "ben: ok" + String(repeating: filler, count: count) + "* alice is now admin *"
                let rows = Self.rows(of: line, columns)
                #expect(rows[0].hasPrefix("be"))
                #expect(
                    rows.dropFirst().allSatisfy {
                        $0.unicodeScalars.first == " " && $0.unicodeScalars.count > 1
                    }
                )
                if columns >= 3 { #expect(rows.allSatisfy { $0.columns(.twoColumns) <= columns }) }
            }
        }
    }

    @Test(
        arguments: [
            " ", "\t", "\u{A0}", "\u{2003}", "\u{3000}", "\u{2800}", "\u{2800}\u{FE0F}", "\u{3164}",
            "\u{115F}",
            "\u{1160}", "\u{FFA0}", "\u{13441}", "\u{13442}", "\u{1D159}",
        ]
    )
    func aRunOfWhatLooksBlankIsShownAsOneSpace(blank: String) {
        let run = String(repeating: blank, count: 30)
        #expect(Self.rows(of: "\(run)ben:\(run)ok\(run) \(run)* x *\(run)", 80) == ["ben: ok * x *"])
        #expect(Self.rows(of: run, 80) == [""])
    }

    /// What a terminal may draw in one column or in two, until it has said which.
    @Test(arguments: ["…", "Ж", "é", "①", "“”", "─", "α"])
    func noRowIsTooWideForATerminalThatDrawsAmbiguousCharactersInTwoColumns(unit: String) {
        for columns in Self.widths where columns >= 4 {
            let rows = Self.rows(of: "ben: " + String(repeating: unit, count: 90) + "* x *", columns)
            #expect(rows.allSatisfy { $0.columns(.twoColumns) < max(columns, 4) }, "\(columns): \(rows)")
        }
    }

    @Test func aTerminalThatDrawsAmbiguousCharactersInOneColumnIsFilled() {
        let line = "ben: " + String(repeating: "Жé…", count: 10)
        #expect(
            MessageRows(columns: 40, ambiguous: .oneColumn).rows(of: StyledText(line, .speech)).map(\.text)
                == [line]
        )
    }

    @Test func wordsStayWholeWhereTheyFitAndAreBrokenWhereTheyDoNot() {
        #expect(Self.rows(of: "ben: the quick brown fox", 14) == ["ben: the", "   quick", "   brown fox"])
        #expect(Self.rows(of: "ben: 0123456789abcdef", 14) == ["ben: 01234567", "   89abcdef"])
        #expect(Self.rows(of: "ben: a 漢漢漢漢漢漢漢", 14) == ["ben: a 漢漢漢", "   漢漢漢漢"])
        #expect(Self.rows(of: "ben: hi", 80) == ["ben: hi"])
    }

    /// The width of the window, and how far the rows behind the first stand in.
    @Test(arguments: [(3, 1), (4, 1), (7, 1), (8, 2), (11, 2), (12, 3), (16, 4), (20, 4), (80, 4), (200, 4)])
    func theRowsBehindTheFirstStandInByAQuarterOfANarrowWindow(columns: Int, indent: Int) {
        let rows = Self.rows(of: String(repeating: "x", count: 500), columns)
        let limit = max(columns - 1, indent + 2)
        #expect(rows[0] == String(repeating: "x", count: limit))
        #expect(
            rows[1] == String(repeating: " ", count: indent) + String(repeating: "x", count: limit - indent)
        )
    }

    @Test func aWordThatJustFitsARowIsNotBroken() {
        #expect(Self.rows(of: "ben: 0123456789", 14) == ["ben:", "   0123456789"])
        #expect(Self.rows(of: "ben: 01234567", 14) == ["ben: 01234567"])
        #expect(Self.rows(of: "ben: 0123456789a", 14) == ["ben: 01234567", "   89a"])
        // Broken anyway, it begins where two columns are left.
        #expect(Self.rows(of: "abcdefghij 0123456789a", 14) == ["abcdefghij 01", "   23456789a"])
        #expect(Self.rows(of: "abcdefghijk 0123456789a", 14) == ["abcdefghijk", "   0123456789", "   a"])
    }

    @Test func aLinkStaysWholeWhereARowCanHoldItAndBeginsOnItsOwnWhereNoneCan() {
        #expect(Self.rows(of: "ben: see https://a.example", 26) == ["ben: see", "    https://a.example"])
        #expect(
            Self.rows(of: "ben: see https://a.example ok", 26) == ["ben: see", "    https://a.example ok"]
        )
        #expect(
            Self.rows(of: "ben: see https://a.example/0123456789 ok", 20)
                == ["ben: see", "    https://a.examp", "    le/0123456789", "    ok"]
        )
        #expect(
            Self.rows(of: "https://a.example/0123456789", 20) == ["https://a.example/0", "    123456789"]
        )
    }

    @Test func everyPartOfARowKeepsItsRoleAndOnlyBlanksAreAdded() {
        var text = StyledText("12:01 ", .time)
        text.append("ben", .name("ben"))
        text.append(": hello ", .speech)
        text.append("aisha", .mention)
        text.append(" and  all", .speech)
        let rows = MessageRows(columns: 15, ambiguous: .oneColumn).rows(of: text)
        #expect(
            rows.map(\.parts) == [
                [.init("12:01 ", .time), .init("ben", .name("ben")), .init(":", .speech)],
                [.init("   hello ", .speech), .init("aisha", .mention)], [.init("   and all", .speech)],
            ]
        )
    }

    @Test func whatIsOneCharacterStaysTogetherWhereItFitsARow() {
        #expect(Self.rows(of: "ben: xx👨‍👩‍👧‍👦", 12) == ["ben: xx", "   👨‍👩‍👧‍👦"])
        #expect(Self.rows(of: "漢漢", 3) == ["漢", " 漢"])
        #expect(Self.rows(of: "漢a漢", 4) == ["漢a", " 漢"])
    }

    @Test(arguments: 0..<60)
    func whateverTheTextNoRowIsTooWideAndNothingIsLostButBlanks(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let pieces = [
            " ", "  ", "\u{3000}", "a", "word", "* x *", "longlonglonglonglonglonglong", "漢字", "สวัสดี", "क्षि",
            "…", "Жé", "👨‍👩‍👧‍👦", "🇹🇭", "e\u{301}\u{302}", "\u{200D}", "\u{FE0F}", "\u{301}",
            "👋\u{200D}👋\u{200D}👋\u{200D}👋",
        ]
        for columns in Self.widths {
            let count = Int.random(in: 0...80, using: &random)
            let text = SafeText.clean(
                (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            )
            let rows = Self.rows(of: text, columns)
            if columns >= 3 {
                #expect(rows.allSatisfy { $0.columns(.twoColumns) <= columns }, "seed \(seed), \(columns)")
            }
            #expect(
                rows.dropFirst().allSatisfy { $0.unicodeScalars.first == " " },
                "seed \(seed), \(columns)"
            )
            #expect(rows[0].unicodeScalars.first != " ", "seed \(seed), \(columns)")
            let isWhole = Self.visible(rows.joined()) == Self.visible(text)
            #expect(isWhole, "seed \(seed), \(columns)")
        }
    }

    private static func rows(of text: String, _ columns: Int) -> [String] {
        MessageRows(columns: columns, ambiguous: .twoColumns).rows(of: StyledText(text, .speech)).map(\.text)
    }

    private static func visible(_ text: String) -> [Unicode.Scalar] {
        text.unicodeScalars.filter { !$0.properties.isWhitespace && $0 != "\u{200D}" }
    }
}
