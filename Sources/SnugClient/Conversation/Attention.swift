// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// Whether somebody looks, by the keys that are pressed.
struct Attention: Sendable {
    /// Who presses no key for so long may be away.
    static let absence = Duration.seconds(120)

    /// A bell that rings more often says no more.
    static let bellPause = Duration.seconds(1)

    private var lastKey: MonotonicTime?
    private var isMarked = false
    private var lastBell: MonotonicTime?

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
    mutating func mayRing(at now: MonotonicTime) -> Bool {
        if let lastBell, lastBell.duration(to: now) < Self.bellPause { return false }
        lastBell = now
        return true
    }
}
