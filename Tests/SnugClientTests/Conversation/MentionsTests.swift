// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import SnugRooms
import SnugSystem
import SnugTerminal
import TestSupport
import Testing

@testable import SnugClient

@Suite struct MentionsTests {
    private func found(_ name: String, in text: String) -> [String] {
        Mentions(of: name).ranges(in: text).map { String(text[$0]) }
    }

    @Test(arguments: [
        ("ben, hello", ["ben"]), ("hello BEN!", ["BEN"]), ("@ben and @Ben", ["@ben", "@Ben"]),
        ("ben", ["ben"]),
        ("(ben's)", ["ben"]), ("ben-like", ["ben"]), ("ben - 2", ["ben"]), ("ben: ben", ["ben", "ben"]),
        ("🎉ben🎉", ["ben"]), ("http://x/ben/", ["ben"]),
    ])
    func aNameIsFoundAsAWord(text: String, names: [String]) { #expect(found("ben", in: text) == names) }

    @Test(arguments: ["bench", "reuben", "ben2", "2ben", "ben_", "be n", "", "bén", "ben-2", "ben\u{301}"])
    func partOfAWordAndAnotherNameAreNot(text: String) { #expect(found("ben", in: text).isEmpty) }

    @Test func aNameIsComparedByWhatPeopleSee() {
        #expect(found("zoe\u{308}", in: "hi Zo\u{EB}!") == ["Zo\u{EB}"])
        #expect(found("zoe", in: "hi zo\u{EB}").isEmpty)
        #expect(found("ann lee", in: "so Ann Lee said") == ["Ann Lee"])
    }

    @Test func wordsNeedNoSpacesAroundThemWhereNoneAreWritten() {
        #expect(found("ベン", in: "こんにちはベンさん") == ["ベン"])
        #expect(found("สมชาย", in: "สวัสดีสมชายครับ") == ["สมชาย"])
        #expect(found("ben", in: "これはbenさん") == ["ben"] && found("ベン", in: "hiベンok") == ["ベン"])
        #expect(found("一", in: "一番").isEmpty)
    }

    @Test func nobodyIsMeantByANameThatIsEmpty() { #expect(found("", in: "anything").isEmpty) }

    @Test(arguments: 0..<20)
    func thePartsAreTheText(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let text = HostileWords.any(upTo: 10, using: &random)
            let (parts, isMention) = Mentions(of: "aisha").parts(of: text)
            #expect(parts.map(\.text).joined() == text)
            #expect(isMention == parts.contains { $0.role == .mention })
        }
    }
}
