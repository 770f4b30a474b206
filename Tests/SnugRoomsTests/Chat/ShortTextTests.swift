// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import Testing

@Suite struct ShortTextTests {
    @Test func aTextIsOneSafeLineOfAtMostTwoHundredCharacters() throws {
        #expect(ShortText(" plans\n for\u{1B} ")?.text == "plans  for\u{241B}")
        #expect(ShortText(String(repeating: "x", count: 500))?.text.count == 200)
        let foxes = try #require(ShortText(String(repeating: "🦊", count: 300)))
        #expect(foxes.text.count == 200 && foxes.text.utf8.count == 800)
        #expect(ShortText(" \u{200B}") == nil)
        #expect(ShortText(String(repeating: "x", count: 199) + " yz")?.text.count == 199)
    }

    @Test func oneEndlessCharacterIsCut() throws {
        let text = try #require(ShortText("👨" + String(repeating: "\u{200D}👨", count: 200)))
        #expect(!text.text.isEmpty && text.text.unicodeScalars.count <= 16)
    }
}
