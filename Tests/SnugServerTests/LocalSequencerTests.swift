// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import TestSupport
import Testing

@testable import SnugServer

/// The order of everything in one process, and numbers that never come again.
@Suite struct LocalSequencerTests {
    private let start = ChatTime(milliseconds: 1_800_000_000_000)

    /// A chat in which somebody is, and what came of entering.
    private func entered(
        _ sequencer: LocalSequencer,
        _ chat: inout Chat,
        at time: ChatTime
    ) -> Outcome {
        let entry = Entry(NameRequest("ann"), fallbackName: "anon-1")
        let session = SessionID(rawValue: 1)
        return sequencer.apply(Request(.enter(entry), by: session), to: &chat, at: time)
    }

    /// A chat that knows the last number that was given.
    private func remembering(_ last: UInt64) -> Chat {
        var state = DurableState()
        state.lastSequence = last
        return Chat(restoring: state, at: start)
    }

    private func say(_ text: String) throws -> Request {
        let speech = Speech(try #require(ChatLine(text)))
        return Request(.say(speech, to: nil, ref: nil), by: SessionID(rawValue: 1))
    }

    @Test func requestsAreDecidedOnInTheOrderInWhichTheyComeEachAtItsTime() throws {
        var chat = Chat()
        let sequencer = LocalSequencer(startingAt: start)
        var events = Array(entered(sequencer, &chat, at: start).events)
        for number in 1...100 {
            let time = start.adding(milliseconds: Int64(number))
            let outcome = sequencer.apply(try say("\(number)"), to: &chat, at: time)
            #expect(outcome.line?.text == "\(number)" && outcome.events.last?.time == time)
            events += outcome.events
        }
        #expect(zip(events, events.dropFirst()).allSatisfy { $0.sequence < $1.sequence })
        #expect(chat.lastSequence == events.last?.sequence)
    }

    /// The chat remembers nothing here: the next one may think that nothing was ever said.
    @Test func noNumberComesAgainAfterAStartThatRemembersNothing() throws {
        var (first, second) = (Chat(), Chat())
        var sequencer = LocalSequencer(startingAt: start)
        _ = entered(sequencer, &first, at: start)
        for _ in 0..<500 { _ = sequencer.apply(try say("x"), to: &first, at: start) }
        let later = start.adding(milliseconds: 1)
        sequencer = LocalSequencer(startingAt: later)
        let next = try #require(entered(sequencer, &second, at: later).events.first?.sequence)
        #expect(next > first.lastSequence && next == later.microseconds)
    }

    @Test func noNumberComesAgainWhereTheLastIsKnownAndTheClockWasSetBack() throws {
        let last = start.microseconds + 7
        for time in [start, start.adding(milliseconds: -3_600_000), ChatTime(milliseconds: .min)] {
            var chat = remembering(last)
            let sequencer = LocalSequencer(startingAt: time)
            #expect(entered(sequencer, &chat, at: time).events.first?.sequence == last + 1)
        }
    }

    /// Whatever a file or a clock says, nothing traps, and every number is one that a reader of JSON keeps exactly.
    @Test(arguments: [UInt64(0), Chat.sequenceBound, .max])
    func noNumberIsMoreThanReadersKeep(last: UInt64) throws {
        for milliseconds in [Int64.min, 0, .max] {
            var chat = remembering(last)
            let time = ChatTime(milliseconds: milliseconds)
            let sequencer = LocalSequencer(startingAt: time)
            _ = entered(sequencer, &chat, at: time)
            #expect(chat.lastSequence > 0 && chat.lastSequence < Chat.sequenceBound)
        }
    }
}
