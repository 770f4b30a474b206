// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import Testing

@Suite struct FrameEncoderTests {
    /// Characters of one to four bytes at every place of the limit.
    @Test(arguments: ["a", "é", "例", "👍"], 0..<8)
    func aTextThatDoesNotFitIsCutBetweenTwoCodePoints(character: String, shift: Int) throws {
        let limit = FrameLimits.maximumPayloadBytes
        let text = String(repeating: "x", count: shift) + String(repeating: character, count: limit)
        let frame = FrameEncoder.frame(cutting: text)
        let payload = Array(frame.dropFirst(FrameLimits.headerBytes))
        let kept = try #require(String(validating: payload, as: UTF8.self))
        #expect(text.hasPrefix(kept))
        #expect(payload.count <= limit && payload.count > limit - character.utf8.count)
        #expect(frame == (try FrameEncoder.frame(kept)))
    }

    @Test(arguments: [0, 1, 8_191, 8_192])
    func aTextThatFitsIsNotCut(bytes: Int) throws {
        let text = String(repeating: "x", count: bytes)
        #expect(FrameEncoder.frame(cutting: text) == (try FrameEncoder.frame(text)))
    }

    /// The cut may fall into any of them, and into a code point.
    @Test(arguments: [0, 1, 4_000, 8_180, 8_190, 8_191, 8_192, 8_193, 9_000])
    func threeTextsAreTheFrameOfWhatTheyAreTogether(bytes: Int) {
        let long = String(repeating: "x", count: bytes)
        for (first, second, third) in [
            (long, ": ", "hé"), ("é", long, "ñ"), ("", "漢", long), (long, long, long),
        ] {
            let frame = FrameEncoder.frame(cutting: first, second, third)
            #expect(frame == FrameEncoder.frame(cutting: first + second + third))
            #expect(frame.count <= FrameLimits.headerBytes + FrameLimits.maximumPayloadBytes)
            #expect(String(validating: frame.dropFirst(FrameLimits.headerBytes), as: UTF8.self) != nil)
        }
    }

    @Test func aFrameIsABigEndianLengthAndTheText() throws {
        #expect(try FrameEncoder.frame("hé") == [0, 0, 0, 3, 0x68, 0xC3, 0xA9])
        #expect(try FrameEncoder.frame(String(repeating: "x", count: 0x0102)).prefix(4) == [0, 0, 1, 2])
    }

    @Test func anEmptyTextIsAFrameOfFourZeroes() throws {
        #expect(try FrameEncoder.frame("") == [0, 0, 0, 0])
    }

    /// A frame is kept for as long as it waits for a reader.
    @Test(arguments: [0, 5, 100, 8_192])
    func aFrameTakesUpLittleMoreMemoryThanItsText(bytes: Int) throws {
        let frame = try FrameEncoder.frame(String(repeating: "x", count: bytes))
        #expect(frame.capacity <= 2 * (bytes + 32))
    }

    @Test func theLongestPayloadFits() throws {
        let frame = try FrameEncoder.frame(String(repeating: "x", count: 8192))
        #expect(frame.count == 8196)
        #expect(frame.prefix(4) == [0, 0, 0x20, 0])
    }

    @Test func aPayloadThatIsTooLongIsRefusedBeforeAnythingIsAppended() {
        var bytes: [UInt8] = [7]
        #expect(throws: FramingError.payloadTooLong(bytes: 8193)) {
            try FrameEncoder.encode([UInt8](repeating: 0, count: 8193), appendingTo: &bytes)
        }
        #expect(bytes == [7])
    }

    @Test func framesAreAppendedBehindEachOther() throws {
        var bytes: [UInt8] = []
        try FrameEncoder.encode("a".utf8, appendingTo: &bytes)
        try FrameEncoder.encode([], appendingTo: &bytes)
        try FrameEncoder.encode("bc".utf8, appendingTo: &bytes)
        #expect(bytes == [0, 0, 0, 1, 0x61, 0, 0, 0, 0, 0, 0, 0, 2, 0x62, 0x63])
    }

    @Test func errorsNameTheNumberThatBrokeTheLimit() {
        #expect("\(FramingError.oversizedFrame(announcedBytes: 4_294_967_295))".contains("4294967295"))
        #expect("\(FramingError.payloadTooLong(bytes: 8193))".contains("8193"))
    }
}
