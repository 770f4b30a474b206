// SPDX-License-Identifier: Apache-2.0
#if Cluster

import SnugServer
import Testing

@testable import SnugCluster

@Suite struct RequestLogStateTests {
    @Test func aBusIsSlowAfterTwoSecondsAndGoneAfterFive() {
        let states = [0, 1_999, 2_000, 4_999, 5_000, 90_000].map {
            RequestLogState(after: .milliseconds($0))
        }
        #expect(states == [.fine, .fine, .slow, .slow, .gone, .gone])
    }

    /// Whoever reads the log tells of it as well, and asks for a new subscription where nothing comes.
    @Test func noCallEndsLongAfterMembersAreToBeToldAndNoneSkipsAState() {
        for begin in 0..<7_000 {
            let pause = RequestLogState.pause(after: .milliseconds(begin))
            #expect(pause >= .milliseconds(500) && pause <= .seconds(3))
            let end = .milliseconds(begin) + pause
            for change in [Duration.seconds(2), .seconds(5)] where .milliseconds(begin) < change {
                #expect(end <= change + .milliseconds(500))
            }
        }
    }

    @Test func aCallThatBeginsJustBeforeABusIsSlowLeavesTimeToTellThatItIs() {
        let begin = Duration.milliseconds(1_990)
        #expect(RequestLogState(after: begin + RequestLogState.pause(after: begin)) == .slow)
    }
}
#endif
