// SPDX-License-Identifier: Apache-2.0

import Glibc
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

    /// Otherwise whoever speaks first after a long silence has missed its deadline already.
    @Test func timeThatPassedBeforeSomethingCameDoesNotCountAgainstIt() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        let loop = try EventLoop(waker: LoopWaker())
        let handler = TimeNotingHandler(loop)
        _ = try loop.add(ends[0], for: .readable, handler: handler)
        try #require(write(ends[1], "x", 1) == 1)
        let arrival = MonotonicTime.now
        loop.turn()
        #expect(try #require(handler.calledAt) >= arrival)
    }
}

private final class TimeNotingHandler: EventHandler {
    private(set) var calledAt: MonotonicTime?
    private unowned let loop: EventLoop

    init(_ loop: EventLoop) { self.loop = loop }

    func ready(_ readiness: Readiness) { calledAt = loop.now }

    func calledAgain() {}

    func deadlineReached(now: MonotonicTime) {}
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
