// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms
public import SnugTransport

/// One event as a line that is safe to print.
public struct LogLine: Equatable, Sendable {
    /// How loud it is.
    public let level: EventLevel

    /// One line without control characters, at most ``EventLog/maximumLineBytes`` long.
    public let text: String

    /// The event is one that scripts wait for: the server accepts connections.
    public let announcesAddress: Bool
}

/// Carries events from the server's threads to wherever lines are written, which may be slow or stuck.
///
/// Chat never waits for the log: what does not fit the queue is counted and dropped, and no kind of event that a peer
/// can cause gets more than a burst and then one line a second.
public final class EventLog: Sendable {
    /// A longer line is cut.
    public static let maximumLineBytes = 1_024

    private static let maximumQueuedLines = 1_024

    private let write: @Sendable (LogLine) -> Void
    private let waker: LoopWaker
    private let state = Lock(State())

    fileprivate struct State {
        var queue: [LogLine] = []
        var dropped = 0
        var throttle = LogThrottle()
        var isClosed = false
    }

    /// Starts the thread that calls `write` with each line.
    public static func start(
        _ write: @escaping @Sendable (LogLine) -> Void
    ) throws(SystemError) -> (log: EventLog, thread: RunningThread) {
        let log = EventLog(waker: try LoopWaker(), write: write)
        return (log, try RunningThread(name: "snug-log") { log.writeUntilClosed() })
    }

    private init(waker: LoopWaker, write: @escaping @Sendable (LogLine) -> Void) {
        self.waker = waker
        self.write = write
    }

    /// Queues an event's line; never waits for anything but a short lock.
    public func note(_ event: ServerEvent) {
        let line = LogLine(event)
        state.withLock { state in
            guard state.throttle.allows(event.reason, now: .now) else { return }
            guard state.queue.count < Self.maximumQueuedLines else {
                state.dropped += 1
                return
            }
            state.queue.append(line)
        }
        waker.wake()
    }

    /// Lets the thread write what is queued and end.
    public func close() {
        state.withLock { $0.isClosed = true }
        waker.wake()
    }

    private func writeUntilClosed() {
        while true {
            let (lines, nextSummary, isClosed) = state.withLock { state in
                let lines = state.queue + state.takeSummaries(now: .now)
                state.queue = []
                return (lines, state.throttle.nextSummary(now: .now), state.isClosed)
            }
            for line in lines { write(line) }
            if isClosed { return }
            if lines.isEmpty { waker.wait(until: nextSummary) }
        }
    }
}

extension EventLog.State {
    fileprivate mutating func takeSummaries(now: MonotonicTime) -> [LogLine] {
        var summaries = throttle.takeSummaries(now: now)
        if dropped > 0 {
            summaries.append("\(dropped) log lines were dropped, the log was not read fast enough")
        }
        dropped = 0
        return summaries.map { LogLine(level: .warning, text: $0, announcesAddress: false) }
    }
}

extension LogLine {
    /// Makes the text safe: it may hold names and error texts that a peer chose.
    init(_ event: ServerEvent) {
        let clean = SafeText.clean(event.description)
        text = clean.utf8.count <= EventLog.maximumLineBytes ? clean : Self.beginning(of: clean) + "…"
        level = event.level
        announcesAddress = if case .accepting = event { true } else { false }
    }

    /// As much as leaves room for the three bytes of an ellipsis, with no scalar cut in two.
    private static func beginning(of text: String) -> Substring {
        text[..<text.utf8.index(text.startIndex, offsetBy: EventLog.maximumLineBytes - 3)]
    }
}

/// How many lines each reason for one may still have.
struct LogThrottle {
    private var reasons: [String: (allowance: LineAllowance, suppressed: Int)] = [:]

    private static let rate = LineRate(burst: 20, perSecond: 1)

    /// Whether an event of this reason gets a line now; nil is always allowed.
    mutating func allows(_ reason: String?, now: MonotonicTime) -> Bool {
        guard let reason else { return true }
        let isAllowed = reasons[reason, default: (LineAllowance(Self.rate), 0)].allowance.take(now: now)
        if !isAllowed { reasons[reason]?.suppressed += 1 }
        return isAllowed
    }

    /// When ``takeSummaries(now:)`` will have something to say; nil if nothing was left out.
    func nextSummary(now: MonotonicTime) -> MonotonicTime? {
        reasons.values.lazy.filter { $0.suppressed > 0 }.map { $0.allowance.nextLine(now: now) }.min()
    }

    /// A line for each reason that has an allowance again after lines of it were left out.
    mutating func takeSummaries(now: MonotonicTime) -> [String] {
        var lines: [String] = []
        for (reason, entry) in reasons where entry.suppressed > 0 && entry.allowance.nextLine(now: now) <= now
        {
            lines.append("\(entry.suppressed) more log lines of the kind \"\(reason)\" were left out")
            reasons[reason]?.suppressed = 0
        }
        return lines
    }
}
