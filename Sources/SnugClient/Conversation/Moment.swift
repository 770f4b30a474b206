// SPDX-License-Identifier: Apache-2.0

public import SnugSystem

/// A point in time on both clocks: the one that people read, and the one that only goes forward.
public struct Moment: Sendable {
    /// What the calendar's clock shows.
    public var calendar: UnixTime
    /// What deadlines are measured with.
    public var clock: MonotonicTime

    /// A point in time.
    public init(calendar: UnixTime, clock: MonotonicTime) {
        self.calendar = calendar
        self.clock = clock
    }

    /// The time now.
    public static var now: Moment { Moment(calendar: .now, clock: .now) }
}
