// SPDX-License-Identifier: Apache-2.0

public import SnugSystem

/// A clock that stands still until a test turns it.
public final class TestClock {
    public private(set) var now = MonotonicTime.start + .seconds(1_000)

    public init() {}

    /// Turns the clock forward.
    public func pass(_ time: Duration) { now = now + time }
}
