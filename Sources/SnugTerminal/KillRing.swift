// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms

/// What was killed, to be yanked again; in memory only, and never more than a few texts.
struct KillRing: Sendable {
    /// The last one comes last.
    private var texts: [String] = []
    /// How many steps back from the last one the one is that was yanked.
    private var stepsBack = 0
    /// Whether the last key killed, so that what the next one kills belongs to it.
    private var isOpen = false

    private static let maximumTexts = 8

    /// The side on which what was killed stood.
    enum Side: Sendable {
        case behindTheCursor
        case beforeTheCursor
    }

    mutating func kill(_ text: String, _ side: Side) {
        defer { isOpen = true }
        guard !text.isEmpty else { return }
        guard isOpen, let last = texts.last else {
            texts.append(text)
            if texts.count > Self.maximumTexts { texts.removeFirst() }
            return
        }
        let joined = side == .beforeTheCursor ? text + last : last + text
        // Each is a part of one line, but there may be many lines between two keys that do not kill.
        let limit = InputLimits.maximumLineBytes
        texts[texts.count - 1] = String(joined.prefix(maximumCharacters: limit, maximumBytes: limit))
    }

    /// What is killed next does not belong to what was killed last.
    mutating func close() { isOpen = false }

    /// What was killed last; nil if nothing was.
    mutating func yank() -> String? {
        stepsBack = 0
        return texts.last
    }

    /// What was killed before what was yanked; at the oldest it goes on with the last.
    mutating func yankEarlier() -> String? {
        guard !texts.isEmpty else { return nil }
        stepsBack = (stepsBack + 1) % texts.count
        return texts[texts.count - 1 - stepsBack]
    }
}
