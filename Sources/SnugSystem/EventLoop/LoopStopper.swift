// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Tells a loop from any thread that it is to end, and wakes it.
public final class LoopStopper: Sendable {
    /// Ends the wait of the loop.
    package let waker: LoopWaker

    private let stops = Atomic(false)

    package init() throws(SystemError) { waker = try LoopWaker() }

    /// Whether ``stop()`` was called.
    package var isStopping: Bool { stops.load(ordering: .acquiring) }

    /// Has whoever turns the loop take its leave.
    public func stop() {
        stops.store(true, ordering: .releasing)
        waker.wake()
    }
}
