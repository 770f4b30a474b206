// SPDX-License-Identifier: Apache-2.0
#if Cluster

import SnugSystem
import Testing

@testable import SnugCluster

@Suite struct SkippedMessagesTests {
    @Test func whatIsSkippedIsSaidOnceAMinuteWithHowManyThereWere() {
        var skipped = SkippedMessages()
        #expect(skipped.note("x", at: .start) == "the log on the bus holds x; 1 message skipped so far")
        for second in 1..<60 { #expect(skipped.note("x", at: .start + .seconds(second)) == nil) }
        #expect(
            skipped.note("y", at: .start + .seconds(60))
                == "the log on the bus holds y; 61 messages skipped so far"
        )
    }
}
#endif
