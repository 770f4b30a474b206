// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import Testing

@testable import SnugProtocol

/// Which level a plain stream speaks, from its first bytes.
@Suite struct LevelChoiceTests {
    @Test func fourBytesChooseLevelOneAndOnlyAllFour() {
        #expect(LevelChoice(firstBytes: []) == .undecided)
        #expect(LevelChoice(firstBytes: "S".utf8) == .undecided)
        #expect(LevelChoice(firstBytes: "SNG".utf8) == .undecided)
        #expect(LevelChoice(firstBytes: "SNG1".utf8) == .levelOne)
        #expect(LevelChoice(firstBytes: Array("SNG1".utf8) + [0, 0, 0, 0]) == .levelOne)
    }

    @Test(arguments: ["SNG2", "SN1", "sng1", "GET / HTTP/1.1", "\u{16}\u{3}\u{1}"])
    func whateverElseIsLeftToTheFrames(text: String) throws {
        #expect(LevelChoice(firstBytes: text.utf8) == .levelZero)
    }

    @Test func everyStreamOfFramesIsLevelZeroAtItsFirstByte() {
        #expect(LevelChoice(firstBytes: [0]) == .levelZero)
    }

    /// So that no stream can be taken for both.
    @Test func thePrefaceIsNoFrame() {
        var decoder = FrameDecoder()
        #expect(throws: FramingError.oversizedFrame(announcedBytes: 1_397_638_961)) {
            let preface = LevelChoice.preface
            try decoder.append(preface.span.bytes)
        }
    }
}
