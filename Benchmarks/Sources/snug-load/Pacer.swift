// SPDX-License-Identifier: Apache-2.0

internal import CTimer
internal import SnugSystem

/// Ends the loop's wait at a time known to the nanosecond: the loop's own deadlines are rounded to milliseconds,
/// which a measurement of latency would show.
final class Pacer: EventHandler {
    private let timer: OwnedDescriptor

    init(on loop: EventLoop) throws(LoadFailure) {
        timer = OwnedDescriptor(owning: open_monotonic_timer())
        do throws(SystemError) {
            _ = try loop.add(timer.number, for: .readable, handler: self)
        } catch { throw .system(error) }
    }

    func arm(at time: Int64) { arm_monotonic_timer(timer.number, time) }

    func ready(_ readiness: Readiness) {
        // What is due is looked up by the clock, at the end of the turn.
        _ = try? Polling.read(timer.number, atMost: 8)
    }

    func calledAgain() {}
    func deadlineReached(now: MonotonicTime) {}
}
