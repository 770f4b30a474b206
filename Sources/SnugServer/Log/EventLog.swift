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

    private let minimumLevel: EventLevel
    private let write: @Sendable (LogLine) -> Void
    private let waker: LoopWaker
    private let state = Lock(State())

    fileprivate struct State {
        var queue: [LogLine] = []
        var dropped = 0
        var throttle = LogThrottle()
        var isClosed = false
    }

    /// Starts the thread that calls `write` with each line that is at least as loud as `level` or that scripts wait
    /// for, and with the number of those that could not be written.
    public static func start(
        atLeast level: EventLevel = .info,
        _ write: @escaping @Sendable (LogLine) -> Void
    ) throws(SystemError) -> (log: EventLog, thread: RunningThread) {
        let log = EventLog(atLeast: level, waker: try LoopWaker(), write: write)
        return (log, try RunningThread(name: "snug-log") { log.writeUntilClosed() })
    }

    private init(atLeast level: EventLevel, waker: LoopWaker, write: @escaping @Sendable (LogLine) -> Void) {
        minimumLevel = level
        self.waker = waker
        self.write = write
    }

    /// Queues an event's line; never waits for anything but a short lock.
    ///
    /// Most events of a busy server get no line: they are told apart before any text is made or any thread is woken.
    public func note(_ event: ServerEvent) {
        guard event.level >= minimumLevel || event.announcesAddress else { return }
        switch state.withLock({ $0.throttle.judge(event, now: .now) }) {
        case .allowed: queue(LogLine(event))
        // The thread has to learn that there will be a count to write.
        case .firstLeftOut: waker.wake()
        case .leftOut: break
        }
    }

    private func queue(_ line: LogLine) {
        let mustWake = state.withLock { state in
            guard state.queue.count < Self.maximumQueuedLines else {
                state.dropped += 1
                return false
            }
            state.queue.append(line)
            // Behind another line, the thread was woken for that one and takes both.
            return state.queue.count == 1
        }
        if mustWake { waker.wake() }
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
            let text = "\(dropped) log lines were dropped, the log was not read fast enough"
            summaries.append(LogLine(level: .warning, text: text, announcesAddress: false))
        }
        dropped = 0
        return summaries
    }
}

extension LogLine {
    /// Makes the text safe: it may hold names and error texts that a peer chose.
    init(_ event: ServerEvent) {
        let clean = SafeText.clean(event.description)
        text = clean.utf8.count <= EventLog.maximumLineBytes ? clean : Self.beginning(of: clean) + "…"
        level = event.level
        announcesAddress = event.announcesAddress
    }

    /// As much as leaves room for the three bytes of an ellipsis, with no scalar cut in two.
    private static func beginning(of text: String) -> Substring {
        text[..<text.utf8.index(text.startIndex, offsetBy: EventLog.maximumLineBytes - 3)]
    }
}

/// How many lines each reason for one may still have.
struct LogThrottle {
    private var reasons: [String: Reason] = [:]

    private struct Reason {
        let level: EventLevel
        var allowance = LineAllowance(LineRate(burst: 20, perSecond: 1))
        var leftOut = 0

        mutating func judge(now: MonotonicTime) -> Verdict {
            guard !allowance.take(now: now) else { return .allowed }
            leftOut += 1
            return leftOut == 1 ? .firstLeftOut : .leftOut
        }
    }

    enum Verdict { case allowed, firstLeftOut, leftOut }

    /// Whether an event gets a line now; one without a reason always does.
    mutating func judge(_ event: ServerEvent, now: MonotonicTime) -> Verdict {
        guard let name = event.reason else { return .allowed }
        return reasons[name, default: Reason(level: event.level)].judge(now: now)
    }

    /// When ``takeSummaries(now:)`` will have something to say; nil if nothing was left out.
    func nextSummary(now: MonotonicTime) -> MonotonicTime? {
        reasons.values.lazy.filter { $0.leftOut > 0 }.map { $0.allowance.nextLine(now: now) }.min()
    }

    /// A line for each reason that has an allowance again after lines of it were left out, as loud as those were.
    mutating func takeSummaries(now: MonotonicTime) -> [LogLine] {
        var lines: [LogLine] = []
        for (name, reason) in reasons where reason.leftOut > 0 && reason.allowance.nextLine(now: now) <= now {
            let text = "\(reason.leftOut) more log lines of the kind \"\(name)\" were left out"
            lines.append(LogLine(level: reason.level, text: text, announcesAddress: false))
            reasons[name]?.leftOut = 0
        }
        return lines
    }
}
