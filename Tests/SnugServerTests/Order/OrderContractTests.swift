// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import SnugSystem
import TestSupport
import Testing

@testable import SnugServer

/// What is promised of every order, of the one that a server gives by itself and of one that several share.
@Suite(.timeLimit(.minutes(30))) struct OrderContractTests {
    @Test(arguments: OrderPromise.allCases) func aServerByItselfKeepsItsPromises(_ promise: OrderPromise)
        throws
    {
        #expect(try promise.faults(with: [LocalServer()]) == [])
    }

    @Test(arguments: OrderPromise.allCases) func serversWithOneOrderKeepTheirPromises(_ promise: OrderPromise)
        throws
    {
        let order = TestOrder()
        let logs = try (0..<3).map { try order.log(seed: $0) }
        defer { for log in logs { log.stop() } }
        #expect(try promise.faults(with: try logs.map { try OrderedReader($0) }) == [])
    }
}

/// A chat and what gives its requests their order, with a clock that is set back again and again.
private final class LocalServer: OrderedServer {
    private struct State {
        var chat = Chat()
        var brought: [BroughtRequest] = []
        var random = SeededGenerator(seed: 1)
    }

    private static let start = ChatTime(milliseconds: 1_800_000_000_000)
    private let sequencer = LocalSequencer(startingAt: start)
    private let state = Lock(State())

    let number = NodeNumber.alone
    var chat: Chat { state.withLock { $0.chat } }
    var brought: [BroughtRequest] { state.withLock { $0.brought } }

    func append(_ request: Request, ticket: UInt64) -> Bool {
        state.withLock { state in
            let time = Self.start.adding(milliseconds: .random(in: -1_000...1_000, using: &state.random))
            let outcome = sequencer.apply(request, to: &state.chat, at: time)
            state.brought.append(
                BroughtRequest(
                    request: request,
                    outcome: outcome,
                    last: state.chat.lastSequence,
                    ticket: ticket
                )
            )
        }
        return true
    }
}
