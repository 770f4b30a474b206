// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem
import Testing

/// A number that the kernel gives out again must not bring its former owner's events with it.
@Suite struct DescriptorReuseTests {
    @Test func anEventOfAClosedDescriptorDoesNotReachTheNextOneWithItsNumber() throws {
        let loop = try EventLoop(waker: LoopWaker())
        let first = try Pipe()
        let second = try Pipe()
        let third = try Pipe()
        let former = NotingHandler()
        let next = NotingHandler()
        let formerID = try loop.add(second.reading, for: .readable, handler: former)
        var nextID: RegistrationID?
        let replacing = NotingHandler {
            // Both pipes are readable in this turn; the second becomes the third, which is empty.
            loop.remove(formerID)
            #expect(dup2(third.reading, second.reading) == second.reading)
            nextID = try? loop.add(second.reading, for: .readable, handler: next)
        }
        _ = try loop.add(first.reading, for: .readable, handler: replacing)
        // Epoll reports in the order in which they became ready.
        first.write()
        second.write()
        loop.turn()
        #expect(nextID != nil && replacing.calls == 1)
        #expect(former.calls == 0 && next.calls == 0)
        third.write()
        loop.turn()
        #expect(former.calls == 0 && next.calls == 1)
    }
}

private final class NotingHandler: EventHandler {
    private(set) var calls = 0
    private let action: () -> Void

    init(_ action: @escaping () -> Void = {}) { self.action = action }

    func ready(_ readiness: Readiness) {
        calls += 1
        action()
    }

    func calledAgain() {}

    func deadlineReached(now: MonotonicTime) {}
}

private final class Pipe {
    let reading: Int32
    private let writing: Int32

    init() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        (reading, writing) = (ends[0], ends[1])
    }

    deinit {
        close(reading)
        close(writing)
    }

    func write() { #expect(Glibc.write(writing, "x", 1) == 1) }
}
