// SPDX-License-Identifier: Apache-2.0

import SnugTransport
import Testing

@Suite struct EventLoopTests {
    @Test func whoIsDueAgainAtOnceWaitsForTheNextTurn() throws {
        let loop = try EventLoop(waker: LoopWaker())
        let impatient = ImpatientHandler(loop)
        impatient.registration = try loop.add(nil, for: [], handler: impatient)
        impatient.beDueNow()
        for turns in 1...3 {
            loop.turn(mayWait: false)
            #expect(impatient.calls == turns)
        }
    }
}

/// Is due again as soon as it was called; gives up after a while, so that a test of it ends.
private final class ImpatientHandler: EventHandler {
    var registration: RegistrationID?
    private(set) var calls = 0
    private unowned let loop: EventLoop

    init(_ loop: EventLoop) { self.loop = loop }

    func beDueNow() {
        if let registration { loop.setDeadline(loop.now, for: registration) }
    }

    func ready(_ readiness: Readiness) {}

    func calledAgain() {}

    func deadlineReached(now: MonotonicTime) {
        calls += 1
        if calls < 1_000 { beDueNow() }
    }
}
