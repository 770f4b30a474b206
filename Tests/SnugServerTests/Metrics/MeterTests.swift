// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import TestSupport
import Testing

@testable import SnugServer

/// What one thread counts and another one reads.
@Suite struct MeterTests {
    @Test func whatIsCountedOnOneThreadIsSeenOnAnother() throws {
        let meters = LoopMeters()
        let thread = try RunningThread(name: "counting") {
            for number in 1...10_000 { #expect(meters.wrote(number) == number) }
        }
        thread.join()
        #expect(meters.writes.total == 10_000 && meters.sentBytes.total == 50_005_000)
        #expect(meters.receivedBytes.total == 0)
    }

    @Test func eachTurnIsInTheFirstClassThatIsWideEnough() {
        var random = SeededGenerator(seed: 4)
        let meter = TurnMeter()
        var model = [UInt64](repeating: 0, count: TurnMeter.bounds.count + 1)
        var sum: UInt64 = 0
        var times: [Int64] = [0, Int64.max / 4]
        for bound in TurnMeter.bounds { times += [bound - 1, bound, bound + 1] }
        for _ in 0..<500 { times.append(Int64.random(in: 0...4_000_000_000, using: &random)) }
        for time in times {
            meter.add(nanoseconds: time)
            model[TurnMeter.bounds.firstIndex { time <= $0 } ?? TurnMeter.bounds.count] += 1
            sum += UInt64(time)
        }
        let measured = meter.times
        #expect(measured.counts == model && measured.nanoseconds == sum)
        #expect(TurnMeter.bounds == TurnMeter.bounds.sorted() && Set(TurnMeter.bounds).count == 15)
    }

    @Test func aClockThatStandsStillOrGoesBackCountsAsNoTime() {
        let meter = TurnMeter()
        meter.add(nanoseconds: -5)
        let measured = meter.times
        #expect(measured.counts.first == 1 && measured.nanoseconds == 0)
    }

    @Test func theTimesOfSeveralThreadsAreOne() {
        let left = TurnMeter()
        let right = TurnMeter()
        for time: Int64 in [1, 60_000] { left.add(nanoseconds: time) }
        right.add(nanoseconds: 9_000_000_000)
        var both = TurnTimes()
        both.add(left.times)
        both.add(right.times)
        #expect(both.counts == [1, 1] + Array(repeating: 0, count: 13) + [1])
        #expect(both.nanoseconds == 9_000_060_001)
    }
}
