// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugSystem

@Suite struct ProcessUsageTests {
    @Test func timeThatWasTakenIsCountedAndTheLimitIsTheProcesssOwn() {
        let before = ProcessUsage.now
        var sum = 0
        while ProcessUsage.now.processorSeconds - before.processorSeconds < 0.01 { sum &+= 1 }
        #expect(ProcessUsage.now.processorSeconds > before.processorSeconds && sum > 0)
        #expect(before.descriptorLimit > 3)
    }
}
