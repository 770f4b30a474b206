// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// Until when a server's goodbye is waited for after the end of our input.
///
/// A server that holds us to a rate works off what it has first and says "still here" meanwhile. It is waited for as
/// long as that goes on, but no longer than our lines can take: otherwise one that says nothing else could hold us for
/// ever.
struct GoodbyeWait: Sendable {
    /// When even the slowest server is done with our lines.
    private var workedOffBy: MonotonicTime
    /// When the server took or sent something, or our input ended.
    private(set) var lastSign: MonotonicTime

    /// Begins at `time`, with nothing on its way.
    init(at time: MonotonicTime) {
        workedOffBy = time
        lastSign = time
    }

    /// Notes that a frame went off at `time` which the server takes at most `interval` for, once the ones before are
    /// done.
    mutating func noteFrame(at time: MonotonicTime, takingUpTo interval: Duration) {
        workedOffBy = max(workedOffBy, time) + interval
    }

    /// Notes a sign of life at `time`.
    mutating func noteSign(at time: MonotonicTime) { lastSign = time }

    /// When to give up.
    ///
    /// - Parameters:
    ///   - timeout: the silence that is borne, and the time beyond what our lines can take.
    ///   - hasArrived: whether the server knows that our input has ended. Before, it need not say anything: it may not
    ///     even look, because more waits for it than it takes in.
    ///   - end: when our input ended.
    func deadline(timeout: Duration, hasArrived: Bool, since end: MonotonicTime) -> MonotonicTime {
        let latest = max(workedOffBy, end) + timeout
        return hasArrived ? min(latest, lastSign + timeout) : latest
    }
}
