// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import Testing

@testable import SnugClient

/// How long somebody who was cut off waits.
@Suite struct ReconnectDelayTests {
    private let longest = Patience.always.longestPause

    private func seconds(_ delay: inout ReconnectDelay, _ count: Int, growingTo longest: Duration) -> [Int64]
    {
        (0..<count).map { _ in delay.take(growingTo: longest, chance: 0).components.seconds }
    }

    @Test func eachWaitIsLongerThanTheOneBeforeAndTheLongestIsQuarterOfAMinute() {
        var delay = ReconnectDelay()
        #expect(seconds(&delay, 6, growingTo: longest) == [1, 2, 4, 8, 10, 10])
        #expect(delay.take(growingTo: longest, chance: 1) == .seconds(15))
        #expect(delay.take(growingTo: longest, chance: 7) == .seconds(15))
    }

    @Test func whoHasLittleTimeWaitsForAFewSecondsAtMost() {
        var delay = ReconnectDelay()
        #expect(seconds(&delay, 4, growingTo: Patience.until(.never).longestPause) == [1, 2, 4, 4])
    }

    @Test func aServerIsStayedAwayFromForAsLongAsItSaysAndThatIsNotForEver() {
        var delay = ReconnectDelay()
        #expect(delay.take(asked: 3, growingTo: longest, chance: 0) == .seconds(3))
        #expect(delay.take(growingTo: longest, chance: 0) == .seconds(2))
        #expect(delay.take(asked: .max, growingTo: longest, chance: 0) == .seconds(600))
    }

    @Test func whoWasLetInWaitsAsBrieflyAsTheFirstTime() {
        var delay = ReconnectDelay()
        _ = seconds(&delay, 5, growingTo: longest)
        delay.reset()
        #expect(seconds(&delay, 2, growingTo: longest) == [1, 2])
    }
}
