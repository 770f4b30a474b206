// SPDX-License-Identifier: Apache-2.0

import SnugTransport
import Testing

@testable import SnugServer

@Suite struct StrangerClocksTests {
    private let start = MonotonicTime(at: 50_000)
    private var clocks: StrangerClocks { StrangerClocks(ServerLimits(), now: start) }

    @Test func theTimeForTheNameIsNeverExtendedByWhatIsSent() {
        let clocks = clocks
        #expect(clocks.deadline == start + .seconds(30))
        #expect(clocks.next(isSilent: false) == start + .seconds(30))
        #expect(clocks.next(isSilent: true) == start + .seconds(3))
    }

    @Test func waitingForATurnDoesNotCountAgainstIt() {
        var clocks = clocks
        clocks.startWaiting(now: start + .seconds(10))
        clocks.turn = start + .seconds(12)
        #expect(clocks.next(isSilent: false) == start + .seconds(12))
        #expect(clocks.deadline == start + .seconds(40), "and ends by itself")
        clocks.stopWaiting(now: start + .seconds(33))
        #expect(clocks.deadline == start + .seconds(53), "the twenty seconds that were left")
        #expect(clocks.turn == nil)
        clocks.stopWaiting(now: start + .seconds(34))
        #expect(clocks.deadline == start + .seconds(53), "once")
    }

    @Test func whoWasSaidGoodbyeToHasNothingElseToWaitFor() {
        var clocks = clocks
        clocks.turn = start + .seconds(1)
        clocks.lingerUntil = start + .seconds(2)
        #expect(clocks.next(isSilent: true) == start + .seconds(2))
    }

    @Test func theFirstByteIsAskedForAgainASecondLater() {
        var clocks = clocks
        clocks.askAgainForFirstByte(now: start + .seconds(3))
        #expect(clocks.next(isSilent: true) == start + .seconds(4))
    }
}
