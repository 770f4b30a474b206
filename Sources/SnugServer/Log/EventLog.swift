// SPDX-License-Identifier: Apache-2.0

public import SnugSystem

/// Carries events from the server's threads to wherever lines are written, which may be slow, stuck or broken.
///
/// Chat never waits for the log. Every line of the server and of its members is written; of what strangers cause,
/// ``LogThrottle`` lets pass a share. What does not fit the queue and what could not be written is counted, and the
/// count is written as soon as that works.
public final class EventLog: Sendable {
    private let queue: LogQueue
    private let thread: RunningThread

    /// Starts the thread that calls `write` with each line that is at least as loud as `level` or that scripts wait
    /// for.
    public init(
        atLeast level: EventLevel = .info,
        _ write: @escaping @Sendable (LogLine) throws(SystemError) -> Void
    ) throws(SystemError) {
        let queue = try LogQueue(atLeast: level)
        self.queue = queue
        thread = try RunningThread(name: "snug-log") {
            var writer = LogWriter(write)
            writer.work(off: queue)
        }
    }

    /// Queues an event's line; never waits for anything but a short lock.
    public func note(_ event: ServerEvent) { queue.note(event) }

    /// Has what is queued and all counts written, and waits for it.
    ///
    /// - Returns: false if `deadline` came first: the thread may be stuck for ever.
    @discardableResult
    public func close(until deadline: MonotonicTime? = nil) -> Bool {
        queue.close()
        return thread.join(until: deadline)
    }
}

/// What the log's thread does.
private struct LogWriter {
    /// While nothing can be written, and nothing new happens, so often it is tried whether the count can be.
    private static let retryPause = Duration.seconds(10)

    private let write: (LogLine) throws(SystemError) -> Void
    private var lost = 0
    private var failure: SystemError?

    init(_ write: @escaping (LogLine) throws(SystemError) -> Void) { self.write = write }

    mutating func work(off queue: LogQueue) {
        while true {
            let content = queue.take()
            for line in content.lines { put(line) }
            if content.isLast { break }
            guard content.lines.isEmpty else { continue }
            let retry = failure == nil ? nil : MonotonicTime.now + Self.retryPause
            queue.wait(until: [content.nextSummary, retry].compactMap(\.self).min())
            tellLoss()
        }
        tellLoss()
    }

    private mutating func put(_ line: LogLine) {
        tellLoss()
        if failure != nil || !writes(line) { lost += 1 }
    }

    /// Says first what is missing, once that can be said.
    private mutating func tellLoss() {
        guard let cause = failure else { return }
        if writes(LogLine(.error, lost, "lost: \(cause)")) { lost = 0 }
    }

    private mutating func writes(_ line: LogLine) -> Bool {
        do throws(SystemError) {
            try write(line)
            failure = nil
        } catch {
            failure = error
        }
        return failure == nil
    }
}
