// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// What a stranger has time for, and until when.
struct StrangerClocks {
    /// For the first byte, where ``Lobby/isHalfFull``.
    private(set) var firstByte: MonotonicTime
    /// For the name; nil while the stranger waits for us, which is not its fault.
    private(set) var deadline: MonotonicTime?
    /// When its turn comes, if that is known.
    var turn: MonotonicTime?
    /// Until when it is kept after the last word.
    var lingerUntil: MonotonicTime?

    /// What is left of the time for the name while the stranger waits for us.
    private var remaining: Duration?

    /// What is left at the least to whoever has waited for us: the process may have stood still until then.
    static let timeToGoOn = Duration.seconds(2)

    init(_ limits: ServerLimits, now: MonotonicTime) {
        deadline = now + limits.authenticationTimeout
        firstByte = now + limits.firstByteTimeout
    }

    /// The clock for the name stands still until ``stopWaiting(now:)``.
    mutating func startWaiting(now: MonotonicTime) {
        if let deadline { remaining = now.duration(to: deadline) }
        deadline = nil
    }

    mutating func stopWaiting(now: MonotonicTime, leaving atLeast: Duration = timeToGoOn) {
        if let remaining { deadline = now + max(remaining, atLeast) }
        remaining = nil
        turn = nil
    }

    /// Not yet: there are places enough to wait for the first byte for longer.
    mutating func askAgainForFirstByte(now: MonotonicTime) {
        firstByte = now + .seconds(1)
    }

    /// When there is something to do next.
    func next(isSilent: Bool) -> MonotonicTime? {
        if let lingerUntil { return lingerUntil }
        return [deadline, isSilent ? firstByte : nil, turn].compactMap(\.self).min()
    }
}
