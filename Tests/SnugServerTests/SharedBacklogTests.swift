// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugServer

/// A backlog against an array that forgets nothing.
@Suite struct SharedBacklogTests {
    @Test(arguments: 0..<30)
    func whatIsLentIsWhatWasAppendedAndWhatAllHaveIsForgotten(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var backlog = SharedBacklog(limitBytes: 4_096)
        var all: [UInt8] = []
        var discarded = 0
        for _ in 0..<400 {
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                discarded = Int.random(in: discarded...all.count, using: &random)
                backlog.discard(before: discarded)
            case 1 where Int.random(in: 0..<4, using: &random) == 0:
                discarded = all.count
                backlog.discard(before: discarded)
            default:
                let most = Int.random(in: 0..<20, using: &random) == 0 ? 100_000 : 500
                let count = Int.random(in: 0...most, using: &random)
                let bytes = (0..<count).map { UInt8(truncatingIfNeeded: all.count + $0 * 7) }
                backlog.append(bytes)
                all += bytes
            }
            #expect(backlog.end == all.count)
            // No byte moves more than once on average, and so one may be kept for each that is needed.
            #expect(
                backlog.keptBytes <= 2 * (all.count - discarded) || backlog.keptBytes == all.count - discarded
            )
            let start = Int.random(in: discarded...all.count, using: &random)
            let end = Int.random(in: start...all.count, using: &random)
            let lent = backlog.withBytes(start..<end) { $0.withUnsafeBytes { Array($0) } }
            #expect(lent == Array(all[start..<end]))
        }
        backlog.discard(before: all.count)
        #expect(backlog.keptBytes == 0 && backlog.end == all.count)
    }

    @Test func aSlowReaderKeepsNoMoreThanTwiceWhatItHasNotRead() {
        var backlog = SharedBacklog(limitBytes: 4_096)
        var most = 0
        for number in 0..<10_000 {
            backlog.append(repeatElement(UInt8(truncatingIfNeeded: number), count: 100))
            backlog.discard(before: max(0, backlog.end - 1_000))
            most = max(most, backlog.keptBytes)
        }
        #expect(most <= 2_100)
    }
}
