// SPDX-License-Identifier: Apache-2.0

/// A listening socket on a loop: those who wait are taken in, and nobody for a while once that has failed.
package protocol Doorway: EventHandler {
    /// The loop that it is on.
    var events: EventLoop { get }

    /// Nil as long as nobody is taken in, before ``open(at:)`` and after ``shut()``.
    var registration: RegistrationID? { get set }

    /// Takes in one of those who wait; returns whether there may be another.
    func acceptOne() throws(SystemError) -> Bool

    /// The system has no more of what a connection takes.
    func acceptFailed(_ error: SystemError)
}

/// A crowd at the door must not keep those who are inside waiting.
private let acceptsPerTurn = 64

/// How long nobody is taken in once that has failed.
private let pauseAfterFailure = Duration.milliseconds(100)

extension Doorway {
    /// Takes in whoever comes to a socket from now on.
    package func open(at descriptor: Int32) throws(SystemError) {
        registration = try events.add(descriptor, for: .readable, handler: self)
    }

    /// Takes in nobody any more.
    package func shut() {
        if let registration { events.remove(registration) }
        registration = nil
    }

    /// Leaves those who come in the kernel's queue for so long; without a time until ``resume()``.
    package func pause(for time: Duration? = nil) {
        guard let registration else { return }
        events.setInterest([], for: registration)
        if let time { events.setDeadline(events.now + time, for: registration) }
    }

    /// Takes in those who wait, after a pause.
    package func resume() {
        if let registration { events.setInterest(.readable, for: registration) }
    }

    package func ready(_ readiness: Readiness) {
        for _ in 0..<acceptsPerTurn {
            do throws(SystemError) {
                guard try acceptOne() else { return }
            } catch {
                acceptFailed(error)
                return pause(for: pauseAfterFailure)
            }
        }
    }

    package func calledAgain() {}

    package func deadlineReached(now: MonotonicTime) { resume() }
}
