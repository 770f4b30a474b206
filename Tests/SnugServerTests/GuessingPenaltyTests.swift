// SPDX-License-Identifier: Apache-2.0

import SnugTransport
import Testing

@testable import SnugServer

@Suite struct GuessingPenaltyTests {
    @Test func aBurstOfGuessesLocksNobodyOutForLongerThanAGuessMayWait() throws {
        let address = try SocketAddress.resolve(host: "192.0.2.1", port: 0)[0]
        let stay = Duration.seconds(30)
        let start = MonotonicTime.now
        var penalty = GuessingPenalty()
        for _ in 0..<1_000 {
            let time = penalty.answerTime(for: address, now: start, deadline: start + stay)
            _ = penalty.noteFailure(from: address, answeredAt: time, now: start)
        }
        let tooLate = penalty.answerTime(for: address, now: start, deadline: start + stay)
        #expect(tooLate == nil)
        // The last guess in the queue is answered, then comes the longest pause.
        let later = start + .seconds(5)
        let answer = penalty.answerTime(for: address, now: later, deadline: later + stay)
        #expect(answer != nil)
    }

    @Test func guessesThatAreNeverAnsweredStillCount() throws {
        let address = try SocketAddress.resolve(host: "192.0.2.1", port: 0)[0]
        let now = MonotonicTime.now
        var penalty = GuessingPenalty()
        let first = penalty.noteFailure(from: address, answeredAt: now, now: now)
        let second = penalty.noteFailure(from: address, answeredAt: nil, now: now)
        #expect((first, second) == (1, 2))
    }
}
