// SPDX-License-Identifier: Apache-2.0

/// How long to wait before the next attempt to come back: longer each time, and not the same for everybody.
struct ReconnectDelay: Equatable, Sendable {
    private static let first = Duration.seconds(1)
    /// A server cannot keep anybody away for longer.
    private static let longestAsked: UInt64 = 600

    private let longest: Duration
    private var next = Self.first

    /// - Parameter longest: what the wait does not grow beyond by itself.
    init(longest: Duration = .seconds(60)) { self.longest = longest }

    /// Somebody was let in: the next wait is a short one again.
    mutating func reset() { next = Self.first }

    /// The wait before the next attempt.
    ///
    /// - Parameters:
    ///   - asked: how many seconds the server asked for at least.
    ///   - chance: from 0 to 1; so much of half the wait is added.
    mutating func take(asked: UInt64? = nil, chance: Double) -> Duration {
        defer { next = min(next * 2, longest) }
        let wait = max(next, .seconds(Int64(min(asked ?? 0, Self.longestAsked))))
        return wait + wait * (min(max(chance, 0), 1) / 2)
    }
}
