// SPDX-License-Identifier: Apache-2.0

internal import SnugTransport

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

/// One member's use of a ``LineRate``: a token bucket kept as the time at which it would be full.
struct LineAllowance {
    private let rate: LineRate
    /// The bucket is full at this time; each line moves it on by one line's share.
    private var fullAt = MonotonicTime.start

    init(_ rate: LineRate) { self.rate = rate }

    /// Takes one line if it is allowed now.
    mutating func take(now: MonotonicTime) -> Bool {
        guard rate != .unlimited else { return true }
        guard nextLine(now: now) <= now else { return false }
        fullAt = max(fullAt, now) + interval
        return true
    }

    /// When the next line is allowed; not later than `now` if it is.
    func nextLine(now: MonotonicTime) -> MonotonicTime {
        guard rate != .unlimited else { return now }
        return fullAt + interval * -(rate.burst - 1)
    }

    private var interval: Duration { .nanoseconds(1_000_000_000 / rate.perSecond) }
}
