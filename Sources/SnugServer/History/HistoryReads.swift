// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// What is to be done on the thread that reads history, one after the other.
final class HistoryReads: Sendable {
    typealias Work = @Sendable () -> Void

    /// So many pages wait at most, of all people together.
    static let maximumCount = 1_024

    /// So often it is looked for what is too old.
    private static let sweepPause = Duration.seconds(60)

    private let waker: LoopWaker
    private let state = Lock(State())

    private struct State {
        var waiting: [Work] = []
        var sweep: Work?
        var isClosed = false
    }

    init() throws(SystemError) { waker = try LoopWaker() }

    /// Has something done behind all that waits; false if that is too much, or everything has ended.
    func add(_ work: @escaping Work) -> Bool {
        let isTaken = state.withLock { state in
            guard !state.isClosed, state.waiting.count < Self.maximumCount else { return false }
            state.waiting.append(work)
            return true
        }
        if isTaken { waker.wake() }
        return isTaken
    }

    /// Has something done once a minute.
    func sweep(_ work: @escaping Work) { state.withLock { $0.sweep = work } }

    /// Nothing is taken any more, and what waits is not done.
    func close() {
        let isFirst = state.withLock { state in
            defer { state = State(isClosed: true) }
            return !state.isClosed
        }
        if isFirst { waker.wake() }
    }

    /// Does what comes, until ``close()``.
    func run() {
        var nextSweep = MonotonicTime.now + Self.sweepPause
        while true {
            let (work, sweep, isClosed) = state.withLock { state in
                defer { state.waiting = [] }
                return (state.waiting, state.sweep, state.isClosed)
            }
            if isClosed { return }
            for work in work where !isOver { work() }
            if nextSweep <= .now {
                sweep?()
                nextSweep = .now + Self.sweepPause
            }
            if work.isEmpty { waker.wait(until: nextSweep) }
        }
    }

    private var isOver: Bool { state.withLock { $0.isClosed } }
}
