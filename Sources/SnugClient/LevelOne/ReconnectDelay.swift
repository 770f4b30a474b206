// SPDX-License-Identifier: Apache-2.0

/// How long to wait before the next attempt to come back: longer each time, and not the same for everybody.
struct ReconnectDelay: Equatable, Sendable {
    private static let first = Duration.seconds(1)
    /// A server cannot keep anybody away for longer.
    private static let longestAsked: UInt64 = 600

    private var next = Self.first

    /// Somebody was let in, or is in a hurry: the next wait is a short one again.
    mutating func reset() { next = Self.first }

    /// The wait before the next attempt.
    ///
    /// - Parameters:
    ///   - asked: how many seconds the server asked for at least.
    ///   - longest: what the wait does not grow beyond by itself.
    ///   - chance: from 0 to 1; so much of half the wait is added.
    mutating func take(asked: UInt64? = nil, growingTo longest: Duration, chance: Double) -> Duration {
        let wait = max(min(next, longest), .seconds(Int64(min(asked ?? 0, Self.longestAsked))))
        next = min(next * 2, longest)
        return wait + wait * (min(max(chance, 0), 1) / 2)
    }
}

extension Patience {
    /// What the wait for another attempt does not grow beyond.
    var longestPause: Duration {
        switch self {
        // Whose network is there again is back soon, also with nobody at the keyboard.
        case .always, .once: .seconds(10)
        // Of a time that is limited most would go by in one long wait.
        case .until: .seconds(4)
        }
    }
}
