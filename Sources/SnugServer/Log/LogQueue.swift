// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// The lines that wait for the log's thread, and the counts of those that do not.
final class LogQueue: Sendable {
    private static let maximumLines = 1_024

    /// Strangers cannot fill more than so much of it: the rest is for members' lines and the server's own.
    private static let maximumStrangersLines = 768

    private let minimumLevel: EventLevel
    private let waker: LoopWaker
    private let state = Lock(State())

    private struct State {
        var lines: [LogLine] = []
        var dropped = 0
        var throttle = LogThrottle()
        var isClosed = false
    }

    /// What there is to write at one time.
    struct Content {
        let lines: [LogLine]
        /// When there will be counts to write even if nothing happens.
        let nextSummary: MonotonicTime?
        let isLast: Bool
    }

    init(atLeast level: EventLevel) throws(SystemError) {
        minimumLevel = level
        waker = try LoopWaker()
    }

    /// Queues an event's line or counts it.
    ///
    /// Most events of a busy server get no line: they are told apart before any text is made or any thread is woken.
    func note(_ event: ServerEvent) {
        guard event.level >= minimumLevel || event.announcesAddress else { return }
        switch state.withLock({ $0.throttle.judge(event, now: .now) }) {
        case .allowed:
            append(event, limit: event.cause == nil ? Self.maximumLines : Self.maximumStrangersLines)
        // The thread has to learn that there will be a count to write.
        case .firstLeftOut: waker.wake()
        case .leftOut: break
        }
    }

    private func append(_ event: ServerEvent, limit: Int) {
        let line = LogLine(event)
        let mustWake = state.withLock { state in
            let isEmpty = state.lines.isEmpty
            // The counts come before the last line, not behind it.
            if case .stopped = event { state.lines += state.throttle.takeSummaries(now: nil) }
            guard state.lines.count < limit else {
                state.dropped += 1
                return false
            }
            state.lines.append(line)
            // Behind a line of another call, the thread was woken for that one and takes both.
            return isEmpty
        }
        if mustWake { waker.wake() }
    }

    /// Everything that is to be written now; behind it the queue is empty.
    func take() -> Content {
        state.withLock { state in
            let isLast = state.isClosed
            var lines = state.throttle.takeSummaries(now: isLast ? nil : .now) + state.lines
            if state.dropped > 0 {
                lines.append(LogLine(.warning, state.dropped, "dropped, the log was not read fast enough"))
            }
            state.lines = []
            state.dropped = 0
            return Content(lines: lines, nextSummary: state.throttle.nextSummary, isLast: isLast)
        }
    }

    /// For the log's thread: waits until there is something to take, or until `deadline`.
    func wait(until deadline: MonotonicTime?) { waker.wait(until: deadline) }

    /// Lets the thread write what is here, and end.
    func close() {
        state.withLock { $0.isClosed = true }
        waker.wake()
    }
}
