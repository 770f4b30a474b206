// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// A burst that is always allowed and a rate beyond it.
public struct LineRate: Equatable, Sendable {
    /// Lines at once after a quiet while.
    public let burst: Int

    /// Lines a second in the long run.
    public let perSecond: Int

    /// No limit at all.
    public static let unlimited = LineRate(burst: 0, perSecond: 0)

    /// Both at least 1, or both 0 for no limit.
    public init(burst: Int, perSecond: Int) {
        self.burst = burst
        self.perSecond = perSecond
    }

    /// Reads `10/5`, or `0` for no limit; nil for anything else.
    public init?(_ text: String) {
        if text == "0" {
            self = .unlimited
            return
        }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let burst = parts[0], let perSecond = parts[1],
            (1...1_000_000).contains(burst), (1...1_000_000).contains(perSecond)
        else { return nil }
        self.init(burst: burst, perSecond: perSecond)
    }
}

/// A use of a rate: a token bucket kept as the time at which it would be full.
struct LineAllowance {
    private let burst: Int
    /// Until one more line is allowed; zero for no limit.
    private let interval: Duration
    /// The bucket is full at this time; each line moves it on by one line's share.
    private var fullAt = MonotonicTime.start

    /// One member's use of `rate`.
    init(_ rate: LineRate) {
        let isUnlimited = rate == .unlimited
        self.init(
            burst: rate.burst,
            interval: isUnlimited ? .zero : .nanoseconds(1_000_000_000 / rate.perSecond)
        )
    }

    /// `burst` lines at once, and then one each `interval`.
    init(burst: Int, interval: Duration) {
        self.burst = burst
        self.interval = interval
    }

    /// Takes one line if it is allowed now.
    mutating func take(now: MonotonicTime) -> Bool {
        guard nextLine(now: now) <= now else { return false }
        fullAt = max(fullAt, now) + interval
        return true
    }

    /// When the next line is allowed; not later than `now` if it is.
    func nextLine(now: MonotonicTime) -> MonotonicTime {
        interval == .zero ? now : fullAt + interval * -(burst - 1)
    }

    /// Whether all of the burst is allowed, as if no line had ever been taken.
    func isFull(now: MonotonicTime) -> Bool { fullAt <= now }
}
