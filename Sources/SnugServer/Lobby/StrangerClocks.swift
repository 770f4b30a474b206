// SPDX-License-Identifier: Apache-2.0

internal import SnugTransport

/// What a stranger has time for, and until when.
struct StrangerClocks {
    /// For the first byte, where ``Lobby/isHalfFull``.
    private(set) var firstByte: MonotonicTime
    /// For the name; while the stranger waits for its turn, for that.
    private(set) var deadline: MonotonicTime
    /// When its turn comes, if that is known.
    var turn: MonotonicTime?
    /// Until when it is kept after the last word.
    var lingerUntil: MonotonicTime?

    /// What is left of the time for the name while the stranger waits for its turn.
    private var remaining: Duration?

    /// More than the longest line takes of an address whose connections are counted.
    private static let longestWait = Duration.seconds(30)

    init(_ limits: ServerLimits, now: MonotonicTime) {
        deadline = now + limits.authenticationTimeout
        firstByte = now + limits.firstByteTimeout
    }

    /// The clock for the name stands still until ``stopWaiting(now:)``.
    mutating func startWaiting(now: MonotonicTime) {
        remaining = now.duration(to: deadline)
        deadline = now + Self.longestWait
    }

    mutating func stopWaiting(now: MonotonicTime) {
        if let remaining { deadline = now + remaining }
        remaining = nil
        turn = nil
    }

    /// Not yet: there are places enough to wait for the first byte for longer.
    mutating func askAgainForFirstByte(now: MonotonicTime) {
        firstByte = now + .seconds(1)
    }

    /// When there is something to do next.
    func next(isSilent: Bool) -> MonotonicTime {
        if let lingerUntil { return lingerUntil }
        var next = deadline
        if isSilent { next = min(next, firstByte) }
        if let turn { next = min(next, turn) }
        return next
    }
}
