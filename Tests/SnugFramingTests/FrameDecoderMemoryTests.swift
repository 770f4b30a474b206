// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugFraming

@Suite struct FrameDecoderMemoryTests {
    @Test func anEmptyDecoderHoldsNoMemory() throws {
        var decoder = FrameDecoder()
        #expect(decoder.heldBytes == 0)
        for _ in 0..<8 { try decoder.append(try FrameEncoder.frame(String(repeating: "x", count: 8000))) }
        #expect(decoder.heldBytes >= 64_000)
        while decoder.next() != nil {}
        #expect(decoder.heldBytes == 0)
    }

    @Test func anAnnouncedLengthAloneHoldsNextToNothing() throws {
        var decoder = FrameDecoder()
        try decoder.append([0, 0, 0x20, 0])
        #expect(decoder.heldBytes < 256)
    }

    @Test func anUnfinishedFrameDoesNotHoldTheMemoryOfThoseBeforeIt() throws {
        var bytes: [UInt8] = []
        for _ in 0..<1000 { try FrameEncoder.encode([UInt8](repeating: 1, count: 100), appendingTo: &bytes) }
        var decoder = FrameDecoder()
        try decoder.append(bytes + [0, 0])
        while decoder.next() != nil {}
        #expect(decoder.unreadBytes == 2)
        #expect(decoder.heldBytes < 256)
    }

    @Test func aReaderThatIsAlwaysBehindDoesNotMakeTheBufferGrow() throws {
        let frame = try FrameEncoder.frame(String(repeating: "x", count: 1000))
        var decoder = FrameDecoder()
        for _ in 0..<10 { try decoder.append(frame) }
        for _ in 0..<5000 {
            try decoder.append(frame)
            #expect(decoder.next()?.count == 1000)
        }
        #expect(decoder.heldBytes < 100_000)
    }

    /// An array that grows by itself, to no more than it needs at once, leaves its old memory as it is.
    @Test(arguments: [1, 7, 40, 1_000, 9_000])
    func whereSecretsPassThroughMemoryThatBecomesTooSmallIsReplacedByTheDecoderAlone(bytes: Int) throws {
        let frame = try FrameEncoder.frame("secret")
        var decoder = FrameDecoder(overwritingMemory: true)
        try decoder.append(frame)
        var held = decoder.heldBytes
        var piece: [UInt8] = []
        while piece.count < bytes { piece += frame }
        for _ in 0..<50 {
            try decoder.append(piece)
            if decoder.heldBytes != held { #expect(decoder.heldBytes >= 2 * decoder.unreadBytes) }
            held = decoder.heldBytes
        }
    }

    @Test func aLyingLengthHoldsNoMemory() throws {
        var decoder = FrameDecoder()
        #expect(throws: FramingError.self) {
            try decoder.append([0xFF, 0xFF, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 60_000))
        }
        #expect(decoder.heldBytes == 0)
    }
}
