// SPDX-License-Identifier: Apache-2.0
#if Cluster

import SnugRooms
import TestSupport
import Testing

@testable import SnugCluster

@Suite struct OrderClockTests {
    private let hour: Int64 = 3_600_000

    private func reading(wall: Int64, running: Int64) -> OrderClock.Reading {
        OrderClock.Reading(wall: wall, running: running)
    }

    @Test func whoIsAloneSaysWhatItsOwnClockSays() {
        for pause in [nil, 3_600_000 as Int64] {
            var clock = OrderClock()
            #expect(clock.stamp(at: reading(wall: 5_000, running: 70)) == 0)
            // What the log has says when somebody was there last.
            if pause != nil {
                clock.note(ChatTime(milliseconds: 1_000), at: reading(wall: 5_000, running: 70))
            }
            clock.begin(afterPause: pause, at: reading(wall: 0, running: 70))
            #expect(clock.stamp(at: reading(wall: 9 * hour, running: 71)) == 9 * hour)
            #expect(clock.stamp(at: reading(wall: 9 * hour + 2, running: 73)) == 9 * hour + 2)
        }
    }

    /// The one that was alone may have died before it said anything.
    @Test func whereNobodyHasSaidTheTimeForTwoSecondsOnesOwnClockSaysIt() {
        var clock = OrderClock()
        clock.begin(afterPause: 10, at: reading(wall: 0, running: 500))
        #expect(clock.stamp(at: reading(wall: 9 * hour, running: 2_499)) == 0)
        #expect(clock.stamp(at: reading(wall: 9 * hour, running: 2_500)) == 9 * hour)
        var other = OrderClock()
        other.begin(afterPause: 10, at: reading(wall: 0, running: 500))
        other.note(ChatTime(milliseconds: hour), at: reading(wall: 9 * hour, running: 2_000))
        #expect(other.stamp(at: reading(wall: 9 * hour, running: 2_500)) == hour + 500)
    }

    @Test(arguments: [-3_600_000, 3_600_000 as Int64])
    func aClockThatIsAnHourOffIsNotBelievedWhereOthersSayWhatTimeItIs(off: Int64) {
        var clock = OrderClock()
        clock.note(ChatTime(milliseconds: 9 * hour), at: reading(wall: 9 * hour + off, running: 500))
        clock.begin(afterPause: 900, at: reading(wall: 0, running: 500))
        let later = reading(wall: 9 * hour + off + 2_000, running: 2_500)
        #expect(clock.stamp(at: later) == 9 * hour + 2_000)
        #expect(clock.difference(at: later) == off)
    }

    @Test func aClockThatIsNearTheOrdersIsRightAndTimeDoesNotGoBack() {
        var clock = OrderClock()
        clock.note(ChatTime(milliseconds: 9 * hour), at: reading(wall: 0, running: 0))
        #expect(clock.stamp(at: reading(wall: 9 * hour + 40_000, running: 10)) == 9 * hour + 40_000)
        #expect(clock.stamp(at: reading(wall: 9 * hour + 20_000, running: 20)) == 9 * hour + 40_010)
        // A message that took long to come says no more than that.
        clock.note(ChatTime(milliseconds: 9 * hour), at: reading(wall: 9 * hour, running: 30))
        #expect(clock.stamp(at: reading(wall: 9 * hour, running: 40)) == 9 * hour + 40_030)
    }

    @Test func aClockThatIsSetWhileTheChatGoesOnChangesNothing() {
        var clock = OrderClock()
        clock.begin(afterPause: nil, at: reading(wall: 0, running: 0))
        _ = clock.stamp(at: reading(wall: 9 * hour, running: 0))
        #expect(clock.stamp(at: reading(wall: 10 * hour, running: 1_000)) == 9 * hour + 1_000)
        #expect(clock.stamp(at: reading(wall: 0, running: 2_000)) == 9 * hour + 2_000)
    }

    /// Three nodes whose clocks are right, ten seconds off and an hour off, over any delays and restarts.
    @Test(arguments: [1, UInt64.random(in: 2...UInt64.max)])
    func howeverNodesComeAndGoTheChatsTimeIsNearTheRightOne(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let walls: [Int64] = [0, 10_000, 3_600_000]
        var clocks = walls.map { _ in OrderClock() }
        var now: Int64 = 1_000 * hour
        var order: Int64 = 0
        func reading(of node: Int) -> OrderClock.Reading {
            // Each machine has run for another time.
            self.reading(wall: now + walls[node], running: now - 77 * hour * Int64(node + 1))
        }
        clocks[0].begin(afterPause: nil, at: reading(of: 0))
        for step in 0..<2_000 {
            let passed = Int64.random(in: 0...900, using: &random)
            now += passed
            let node = step == 0 ? 0 : Int.random(in: 0...2, using: &random)
            if step > 0, Int.random(in: 0...40, using: &random) == 0 {
                clocks[node] = OrderClock()
                clocks[node].note(ChatTime(milliseconds: order), at: reading(of: node))
                clocks[node].begin(afterPause: passed, at: reading(of: node))
            }
            let said = clocks[node].stamp(at: reading(of: node))
            #expect(said <= now + 10_000, "seed \(seed), step \(step)")
            order = max(order, said)
            #expect(order >= now - 5_000, "seed \(seed), step \(step)")
            for other in 0...2 { clocks[other].note(ChatTime(milliseconds: order), at: reading(of: other)) }
        }
    }

    @Test(arguments: [Int64.min, -1, 0, .max]) func noTimeIsTooOddForIt(milliseconds: Int64) {
        var clock = OrderClock()
        clock.begin(afterPause: milliseconds, at: reading(wall: 0, running: milliseconds))
        for wall in [Int64.min, 0, .max] {
            clock.note(ChatTime(milliseconds: milliseconds), at: reading(wall: wall, running: milliseconds))
            let said = clock.stamp(at: reading(wall: wall, running: 0))
            #expect((0..<ClusterMessage.timeBound).contains(said))
            _ = clock.difference(at: reading(wall: wall, running: milliseconds))
        }
    }

    @Test func aMachinesClocksGoOn() {
        let first = OrderClock.Reading.now
        #expect(OrderClock.Reading.now.running >= first.running && first.wall > 1_700_000_000_000)
    }
}
#endif
