// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import TestSupport
import Testing

@testable import SnugServer

@Suite struct StrangerClocksTests {
    private let start = MonotonicTime(at: 1_000)

    private func clocks() -> StrangerClocks { StrangerClocks(ServerLimits(), now: start) }

    @Test func whoWaitsForItsTurnMayWaitAsLongAsTheLineIs() {
        var clocks = clocks()
        clocks.startWaiting(now: start + .seconds(20))
        #expect(clocks.deadline == nil)
        #expect(clocks.next(isSilent: false) == nil)
        clocks.stopWaiting(now: start + .seconds(500))
        #expect(clocks.deadline == start + .seconds(510))
    }

    @Test(arguments: [29, 31, 100])
    func whoWasKeptWaitingUntilItsTimeWasUpHasAMomentToGoOn(seconds: Int) {
        var clocks = clocks()
        let end = start + .seconds(seconds)
        clocks.startWaiting(now: end)
        clocks.stopWaiting(now: end)
        #expect(clocks.deadline == end + .seconds(2))
    }

    @Test func whoIsNotToBeWaitedForGetsNoTimeAsAPresent() {
        var clocks = clocks()
        clocks.startWaiting(now: start + .seconds(31))
        clocks.stopWaiting(now: start + .seconds(31), leaving: .zero)
        #expect(clocks.deadline == start + .seconds(31))
    }

    @Test func waitingTwiceWithoutAnEndOfTheFirstLosesNoTime() {
        var clocks = clocks()
        clocks.startWaiting(now: start + .seconds(10))
        clocks.startWaiting(now: start + .seconds(15))
        clocks.stopWaiting(now: start + .seconds(20))
        clocks.stopWaiting(now: start + .seconds(25))
        #expect(clocks.deadline == start + .seconds(40))
    }

    @Test func theEarliestOfAllClocksIsTheNext() {
        var clocks = clocks()
        #expect(clocks.next(isSilent: true) == start + .seconds(3))
        #expect(clocks.next(isSilent: false) == start + .seconds(30))
        clocks.turn = start + .seconds(1)
        #expect(clocks.next(isSilent: true) == start + .seconds(1))
        clocks.lingerUntil = start + .seconds(60)
        #expect(clocks.next(isSilent: true) == start + .seconds(60))
    }

    @Test func theTimeForTheNameIsNeverExtendedByWhatIsSent() {
        let clocks = clocks()
        #expect(clocks.deadline == start + .seconds(30))
        #expect(clocks.next(isSilent: false) == start + .seconds(30))
        #expect(clocks.next(isSilent: true) == start + .seconds(3))
    }

    @Test func theFirstByteIsAskedForAgainASecondLater() {
        var clocks = clocks()
        clocks.askAgainForFirstByte(now: start + .seconds(3))
        #expect(clocks.next(isSilent: true) == start + .seconds(4))
    }
}
