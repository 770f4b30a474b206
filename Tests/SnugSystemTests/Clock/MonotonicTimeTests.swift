// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugSystem

@Suite struct MonotonicTimeTests {
    @Test(arguments: 0..<20)
    func whatIsAddedIsWhatLiesBetween(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let time = MonotonicTime.start + .nanoseconds(Int64.random(in: 0...1 << 60, using: &random))
            let span = Duration.nanoseconds(Int64.random(in: -1_000_000_000_000...1 << 60, using: &random))
            let later = time + span
            #expect(time.duration(to: later) == span)
            #expect((later > time) == (span > .zero))
        }
    }

    @Test(arguments: [
        Duration.seconds(Int64.max), .seconds(Int64.max / 1_000_000_000 + 1), .nanoseconds(Int64.max),
    ])
    func moreThanAClockCanShowIsNever(span: Duration) {
        #expect(MonotonicTime.now + span == .never)
        #expect(MonotonicTime.never + span == .never)
    }

    @Test func timeDoesNotGoBack() {
        var last = MonotonicTime.now
        for _ in 0..<10_000 {
            let now = MonotonicTime.now
            #expect(now >= last)
            last = now
        }
    }

    @Test func aWaitIsRoundedUpSoThatWhoComesBackIsNotEarly() {
        #expect(Int32.milliseconds(until: nil) == -1)
        #expect(Int32.milliseconds(until: .start) == 0)
        #expect(Int32.milliseconds(until: .never) == .max)
        let deadline = MonotonicTime.now + .nanoseconds(5_000_001)
        let milliseconds = Int32.milliseconds(until: deadline)
        #expect(MonotonicTime.now + .milliseconds(Int(milliseconds)) >= deadline)
    }
}
