// SPDX-License-Identifier: Apache-2.0
#if Cluster

internal import Glibc
internal import SnugRooms

/// By which a node says in its messages what time it is: the order's, and never its own that is far from it.
///
/// What NATS says of when it took a message differs from copy to copy once a leader has died, so it decides nothing.
struct OrderClock: Sendable {
    /// What a machine's clocks say, in milliseconds.
    struct Reading: Sendable {
        /// Since 1970; it may be wrong, and be set.
        let wall: Int64
        /// Since some time or other; it only goes on, through a machine's sleep too.
        let running: Int64

        static var now: Reading {
            Reading(wall: milliseconds(CLOCK_REALTIME), running: milliseconds(CLOCK_BOOTTIME))
        }

        private static func milliseconds(_ clock: clockid_t) -> Int64 {
            var time = timespec()
            clock_gettime(clock, &time)
            return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
        }
    }

    /// A wall clock that is nearer to the order's time is right, as far as anybody can know.
    static let trust: Int64 = 60_000
    /// After such a pause in the log nobody was there who could have said what time it is.
    ///
    /// Nodes speak every second, and the bus has been seen to take nothing for 20 s. After a shorter one a clock that is
    /// right is believed all the same.
    static let longestPause: Int64 = 60_000

    /// The order's milliseconds less those of the running clock; nil as long as nothing is known.
    ///
    /// Never less than it was: a message only ever comes too late.
    private var offset: Int64?
    /// The wall clock is to be believed, whatever it says, for nobody else can say anything.
    private var isAlone = false
    /// Until when, by the running clock, another node may yet be the first to say what time it is.
    private var waitsUntil: Int64?

    /// This node takes part from now on, after a pause of so long; nil if nobody said anything before it.
    mutating func begin(afterPause pause: Int64?, at reading: Reading) {
        isAlone = pause.map { $0 > Self.longestPause } ?? true
        waitsUntil = reading.running.adding(2_000)
    }

    /// The order has this time behind a message that has just come.
    mutating func note(_ time: ChatTime, at reading: Reading) {
        raise(to: time.milliseconds.subtracting(reading.running))
    }

    /// What a message is to say that is written now; 0 as long as nothing is known.
    mutating func stamp(at reading: Reading) -> Int64 {
        let isRight = difference(at: reading).map { $0.magnitude <= Self.trust } ?? false
        let isFirst = offset == nil && waitsUntil.map { reading.running >= $0 } ?? false
        if isAlone || isRight || isFirst { raise(to: reading.wall.subtracting(reading.running)) }
        isAlone = false
        guard let offset else { return 0 }
        return max(0, min(offset.adding(reading.running), ClusterMessage.timeBound - 1))
    }

    /// By how much the wall clock is ahead of the order's time.
    func difference(at reading: Reading) -> Int64? {
        offset.map { reading.wall.subtracting(reading.running).subtracting($0) }
    }

    private mutating func raise(to other: Int64) { offset = max(offset ?? other, other) }
}

extension Int64 {
    fileprivate func adding(_ other: Int64) -> Int64 {
        ChatTime(milliseconds: self).adding(milliseconds: other).milliseconds
    }

    /// Clocks say what they like.
    fileprivate func subtracting(_ other: Int64) -> Int64 { adding(0 - Swift.max(other, -.max)) }
}
#endif
