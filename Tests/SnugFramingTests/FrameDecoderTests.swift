// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import TestSupport
import Testing

extension FrameDecoder {
    mutating func append(_ bytes: some Collection<UInt8>) throws(FramingError) {
        let array = Array(bytes)
        try append(array.span.bytes)
    }

    mutating func allFrames() -> [[UInt8]] {
        var frames: [[UInt8]] = []
        while let frame = next() { frames.append(frame) }
        return frames
    }
}

@Suite struct FrameDecoderTests {
    private static let payloads: [[UInt8]] = [
        Array("aisha".utf8), [], Array("a".utf8), [], [], [0, 0, 0, 9], Array("सलाम 👋".utf8),
    ]

    private static func stream(_ payloads: [[UInt8]]) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for payload in payloads { try FrameEncoder.encode(payload, appendingTo: &bytes) }
        return bytes
    }

    @Test func framesComeOutAsTheyWentIn() throws {
        var decoder = FrameDecoder()
        try decoder.append(try Self.stream(Self.payloads))
        #expect(decoder.completedFrames == UInt64(Self.payloads.count))
        #expect(decoder.allFrames() == Self.payloads)
    }

    @Test func byteByByteGivesTheSameFrames() throws {
        var decoder = FrameDecoder()
        var frames: [[UInt8]] = []
        for byte in try Self.stream(Self.payloads) {
            try decoder.append([byte])
            frames += decoder.allFrames()
        }
        #expect(frames == Self.payloads)
    }

    @Test func everyPairOfCutsGivesTheSameFrames() throws {
        let stream = try Self.stream(Self.payloads)
        for first in 0...stream.count {
            for second in first...stream.count {
                var early = FrameDecoder()
                try early.append(stream[..<first])
                var frames = early.allFrames()
                try early.append(stream[first..<second])
                frames += early.allFrames()
                try early.append(stream[second...])
                frames += early.allFrames()

                var late = FrameDecoder()
                try late.append(stream[..<first])
                try late.append(stream[first..<second])
                try late.append(stream[second...])
                try #require(
                    frames == Self.payloads && late.allFrames() == Self.payloads,
                    "\(first) \(second)"
                )
            }
        }
    }

    @Test(arguments: [1, 2, UInt64.random(in: 3...UInt64.max)])
    func randomFramesInRandomCutsComeOutAsTheyWentIn(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let payloads: [[UInt8]] = (0..<200).map { _ in
            let count = Int.random(in: 0...Int.random(in: 0...8192, using: &random), using: &random)
            return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
        }
        var rest = try Self.stream(payloads)[...]
        var decoder = FrameDecoder()
        var frames: [[UInt8]] = []
        while !rest.isEmpty {
            let count = Int.random(in: 0...Int.random(in: 1...40_000, using: &random), using: &random)
            try decoder.append(rest.prefix(count))
            rest = rest.dropFirst(count)
            let reads = Int.random(in: 0...20, using: &random)
            for _ in 0..<reads { if let frame = decoder.next() { frames.append(frame) } }
        }
        frames += decoder.allFrames()
        #expect(frames == payloads, "seed \(seed)")
        #expect(decoder.unreadBytes == 0, "seed \(seed)")
    }

    @Test func whatWaitsAndWhatIsUnfinishedIsKnown() throws {
        var decoder = FrameDecoder()
        #expect(!decoder.hasFrame && !decoder.isMidFrame && decoder.unreadBytes == 0)
        try decoder.append([0])
        #expect(!decoder.hasFrame && decoder.isMidFrame && decoder.unreadBytes == 1)
        try decoder.append([0, 0, 2, 65])
        #expect(!decoder.hasFrame && decoder.isMidFrame && decoder.unreadBytes == 5)
        try decoder.append([66, 0, 0, 0, 0])
        #expect(decoder.hasFrame && !decoder.isMidFrame && decoder.unreadBytes == 10)
        #expect(decoder.next() == [65, 66])
        #expect(decoder.hasFrame && decoder.unreadBytes == 4)
        #expect(decoder.next() == [])
        #expect(!decoder.hasFrame && decoder.next() == nil && decoder.unreadBytes == 0)
        #expect(decoder.completedFrames == 2)
    }
}

@Suite struct LyingLengthTests {
    private static func header(_ announced: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: announced >> $0) }
    }

    @Test func aFrameOf8192BytesIsAccepted() throws {
        var decoder = FrameDecoder()
        try decoder.append(Self.header(8192))
        try decoder.append([UInt8](repeating: 7, count: 8192))
        #expect(decoder.next()?.count == 8192)
    }

    @Test(arguments: [8193, 0x0001_0000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF] as [UInt32])
    func aLongerFrameIsRefusedAtTheFourthByteAndNotBefore(announced: UInt32) throws {
        let header = Self.header(announced)
        var decoder = FrameDecoder()
        for byte in header.dropLast() { try decoder.append([byte]) }
        #expect(decoder.isMidFrame)
        #expect(throws: FramingError.oversizedFrame(announcedBytes: announced)) {
            try decoder.append([header[3]])
        }
        #expect(decoder.unreadBytes == 0 && !decoder.isMidFrame && decoder.next() == nil)
    }

    @Test(arguments: 0...4)
    func nothingOfARefusedFrameIsKeptHoweverItWasCut(cut: Int) throws {
        let bytes = Self.header(8193) + [UInt8](repeating: 1, count: 100)
        var decoder = FrameDecoder()
        #expect(throws: FramingError.oversizedFrame(announcedBytes: 8193)) {
            try decoder.append(bytes[..<cut])
            try decoder.append(bytes[cut...])
        }
        #expect(decoder.unreadBytes == 0 && decoder.completedFrames == 0)
    }

    @Test(arguments: 0...14)
    func theFramesBeforeALyingLengthStillComeOut(cut: Int) throws {
        let bytes = try FrameEncoder.frame("hi") + FrameEncoder.frame("") + Self.header(.max) + [1, 2, 3]
        var decoder = FrameDecoder()
        #expect(throws: FramingError.oversizedFrame(announcedBytes: .max)) {
            try decoder.append(bytes[..<cut])
            try decoder.append(bytes[cut...])
        }
        #expect(decoder.unreadBytes == 10)
        #expect(decoder.allFrames() == [Array("hi".utf8), []])
        #expect(decoder.unreadBytes == 0)
    }

    @Test func afterALyingLengthEveryAppendFailsTheSameWay() throws {
        var decoder = FrameDecoder()
        for bytes in [Self.header(.max), try FrameEncoder.frame("late"), []] {
            #expect(throws: FramingError.oversizedFrame(announcedBytes: .max)) { try decoder.append(bytes) }
        }
        #expect(decoder.unreadBytes == 0 && decoder.next() == nil)
    }
}
