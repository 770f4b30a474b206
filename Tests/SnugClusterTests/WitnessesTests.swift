// SPDX-License-Identifier: Apache-2.0
#if Cluster

import TestSupport
import Testing

@testable import SnugCluster

@Suite struct WitnessesTests {
    private let nodes: [UInt64] = [1, 2, 3, 4]

    @Test func whoHasNotSaidYetHowFarItHasReadCounts() {
        #expect(Witnesses(patience: 10_000).reading(nodes, clock: 1 << 40) == nodes)
    }

    @Test func whoTellsNothingNewForTenSecondsDoesNotCountUntilItDoes() {
        var witnesses = Witnesses(patience: 10_000)
        func hear(_ node: Int, _ sequence: UInt64, _ clock: Int64) {
            witnesses.hear(nodes[node], hasRead: sequence, clock: clock, milliseconds: 0)
        }
        for second: Int64 in 0...10 {
            hear(0, UInt64(second) * 3, second * 1_000)
            hear(1, 7, second * 1_000)
            #expect(witnesses.reading(nodes, clock: second * 1_000) == nodes)
        }
        hear(0, 40, 11_000)
        hear(1, 7, 11_000)
        #expect(witnesses.reading(nodes, clock: 11_000) == [nodes[0], nodes[2], nodes[3]])
        hear(1, 8, 11_000)
        #expect(witnesses.reading(nodes, clock: 11_000) == nodes)
    }

    @Test func onlyThoseWhoHaveNotSpokenForTenSecondsAreForgotten() {
        var witnesses = Witnesses(patience: 10_000)
        for (node, milliseconds) in zip(nodes, [9_999, 30_001, 10_000, 30_000] as [Int64]) {
            witnesses.hear(node, hasRead: 1, clock: 0, milliseconds: milliseconds)
        }
        #expect(witnesses.forgetSilent(at: 20_000) == [nodes[0], nodes[1]])
        #expect(witnesses.forgetSilent(at: 20_000).isEmpty)
        // Whoever was forgotten counts as one that has not said yet.
        #expect(witnesses.reading(nodes, clock: 20_000) == [nodes[0], nodes[1]])
    }

    @Test func whoeverIsNoNodeAnyMoreIsForgotten() {
        var witnesses = Witnesses(patience: 10_000)
        for node in nodes { witnesses.hear(node, hasRead: 1, clock: 0, milliseconds: 0) }
        witnesses.keep([nodes[1]])
        #expect(witnesses.forgetSilent(at: 1 << 40) == [nodes[1]])
    }
}
#endif
