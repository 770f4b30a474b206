// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import Testing

@testable import SnugClient

/// How long a goodbye is waited for, with a clock that the test turns.
@Suite struct GoodbyeWaitTests {
    private static let timeout = Duration.seconds(45)

    @Test func aSilentServerThatKnowsOfTheEndIsWaitedForUntilItsSilenceIsTooLong() {
        var wait = GoodbyeWait(at: Self.time(0))
        for _ in 0..<100 { wait.noteFrame(at: Self.time(0), takingUpTo: .seconds(5)) }
        wait.noteSign(at: Self.time(10))
        #expect(Self.deadline(wait, hasArrived: true, end: 10) == Self.time(55))
        wait.noteSign(at: Self.time(40))
        #expect(Self.deadline(wait, hasArrived: true, end: 10) == Self.time(85))
    }

    @Test func signsOfLifeHoldNobodyLongerThanTheLinesCanTake() {
        var wait = GoodbyeWait(at: Self.time(0))
        for _ in 0..<3 { wait.noteFrame(at: Self.time(10), takingUpTo: .seconds(5)) }
        wait.noteSign(at: Self.time(1_000))
        #expect(Self.deadline(wait, hasArrived: true, end: 12) == Self.time(25 + 45))
    }

    @Test func framesThatWereWorkedOffLongAgoDoNotCount() {
        var wait = GoodbyeWait(at: Self.time(0))
        wait.noteFrame(at: Self.time(0), takingUpTo: .seconds(5))
        wait.noteFrame(at: Self.time(100), takingUpTo: .seconds(5))
        wait.noteSign(at: Self.time(1_000))
        #expect(Self.deadline(wait, hasArrived: true, end: 100) == Self.time(105 + 45))
    }

    @Test func aServerThatDoesNotKnowOfTheEndMayBeSilent() {
        var wait = GoodbyeWait(at: Self.time(0))
        for _ in 0..<100 { wait.noteFrame(at: Self.time(0), takingUpTo: .seconds(5)) }
        #expect(Self.deadline(wait, hasArrived: false, end: 1) == Self.time(545))
    }

    private static func time(_ seconds: Int) -> MonotonicTime { .start + .seconds(seconds) }

    private static func deadline(_ wait: GoodbyeWait, hasArrived: Bool, end: Int) -> MonotonicTime {
        wait.deadline(timeout: timeout, hasArrived: hasArrived, since: time(end))
    }
}
