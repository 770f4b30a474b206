// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugRooms

@Suite struct ChatSnapshotCodedTests {
    @Test func aChatThatWasReadDoesWhatTheOtherOneDoes() throws {
        let first = UInt64.random(in: 0...UInt64.max / 2)
        for seed in first..<first + 60 {
            var source = RandomChat(seed: seed)
            var chat = Chat(limits: source.limits())
            for _ in 0..<Int.random(in: 0...600, using: &source.random) { step(&chat, source.next()) }
            let bytes = chat.snapshot.coded
            let snapshot = try ChatSnapshot(coded: bytes)
            #expect(snapshot == chat.snapshot, "seed \(seed)")
            var other = Chat(snapshot)
            for _ in 0..<60 {
                let next = source.next()
                #expect(step(&other, next) == step(&chat, next), "seed \(seed): \(next.request)")
            }
            // Equal states have equal bytes, whatever way they came about.
            #expect(other.snapshot.coded == chat.snapshot.coded, "seed \(seed)")
        }
    }

    @Test func aChatThatNothingComesAfterAndLimitsThatOverflowAreRefused() throws {
        var chat = Chat()
        step(&chat, (Request(.tick, by: .nobody), 1, ChatTime(milliseconds: .max)))
        #expect(throws: CodingFault.self) { try ChatSnapshot(coded: chat.snapshot.coded) }
        for change: (inout ChatLimits) -> Void in [
            { $0.holdMilliseconds = .min }, { $0.historyMilliseconds = .max }, { $0.roomsOfAPerson = .max },
            { $0.invitations = -1 },
        ] {
            var limits = ChatLimits()
            change(&limits)
            #expect(throws: CodingFault.self) { try ChatLimits(coded: limits.coded) }
        }
        #expect(try ChatLimits(coded: ChatLimits().coded) == ChatLimits())
    }

    @Test func aChatOfWhichBytesWereChangedIsRefusedOrGoesOn() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var source = RandomChat(seed: seed)
        var chat = Chat(limits: source.limits())
        for _ in 0..<400 { step(&chat, source.next()) }
        var read = 0
        for _ in 0..<1_500 {
            var bytes = chat.snapshot.coded
            spoil(&bytes, &source.random)
            guard let snapshot = try? ChatSnapshot(coded: bytes) else { continue }
            read += 1
            var other = Chat(snapshot)
            for _ in 0..<5 { step(&other, source.next()) }
        }
        #expect(read > 20, "seed \(seed)")
    }

    @discardableResult
    private func step(_ chat: inout Chat, _ next: (request: Request, sequence: UInt64, time: ChatTime))
        -> Outcome
    {
        chat.apply(next.request, at: next.sequence, time: next.time)
    }
}
