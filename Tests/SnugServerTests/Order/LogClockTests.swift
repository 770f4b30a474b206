// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import SnugSystem
import Testing

@testable import SnugServer

@Suite struct LogClockTests {
    /// How long the machine takes between two readings says nothing.
    private func expectNear(_ clock: LogClock, _ milliseconds: Int64, since start: MonotonicTime) {
        let time = clock.now.milliseconds
        let passed = start.duration(to: .now)
        #expect(time >= milliseconds - 1 && .milliseconds(time - milliseconds) <= passed + .milliseconds(1))
    }

    @Test func itGoesOnFromTheOrdersLastMessageWhateverTheMachineThinks() {
        let start = MonotonicTime.now
        let clock = LogClock(startingAt: ChatTime(milliseconds: 5_000_000))
        expectNear(clock, 5_000_000, since: start)
        for milliseconds: Int64 in [-7, 1_000, 9_000_000] {
            let set = MonotonicTime.now
            clock.set(ChatTime(milliseconds: milliseconds))
            expectNear(clock, milliseconds, since: set)
        }
    }

    @Test func untilTheOrderHasSaidWhatTimeItIsNobodyIsHeldToIt() throws {
        let clock = LogClock(startingAt: ChatTime(milliseconds: 5_000_000))
        #expect(clock.time(in: .seconds(30)) == nil)
        clock.set(ChatTime(milliseconds: 1_000))
        #expect(try #require(clock.time(in: .seconds(30))).milliseconds >= 30_999)
    }

    @Test(arguments: [Int64.min, .max]) func noTimeIsTooOddForIt(milliseconds: Int64) {
        let clock = LogClock(startingAt: ChatTime(milliseconds: milliseconds))
        _ = clock.now
        clock.set(ChatTime(milliseconds: milliseconds))
        _ = clock.now
    }
}
