// SPDX-License-Identifier: Apache-2.0
#if Cluster

import TestSupport
import Testing

@testable import SnugCluster

/// What is promised of every order, of the one in a real JetStream.
@Suite struct OrderContractTests {
    @Test(arguments: OrderPromise.allCases) func anOrderInJetStreamKeepsItsPromises(_ promise: OrderPromise)
        throws
    {
        let bus = try RunningBus()
        let logs = try (0..<3).map { _ in try JetStreamLog(bus.settings(), agreed: []) }
        defer { for log in logs { log.stop() } }
        #expect(try promise.faults(with: try logs.map { try OrderedReader($0) }) == [])
    }
}
#endif
