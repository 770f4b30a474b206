// SPDX-License-Identifier: Apache-2.0
#if Cluster

import TestSupport
import Testing

@testable import SnugCluster

@Suite struct AgreementTests {
    private let nodes: [UInt64] = [1, 2, 3, 4, 5]

    private func checkpoint(_ sequence: UInt64, _ kind: UInt8 = 0) -> Checkpoint {
        Checkpoint.beginning.followed(by: [kind], at: sequence)
    }

    /// The verdict of the node of that number where these have told what they have.
    private func verdict(of node: Int, among count: Int, _ told: [Int: UInt8]) -> Agreement.Verdict {
        var agreement = Agreement(of: 1, by: nodes[node - 1])
        agreement.know(checkpoint(7))
        for (other, kind) in told { agreement.hear(checkpoint(7, kind), from: nodes[other - 1]) }
        return agreement.verdict(among: Array(nodes.prefix(count)))
    }

    @Test func aNodeByItselfAgreesOnceItKnowsWhatItHas() {
        #expect(Agreement(of: 1, by: nodes[0]).verdict(among: [nodes[0]]) == .open)
        #expect(verdict(of: 1, among: 1, [:]) == .agreed)
    }

    @Test func nothingIsAgreedOnBeforeMostNodesHaveSaidIt() {
        #expect(verdict(of: 1, among: 3, [:]) == .open)
        #expect(verdict(of: 1, among: 2, [:]) == .open)
        #expect(verdict(of: 1, among: 3, [3: 0]) == .agreed)
        #expect(verdict(of: 1, among: 5, [2: 0, 3: 1]) == .open)
    }

    @Test func whoIsOneAgainstTwoEndsAndTheTwoGoOnWhoeverSpokeFirst() {
        #expect(verdict(of: 1, among: 3, [2: 1, 3: 1]) == .outvoted)
        #expect(verdict(of: 2, among: 3, [1: 1, 3: 0]) == .agreed)
        #expect(verdict(of: 3, among: 3, [1: 1, 2: 0]) == .agreed)
    }

    @Test func nobodyGivesUpBeforeTheOthersHaveSpoken() {
        #expect(verdict(of: 2, among: 3, [1: 1]) == .open)
        #expect(verdict(of: 3, among: 5, [1: 1, 2: 1]) == .open)
        #expect(verdict(of: 3, among: 4, [1: 1, 2: 1]) == .open)
        #expect(verdict(of: 3, among: 4, [1: 1, 2: 1, 4: 0]) == .outvoted)
    }

    @Test func ofTwoTheOneThatWasStartedFirstGoesOnAlone() {
        #expect(verdict(of: 1, among: 2, [2: 1]) == .open)
        #expect(verdict(of: 2, among: 2, [1: 1]) == .outvoted)
    }

    @Test func whoIsNotThereYetCountsAllTheSame() {
        #expect(verdict(of: 2, among: 1, [1: 1]) == .outvoted)
        #expect(verdict(of: 3, among: 2, [1: 0, 2: 1]) == .agreed)
    }

    @Test func whoIsGoneHasNoVoice() {
        #expect(verdict(of: 3, among: 3, [4: 1, 5: 1]) == .open)
    }

    @Test func whoIsForgottenHasNotSpoken() {
        var agreement = Agreement(of: 1, by: nodes[1])
        agreement.know(checkpoint(7))
        agreement.hear(checkpoint(7, 1), from: nodes[0])
        agreement.forget(nodes[0])
        #expect(agreement.verdict(among: Array(nodes.prefix(2))) == .open)
        #expect(agreement.first(among: Array(nodes.prefix(2))) == nodes[0])
    }

    @Test func whatIsSaidOfAMessageThatThisNodeDoesNotKnowSaysNothing() {
        var agreement = Agreement(of: 3, by: nodes[1])
        for sequence: UInt64 in 1...5 { agreement.know(checkpoint(sequence)) }
        for sequence: UInt64 in [0, 1, 2, 6, 9, .max] {
            agreement.hear(checkpoint(sequence, 1), from: nodes[0])
            #expect(agreement.verdict(among: Array(nodes.prefix(2))) == .open)
        }
        agreement.hear(checkpoint(3, 1), from: nodes[0])
        #expect(agreement.verdict(among: Array(nodes.prefix(2))) == .outvoted)
        // And is forgotten with what it was about.
        for sequence: UInt64 in 6...8 { agreement.know(checkpoint(sequence)) }
        #expect(agreement.verdict(among: Array(nodes.prefix(2))) == .open)
    }

    @Test func whoIsRefutedHasSomethingElseUntilItSaysWhatIsTheSame() {
        var agreement = Agreement(of: 3, by: nodes[1])
        for sequence: UInt64 in 1...5 { agreement.know(checkpoint(sequence)) }
        agreement.refute(nodes[0], behind: 5)
        #expect(agreement.verdict(among: Array(nodes.prefix(2))) == .outvoted)
        #expect(agreement.verdict(among: Array(nodes.prefix(3))) == .open)
        agreement.hear(checkpoint(4), from: nodes[0])
        #expect(agreement.verdict(among: Array(nodes.prefix(2))) == .agreed)
        agreement.refute(nodes[0], behind: 5)
        for sequence: UInt64 in 6...8 { agreement.know(checkpoint(sequence)) }
        #expect(agreement.verdict(among: Array(nodes.prefix(2))) == .open)
    }

    @Test func theFirstOfThoseWhoHaveNothingElseIsTheFirst() {
        var agreement = Agreement(of: 1, by: nodes[1])
        agreement.know(checkpoint(7))
        let present = Array(nodes.prefix(3))
        #expect(agreement.first(among: present) == nodes[0])
        #expect(!agreement.isHeard(nodes[0]))
        agreement.hear(checkpoint(7), from: nodes[0])
        #expect(agreement.first(among: present) == nodes[0] && agreement.isHeard(nodes[0]))
        agreement.hear(checkpoint(7, 1), from: nodes[0])
        #expect(agreement.first(among: present) == nodes[1] && !agreement.isHeard(nodes[0]))
        // With another state all begin anew.
        agreement.know(checkpoint(9))
        #expect(agreement.first(among: present) == nodes[0])
    }

    /// Against a plain model: of all nodes with what they have, told completely, those of one log stay.
    @Test(arguments: [1, UInt64.random(in: 2...UInt64.max)])
    func whoeverStaysHasOneLog(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let count = Int.random(in: 1...5, using: &random)
            let kinds = (0..<count).map { _ in UInt8.random(in: 0...2, using: &random) }
            let staying = (0..<count).filter { own in
                var agreement = Agreement(of: 4, by: nodes[own])
                agreement.know(checkpoint(3, kinds[own]))
                for other in 0..<count where other != own {
                    agreement.hear(checkpoint(3, kinds[other]), from: nodes[other])
                }
                return agreement.verdict(among: Array(nodes.prefix(count))) != .outvoted
            }
            #expect(Set(staying.map { kinds[$0] }).count <= 1, "seed \(seed): \(kinds)")
            let largest = Set(kinds).map { kind in kinds.count { $0 == kind } }.max() ?? 0
            if largest * 2 > count { #expect(staying.count == largest, "seed \(seed): \(kinds)") }
        }
    }
}
#endif
