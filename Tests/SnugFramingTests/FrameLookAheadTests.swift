// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugFraming

/// Against a plain model: a list of payloads of which some are complete, some were taken, and some were looked at.
@Suite struct FrameLookAheadTests {
    private struct Model {
        var stream: [UInt8] = []
        var payloads: [[UInt8]] = []
        var ends: [Int] = []
        var arrived = 0
        var taken = 0
        var lookedAt = 0

        var complete: Int { ends.prefix { $0 <= arrived }.count }

        init(_ random: inout SeededGenerator) throws {
            for _ in 0..<40 {
                let size = [0, 1, 4, 5, 300, 8_192].randomElement(using: &random) ?? 0
                payloads.append((0..<size).map { _ in UInt8.random(in: .min ... .max, using: &random) })
                try FrameEncoder.encode(payloads[payloads.count - 1], appendingTo: &stream)
                ends.append(stream.count)
            }
        }

        mutating func lookAhead(for size: Int?) -> [[UInt8]] {
            var seen: [[UInt8]] = []
            lookedAt = max(lookedAt, taken)
            while lookedAt < complete {
                seen.append(payloads[lookedAt])
                lookedAt += 1
                if seen.last?.count == size { break }
            }
            return seen
        }
    }

    @Test(arguments: 0..<40)
    func everyWaitingFrameIsSeenOnceInOrderWhateverIsTakenMeanwhile(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var model = try Model(&random)
        var decoder = FrameDecoder(overwritingMemory: seed.isMultiple(of: 2))
        while model.taken < model.payloads.count {
            switch Int.random(in: 0..<4, using: &random) {
            case 0, 1:
                let bytes = Int.random(in: 0...9_000, using: &random)
                let end = min(model.stream.count, model.arrived + bytes)
                try decoder.append(model.stream[model.arrived..<end])
                model.arrived = end
            case 2:
                let wanted = [nil, 0, 4, 8_192].randomElement(using: &random) ?? nil
                var seen: [[UInt8]] = []
                let found = decoder.lookAhead { payload in
                    seen.append(payload.withUnsafeBytes { Array($0) })
                    return payload.byteCount == wanted
                }
                #expect(seen == model.lookAhead(for: wanted))
                #expect(found == (wanted != nil && seen.last?.count == wanted))
            default:
                let hasFrame = model.taken < model.complete
                #expect(decoder.nextPayloadBytes == (hasFrame ? model.payloads[model.taken].count : nil))
                #expect(decoder.next() == (hasFrame ? model.payloads[model.taken] : nil))
                if hasFrame { model.taken += 1 }
            }
        }
        #expect(decoder.heldBytes == 0)
    }

    @Test func whatIsForgottenDoesNotComeBack() throws {
        var decoder = FrameDecoder()
        try decoder.append([0, 0, 0, 1, 7, 0, 0, 0, 9, 1])
        decoder.removeAll()
        #expect(decoder.next() == nil && decoder.unreadBytes == 0 && !decoder.isMidFrame)
        let found = decoder.lookAhead { _ in true }
        #expect(!found)
        try decoder.append([0, 0, 0, 1, 8])
        #expect(decoder.next() == [8])
    }

    @Test func aSecretThatWasReadIsOverwrittenEvenIfOtherFramesKeepTheMemory() throws {
        var decoder = FrameDecoder(overwritingMemory: true)
        try decoder.append(try FrameEncoder.frame("open sesame") + (try FrameEncoder.frame("123")))
        #expect(decoder.next() == Array("open sesame".utf8))
        #expect(!decoder.heldMemory.contains(where: Array("open sesame".utf8).contains))
        #expect(decoder.next() == Array("123".utf8))
    }
}
