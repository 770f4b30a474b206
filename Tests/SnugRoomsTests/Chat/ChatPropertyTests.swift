// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugRooms

@Suite struct ChatPropertyTests {
    private struct Step {
        let request: Request
        let sequence: UInt64
        let time: ChatTime
        let outcome: Outcome
    }

    /// Runs a chat and returns its steps, and all of it before one of them.
    private func run(_ count: Int, seed: UInt64) -> (
        steps: [Step], middle: Int, snapshot: ChatSnapshot, end: Chat
    ) {
        var source = RandomChat(seed: seed)
        var chat = Chat(limits: source.limits())
        var witness = ChatWitness(chat)
        var steps: [Step] = []
        let middle = Int.random(in: 0..<count, using: &source.random)
        var snapshot = chat.snapshot
        for index in 0..<count {
            if index == middle { snapshot = chat.snapshot }
            let before = chat
            let (request, sequence, time) = source.next()
            let outcome = chat.apply(request, at: sequence, time: time)
            witness.sees(outcome, to: request, at: time, before: before, after: chat)
            steps.append(Step(request: request, sequence: sequence, time: time, outcome: outcome))
            guard witness.faults.isEmpty else {
                Issue.record("seed \(seed), step \(index), \(request): \(witness.faults) \(outcome)")
                break
            }
        }
        return (steps, middle, snapshot, chat)
    }

    @Test func shortChatsBreakNoPromise() {
        let first = UInt64.random(in: 0...UInt64.max / 2)
        for seed in first..<first + 300 { expectReplay(run(60, seed: seed), seed: seed) }
    }

    @Test(arguments: [1, 2, UInt64.random(in: 3...UInt64.max)])
    func longChatsBreakNoPromise(seed: UInt64) {
        expectReplay(run(2000, seed: seed), seed: seed)
    }

    /// The same log gives the same state and the same outcomes, from any snapshot on.
    private func expectReplay(
        _ run: (steps: [Step], middle: Int, snapshot: ChatSnapshot, end: Chat),
        seed: UInt64
    ) {
        var replayed = Chat(run.snapshot)
        #expect(replayed.snapshot == run.snapshot, "seed \(seed)")
        #expect(replayed.nextDue == replayed.reckonedNextDue(), "seed \(seed)")
        for step in run.steps.dropFirst(run.middle) {
            let outcome = replayed.apply(step.request, at: step.sequence, time: step.time)
            guard outcome == step.outcome else {
                Issue.record("seed \(seed): \(step.request): \(outcome) instead of \(step.outcome)")
                return
            }
        }
        #expect(replayed.snapshot == run.end.snapshot, "seed \(seed)")
    }

    /// A run that reaches nothing proves nothing.
    @Test func randomChatsReachEveryAnswerAndEvent() {
        var codes: Set<Refusal.Code> = []
        var events: Set<String> = []
        var changes: Set<String> = []
        for seed: UInt64 in 1...100 {
            var source = RandomChat(seed: seed)
            var chat = Chat(limits: source.limits())
            for _ in 0..<2000 {
                let (request, sequence, time) = source.next()
                let outcome = chat.apply(request, at: sequence, time: time)
                if case .refused(let refusal) = outcome.answer { codes.insert(refusal.code) }
                for kind in outcome.kinds { events.insert(caseName(kind)) }
                for change in outcome.changes { changes.insert(caseName(change)) }
            }
        }
        // Invitations beyond their bound are too rare, and have a story of their own; out of touch is a server, no chat.
        #expect(
            Set(Refusal.Code.allCases).subtracting(codes).isSubset(of: [.outOfTouch, .tooManyInvitations])
        )
        #expect(events.count == 13 && changes.count == 6, "\(events) \(changes)")
    }

    private func caseName(_ value: some Any) -> String {
        String("\(value)".prefix { $0 != "(" })
    }
}
