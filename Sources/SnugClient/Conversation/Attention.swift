// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// Whether somebody looks, by the keys that are pressed.
struct Attention: Sendable {
    /// Who presses no key for so long may be away.
    static let absence = Duration.seconds(120)

    /// What calls more often says no more.
    static let callPause = Duration.seconds(1)

    private var lastKey: MonotonicTime?
    private var isMarked = false
    private var lastBell: MonotonicTime?
    private var lastNotice: MonotonicTime?

    /// A key was pressed.
    mutating func noteKey(at now: MonotonicTime) {
        lastKey = now
        isMarked = false
    }

    /// Whether a line that comes now is the first that came while nobody looked.
    mutating func isFirstUnseen(at now: MonotonicTime) -> Bool {
        guard let lastKey else {
            // Who has just come has just pressed Enter.
            lastKey = now
            return false
        }
        guard !isMarked, lastKey.duration(to: now) >= Self.absence else { return false }
        isMarked = true
        return true
    }

    /// Whether the bell may ring now.
    mutating func mayRing(at now: MonotonicTime) -> Bool { Self.mayCall(&lastBell, now) }

    /// Whether the desktop may be told of something now.
    mutating func mayNotify(at now: MonotonicTime) -> Bool { Self.mayCall(&lastNotice, now) }

    private static func mayCall(_ last: inout MonotonicTime?, _ now: MonotonicTime) -> Bool {
        if let last, last.duration(to: now) < callPause { return false }
        last = now
        return true
    }
}
