// SPDX-License-Identifier: Apache-2.0

public import SnugSystem

/// A clock that stands still until a test turns it.
public final class TestClock {
    private var time = MonotonicTime.start + .seconds(1_000)
    private var standstill = Duration.zero

    public init() {}

    public var now: MonotonicTime {
        defer { pass(standstill) }
        return time
    }

    /// Turns the clock forward.
    public func pass(_ time: Duration) {
        self.time = self.time + time
        standstill = .zero
    }

    /// Turns the clock forward right behind the next look at it, as if the process stood still then.
    public func passBehindTheNextLook(_ time: Duration) { standstill = time }
}
