// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import TestSupport
import Testing

@testable import SnugServer

@Suite struct LineRateTests {
    @Test(arguments: [("10/5", 10, 5), ("1/1", 1, 1), ("1000000/1000000", 1_000_000, 1_000_000), ("0", 0, 0)])
    func aRateIsABurstAndLinesASecondOrNoLimit(text: String, burst: Int, perSecond: Int) {
        #expect(LineRate(text) == LineRate(burst: burst, perSecond: perSecond))
    }

    @Test(arguments: [
        "", "5", "0/0", "0/5", "5/0", "-1/5", "10/5/1", "10/", "/5", "a/b", "10/5 ", "1000001/1", "1/1000001",
        "00",
        "99999999999999999999/1",
    ])
    func nothingElseIsARate(text: String) {
        #expect(LineRate(text) == nil)
    }

    /// Against a bucket of tokens that is filled millisecond by millisecond.
    @Test(arguments: 0..<30)
    func linesAreAllowedAsByABucketThatIsFilledSteadily(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let perSecond = try #require([1, 2, 4, 5, 8, 10, 20, 50, 100, 1_000].randomElement(using: &random))
        let rate = LineRate(burst: .random(in: 1...20, using: &random), perSecond: perSecond)
        var allowance = LineAllowance(rate)
        // In thousandths of a line.
        var tokens = rate.burst * 1_000
        var milliseconds = 5_000
        for _ in 0..<2_000 {
            let pause =
                Int.random(in: 0..<3, using: &random) == 0 ? Int.random(in: 0...400, using: &random) : 0
            milliseconds += pause
            tokens = min(rate.burst * 1_000, tokens + pause * perSecond)
            let now = MonotonicTime(at: milliseconds)
            #expect((allowance.nextLine(now: now) <= now) == (tokens >= 1_000))
            #expect(allowance.isFull(now: now) == (tokens == rate.burst * 1_000))
            guard Bool.random(using: &random) else { continue }
            let isTaken = allowance.take(now: now)
            #expect(isTaken == (tokens >= 1_000))
            if isTaken { tokens -= 1_000 }
        }
    }

    @Test func theTimeThatIsNamedForTheNextLineIsTheFirstAtWhichItIsAllowed() {
        var allowance = LineAllowance(LineRate(burst: 3, perSecond: 5))
        let start = MonotonicTime(at: 60_000)
        for _ in 0..<3 {
            let isTaken = allowance.take(now: start)
            #expect(isTaken)
        }
        let next = allowance.nextLine(now: start)
        #expect(next == start + .milliseconds(200))
        let isEarly = allowance.take(now: MonotonicTime(nanoseconds: next.nanoseconds - 1))
        let isTaken = allowance.take(now: next)
        #expect(!isEarly && isTaken)
    }

    @Test func withoutALimitEverythingIsAllowedAtOnce() {
        var allowance = LineAllowance(.unlimited)
        for _ in 0..<1_000 {
            let isTaken = allowance.take(now: .start)
            #expect(isTaken && allowance.nextLine(now: .start) == .start && allowance.isFull(now: .start))
        }
    }
}

extension MonotonicTime {
    fileprivate init(nanoseconds: Int64) { self = .start + .nanoseconds(nanoseconds) }
}
