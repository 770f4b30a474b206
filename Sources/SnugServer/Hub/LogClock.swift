// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms
internal import SnugSystem
internal import Synchronization

/// The clock of an order that several servers share, as far as one of them knows it: what their own clocks say differs.
final class LogClock: Sendable {
    /// The order's milliseconds less those of this machine's monotonic clock.
    private let offset: Atomic<Int64>
    private let isSet = Atomic(false)

    init(startingAt time: ChatTime) { offset = Atomic(Self.offset(of: time)) }

    /// Behind the order's own clock by as much as its last message took to come: what is due here is due there.
    var now: ChatTime {
        ChatTime(milliseconds: offset.load(ordering: .relaxed)).adding(milliseconds: Self.elapsed)
    }

    /// A message of the order has this time, which never goes back.
    func set(_ time: ChatTime) {
        offset.store(Self.offset(of: time), ordering: .relaxed)
        isSet.store(true, ordering: .relaxed)
    }

    /// The order's time after so long; nil as long as only this machine's own clock is known.
    func time(in duration: Duration) -> ChatTime? {
        isSet.load(ordering: .relaxed) ? now.adding(milliseconds: duration.components.seconds * 1_000) : nil
    }

    private static func offset(of time: ChatTime) -> Int64 {
        time.adding(milliseconds: -elapsed).milliseconds
    }

    private static var elapsed: Int64 { Int64(clamping: MonotonicTime.now.nanoseconds / 1_000_000) }
}
