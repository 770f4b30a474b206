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
