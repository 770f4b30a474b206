// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import SnugRooms
import SnugSystem
import SnugTerminal
import TestSupport
import Testing

@testable import SnugClient

@Suite struct AttentionTests {
    /// A model that remembers everything and decides by looking back.
    @Test(arguments: 0..<50)
    func theMarkStandsBeforeTheFirstLineOfEachAbsenceAndNowhereElse(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var attention = Attention()
        var now = MonotonicTime.start + .seconds(5)
        var keys: [MonotonicTime] = []
        var marks: [MonotonicTime] = []
        for _ in 0..<200 {
            now = now + .seconds(Int.random(in: 0...100, using: &random))
            if Int.random(in: 0..<4, using: &random) == 0 {
                attention.noteKey(at: now)
                keys.append(now)
                continue
            }
            let isMark = attention.isFirstUnseen(at: now)
            // The first line stands for the first key: who has just come has pressed Enter.
            if keys.isEmpty { keys.append(now) }
            let last = keys[keys.count - 1]
            let isAway = last.duration(to: now) >= Attention.absence
            let hasMark = marks.last.map { $0 > last } ?? false
            #expect(isMark == (isAway && !hasMark))
            if isMark { marks.append(now) }
        }
        #expect(!marks.isEmpty)
    }

    @Test func theBellRingsAtMostOnceASecondHoweverMuchIsSaid() {
        var attention = Attention()
        let start = MonotonicTime.start + .seconds(5)
        let rings = (0..<1_000).count { attention.mayRing(at: start + .milliseconds($0 * 10)) }
        #expect(rings == 10)
    }

    @Test func theDesktopIsToldAsSeldomAndWhateverTheBellHasDone() {
        var attention = Attention()
        let start = MonotonicTime.start + .seconds(5)
        _ = attention.mayRing(at: start)
        let notices = (0..<1_000).count { attention.mayNotify(at: start + .milliseconds($0 * 10)) }
        #expect(notices == 10)
    }
}
