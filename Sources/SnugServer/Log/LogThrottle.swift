// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// Which log lines strangers may cause: so many of each kind for each address, so many of each kind altogether, and a
/// count of the rest.
///
/// A flood from one address uses up that address's share, and one from many addresses the share of its kind: neither
/// hides what others do, and neither fills a disk. What is kept is bounded as well: the kinds are the program's own
/// (``ServerEvent/cause``), and of each only ``trackedAddresses`` are told apart.
struct LogThrottle {
    /// Addresses of each kind that are told apart; those beyond share one allowance.
    static let trackedAddresses = 256

    /// A summary comes so long after the first line that was left out.
    static let summaryPause = Duration.seconds(10)

    /// Between two summaries of one kind.
    static let summaryInterval = Duration.seconds(60)

    /// What an address gets, for each kind: a fault that lasts is one line a minute.
    static var addressAllowance: LineAllowance { LineAllowance(burst: 10, interval: .seconds(60)) }

    /// What all addresses get together, for each kind.
    static var kindAllowance: LineAllowance { LineAllowance(burst: 100, interval: .milliseconds(200)) }

    /// What those addresses get together that are not told apart.
    static var untrackedAllowance: LineAllowance { LineAllowance(burst: 10, interval: .seconds(1)) }

    private var kinds: [String: Kind] = [:]

    enum Verdict { case allowed, firstLeftOut, leftOut }

    /// Whether an event gets a line now; one without a cause always does.
    mutating func judge(_ event: ServerEvent, now: MonotonicTime) -> Verdict {
        guard let cause = event.cause else { return .allowed }
        let subscriber = cause.peer?.subscriber ?? []
        return kinds[cause.kind, default: Kind(level: event.level)].judge(subscriber, now: now)
    }

    /// When ``takeSummaries(now:)`` will have something to say; nil if nothing was left out.
    var nextSummary: MonotonicTime? { kinds.values.lazy.compactMap(\.summaryTime).min() }

    /// A line for each kind of which lines were left out a while ago; without `now`, for each of which any were.
    mutating func takeSummaries(now: MonotonicTime?) -> [LogLine] {
        kinds.keys.sorted().compactMap { name in
            guard let time = kinds[name]?.summaryTime, now.map({ time <= $0 }) ?? true else { return nil }
            return kinds[name]?.takeSummary(name)
        }
    }

    /// How many addresses are remembered.
    var rememberedAddresses: Int { kinds.values.reduce(0) { $0 + $1.sources.count } }
}

extension LogThrottle {
    /// The lines of one kind.
    private struct Kind {
        let level: EventLevel
        private(set) var sources: [[UInt8]: Source] = [:]
        private(set) var summaryTime: MonotonicTime?
        private var untracked = Source(allowance: LogThrottle.untrackedAllowance)
        private var allowance = LogThrottle.kindAllowance
        private var earliestSummary = MonotonicTime.start
        private var nextSweep = MonotonicTime.start

        init(level: EventLevel) { self.level = level }

        mutating func judge(_ subscriber: [UInt8], now: MonotonicTime) -> Verdict {
            let isAllowed =
                isTracked(subscriber, now: now)
                ? sources[subscriber, default: Source()].judge(within: &allowance, now: now)
                : untracked.judge(within: &allowance, now: now)
            guard !isAllowed else { return .allowed }
            guard summaryTime == nil else { return .leftOut }
            summaryTime = max(now + LogThrottle.summaryPause, earliestSummary)
            return .firstLeftOut
        }

        /// Whether the address is remembered or there is room for it.
        ///
        /// Nobody who sends connections from ever new addresses makes us look through the table more than once a second.
        private mutating func isTracked(_ subscriber: [UInt8], now: MonotonicTime) -> Bool {
            if sources[subscriber] != nil || sources.count < LogThrottle.trackedAddresses { return true }
            guard nextSweep <= now else { return false }
            nextSweep = now + .seconds(1)
            sources = sources.filter { !$0.value.isForgettable(now: now) }
            return sources.count < LogThrottle.trackedAddresses
        }

        mutating func takeSummary(_ name: String) -> LogLine {
            let leftOut = sources.filter { $0.value.leftOut > 0 }
            let total = leftOut.values.reduce(untracked.leftOut) { $0 + $1.leftOut }
            let origin = Self.origin(leftOut, untracked: untracked.leftOut)
            for subscriber in leftOut.keys { sources[subscriber]?.leftOut = 0 }
            untracked.leftOut = 0
            if let summaryTime { earliestSummary = summaryTime + LogThrottle.summaryInterval }
            summaryTime = nil
            return LogLine(level, total, of: name, "left out\(origin)")
        }

        /// From where they were: the address with most of them, and how many others.
        private static func origin(_ sources: [[UInt8]: Source], untracked: Int) -> String {
            guard let most = sources.max(by: { $0.value.leftOut < $1.value.leftOut }) else {
                return ", from many addresses"
            }
            // An event without a peer is this machine's own.
            guard !most.key.isEmpty else { return "" }
            let name = SocketAddress.text(ofSubscriber: most.key)
            let others = sources.values.reduce(untracked - most.value.leftOut) { $0 + $1.leftOut }
            guard others > 0 else { return ", all from \(name)" }
            let count = untracked > 0 ? "\(sources.count) or more" : "\(sources.count - 1)"
            return ", \(most.value.leftOut) from \(name) and \(others) from other addresses (\(count))"
        }
    }

    /// The lines of one kind from one address.
    private struct Source {
        var allowance = LogThrottle.addressAllowance
        var leftOut = 0

        /// Takes a line from both allowances or from neither.
        mutating func judge(within shared: inout LineAllowance, now: MonotonicTime) -> Bool {
            guard allowance.nextLine(now: now) <= now, shared.take(now: now) else {
                leftOut += 1
                return false
            }
            return allowance.take(now: now)
        }

        func isForgettable(now: MonotonicTime) -> Bool { leftOut == 0 && allowance.isFull(now: now) }
    }
}
