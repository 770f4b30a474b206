// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

@testable import SnugSystem

@Suite(.timeLimit(.minutes(30))) struct EventLoopTests {
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

    @Test func thoseWhoComeAndGoLeaveNoDeadlinesBehind() throws {
        let loop = try EventLoop(waker: LoopWaker())
        let visitor = ImpatientHandler(loop)
        let resident = TimeNotingHandler(loop)
        let stays = try loop.add(nil, for: [], handler: resident)
        loop.setDeadline(loop.now + .milliseconds(1), for: stays)
        for _ in 0..<10_000 {
            let visit = try loop.add(nil, for: [], handler: visitor)
            loop.setDeadline(loop.now + .seconds(3_600), for: visit)
            loop.remove(visit)
        }
        #expect(loop.heldDeadlines < 200)
        // The deadline of the one who stayed is not lost among them.
        loop.turn()
        #expect(resident.wasDue)
        #expect(visitor.calls == 0)
    }

    @Test func interestThatComesBackWithinATurnIsStillWatchedFor() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        let loop = try EventLoop(waker: LoopWaker())
        let handler = TimeNotingHandler(loop)
        let registration = try loop.add(ends[0], for: .readable, handler: handler)
        try #require(write(ends[1], "x", 1) == 1)
        loop.setInterest([], for: registration)
        loop.turn(mayWait: false)
        #expect(handler.calledAt == nil)
        loop.setInterest(.readable, for: registration)
        loop.setInterest([], for: registration)
        loop.setInterest(.readable, for: registration)
        loop.turn(mayWait: false)
        #expect(handler.calledAt != nil)
    }

    @Test func nobodyIsDueBeforeWhatWaitsOfEveryoneWasRead() throws {
        let loop = try EventLoop(waker: try LoopWaker())
        // More than one wait tells of; all are ready and overdue at once, as after a pause of the process.
        let members = try (0..<1_300).map { _ in try PunctualMember(loop) }
        for member in members {
            loop.setDeadline(loop.now, for: member.registration)
            member.waker.wake()
        }
        loop.turn(mayWait: false)
        #expect(members.allSatisfy { $0.wasReady && !$0.wasDue })
    }

    @Test func whatBecomesReadyWhileOthersAreCalledIsReadBeforeAnyoneIsDue() throws {
        let loop = try EventLoop(waker: try LoopWaker())
        let first = try PunctualMember(loop)
        let second = try PunctualMember(loop)
        loop.setDeadline(loop.now, for: second.registration)
        // As if the process had been stopped when only the first was ready.
        first.whenReady = { second.waker.wake() }
        first.waker.wake()
        loop.turn(mayWait: false)
        #expect(first.wasReady && second.wasReady && !second.wasDue)
    }

    @Test func whoHasInputLeftOverIsHeardBeforeItIsDue() throws {
        let loop = try EventLoop(waker: try LoopWaker())
        let member = try PunctualMember(loop)
        member.hasInputLeft = true
        member.waker.wake()
        loop.setDeadline(loop.now, for: member.registration)
        loop.turn(mayWait: false)
        #expect(member.wasReady && member.wasCalledAgain && !member.wasDue)
    }

    @Test func aFloodOfReadinessDoesNotPutOffDeadlinesForEver() throws {
        let loop = try EventLoop(waker: try LoopWaker())
        // These are ready all the time, because they read nothing.
        let flood = try (0..<1_300).map { _ in try PunctualMember(loop) }
        for member in flood { member.waker.wake() }
        let quiet = try PunctualMember(loop)
        loop.setDeadline(loop.now, for: quiet.registration)
        loop.turn(mayWait: false)
        #expect(quiet.wasDue && flood.allSatisfy(\.wasReady))
    }

    @Test func everyWakeUpEndsAWait() throws {
        let waker = try LoopWaker()
        let loop = try EventLoop(waker: waker)
        for _ in 0..<3 {
            waker.wake()
            // Without a deadline it would wait for ever.
            loop.turn()
        }
        let before = MonotonicTime.now
        loop.turn(until: before + .milliseconds(5))
        #expect(before.duration(to: .now) >= .milliseconds(5), "a wake-up that was used ends no second wait")
    }
}

private final class TimeNotingHandler: EventHandler {
    private(set) var calledAt: MonotonicTime?
    private(set) var wasDue = false
    private unowned let loop: EventLoop

    init(_ loop: EventLoop) { self.loop = loop }

    func ready(_ readiness: Readiness) { calledAt = loop.now }

    func calledAgain() {}

    func deadlineReached(now: MonotonicTime) { wasDue = true }
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

/// Has a deadline that it meets by being ready in time.
private final class PunctualMember: EventHandler {
    let waker: LoopWaker
    private(set) var registration = RegistrationID(slot: 0, generation: 0)
    private(set) var wasReady = false
    private(set) var wasCalledAgain = false
    private(set) var wasDue = false
    var hasInputLeft = false
    var whenReady: () -> Void = {}
    private unowned let loop: EventLoop

    init(_ loop: EventLoop) throws {
        self.loop = loop
        waker = try LoopWaker()
        registration = try loop.add(waker.descriptor, for: .readable, handler: self)
    }

    func ready(_ readiness: Readiness) {
        wasReady = true
        whenReady()
        if hasInputLeft { loop.callAgain(registration) } else { loop.setDeadline(nil, for: registration) }
    }

    func calledAgain() {
        wasCalledAgain = true
        loop.setDeadline(nil, for: registration)
    }

    func deadlineReached(now: MonotonicTime) { wasDue = true }
}
