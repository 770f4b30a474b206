// SPDX-License-Identifier: Apache-2.0

import SnugTransport
import Testing

@testable import SnugClient

@Suite struct GoodbyeWaitTests {
    private static let timeout = Duration.seconds(45)

    @Test func aServerThatKnowsOfOurEndMayBeSilentForSoLong() {
        var wait = GoodbyeWait()
        let before = MonotonicTime.now
        wait.noteSign()
        let after = MonotonicTime.now
        let deadline = wait.deadline(timeout: Self.timeout, hasArrived: true, since: after)
        #expect(deadline >= before + Self.timeout && deadline <= after + Self.timeout)
    }

    @Test func eachOfOurFramesGivesItTimeAndNoSignPutsOffTheEndBeyondThat() {
        var wait = GoodbyeWait()
        let before = MonotonicTime.now
        for _ in 0..<10 { wait.noteFrame(takingUpTo: .seconds(5)) }
        let after = MonotonicTime.now
        let latest = wait.deadline(timeout: Self.timeout, hasArrived: false, since: after)
        #expect(
            latest >= before + .seconds(50) + Self.timeout && latest <= after + .seconds(50) + Self.timeout
        )
        let end = after + .seconds(1_000)
        #expect(wait.deadline(timeout: Self.timeout, hasArrived: false, since: end) == end + Self.timeout)
        // However often it says that it is here, it is not waited for longer than our lines can take.
        wait.noteSign()
        #expect(
            wait.deadline(timeout: .seconds(1_000), hasArrived: true, since: end) <= end + .seconds(1_000)
        )
        #expect(wait.deadline(timeout: Self.timeout, hasArrived: true, since: end) < latest)
    }
}
