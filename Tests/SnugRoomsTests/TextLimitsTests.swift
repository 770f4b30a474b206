// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugRooms

/// Where texts are cut, against a walk that counts everything anew for each length.
@Suite struct TextLimitsTests {
    @Test(arguments: 0..<100)
    func aTextIsCutAtTheLastCharacterThatIsWithinAllLimits(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            // What is cut was cleaned before: CR LF, one character of two bytes and two scalars, is gone.
            let text = SafeText.clean(hostileText(using: &random))
            let characters = Int.random(in: 0...20, using: &random)
            let bytes = Int.random(in: 0...80, using: &random)
            let scalars = Int.random(in: 0...40, using: &random)
            let fitting = text.indices.map { text[..<$0] } + [text[...]]
            let cut = text.prefix(
                maximumCharacters: characters,
                maximumBytes: bytes,
                maximumScalars: scalars
            )
            let expected = fitting.last { beginning in
                beginning.count <= characters && beginning.utf8.count <= bytes
                    && beginning.unicodeScalars.count <= scalars
                    && beginning.allSatisfy {
                        $0.unicodeScalars.count <= SafeText.maximumScalarsPerCharacter
                    }
            }
            #expect(cut == expected)
        }
    }

    @Test(arguments: 0..<100)
    func aTextIsCutAtTheLastCodePointThatIsWithinBothLimits(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let text = hostileText(using: &random)
            let bytes = Int.random(in: 0...80, using: &random)
            let scalars = Int.random(in: 0...40, using: &random)
            let fitting =
                text.unicodeScalars.indices.map { text.unicodeScalars[..<$0] } + [text.unicodeScalars[...]]
            let expected = fitting.last { beginning in
                beginning.count <= scalars && Substring(beginning).utf8.count <= bytes
            }
            let cut = text.scalarPrefix(maximumScalars: scalars, maximumBytes: bytes)
            #expect(Array(cut.unicodeScalars) == expected.map(Array.init))
        }
    }

    @Test(arguments: 0..<20)
    func whiteSpaceAtTheEndsIsTakenAwayAndNoOther(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let spaces = [" ", "\t", "\n", "\r", "\u{A0}", "\u{2003}", "\u{3000}", "\u{85}"]
        for _ in 0..<100 {
            func space() -> String {
                (0..<Int.random(in: 0...3, using: &random)).map { _ in
                    spaces.randomElement(using: &random) ?? ""
                }
                .joined()
            }
            let words = (0..<Int.random(in: 0...3, using: &random)).map { "w\($0)" }
            let inner = words.enumerated().map { $0.offset == 0 ? $0.element : space() + $0.element }.joined()
            #expect((space() + inner + space()).trimmingSpace() == inner)
        }
    }
}
