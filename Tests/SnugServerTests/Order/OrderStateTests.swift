// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@testable import SnugServer

@Suite struct OrderStateTests {
    private func arrival(_ session: SessionID) -> Conclusion {
        .arrival(HandedOver(Newcomer.plain()), as: session, loop: 0) { _, _ in }
    }

    /// Against a plain list of what waits.
    @Test(arguments: [1, UInt64.random(in: 2...UInt64.max)])
    func whatWaitsIsTakenOnceAndWhoGivesUpIsNotWaitedFor(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var state = OrderState()
        var model: [(ticket: UInt64, session: SessionID, isArrival: Bool)] = []
        for number in 1...2_000 {
            let session = SessionID(rawValue: UInt64(number))
            switch Int.random(in: 0..<7, using: &random) {
            case 0, 1, 2:
                let isArrival = Bool.random(using: &random)
                state.lastTicket += 1
                let conclusion = isArrival ? arrival(session) : .text(session, isAnswered: true)
                state.wait(Request(.tick, by: session), conclusion)
                model.append((state.lastTicket, session, isArrival))
            case 3, 4:
                let ticket = UInt64.random(in: 1...state.lastTicket + 1, using: &random)
                let found = state.take(ticket)
                let index = model.firstIndex { $0.ticket == ticket }
                #expect(found?.request.session == index.map { model[$0].session }, "seed \(seed)")
                if let index { model.remove(at: index) }
            case 5:
                guard let index = model.indices.randomElement(using: &random) else { continue }
                let request = state.giveUp(model[index].session)
                #expect((request != nil) == model[index].isArrival, "seed \(seed)")
                model[index].isArrival = false
            default:
                guard Int.random(in: 0..<20, using: &random) == 0 else { continue }
                #expect(state.takeAll().map(\.request.session) == model.map(\.session), "seed \(seed)")
                model = []
            }
            #expect(state.waiting.count == model.count, "seed \(seed)")
        }
    }
}
