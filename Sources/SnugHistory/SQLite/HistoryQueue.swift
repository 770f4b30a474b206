// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms
internal import SnugSystem

/// What was appended and is not stored yet.
final class HistoryQueue: Sendable {
    /// So many changes of records wait at most, of different things.
    private static let maximumRecords = 100_000

    private let maximumBytes: Int
    private let waker: LoopWaker
    private let state: Lock<State>

    /// What is to be stored in one transaction: first what is to be forgotten, then all else.
    struct Batch {
        var forgotten: [Forgotten] = []
        var lines: [StoredLine] = []
        var records = RecordChanges()
        /// Lines that found no room here.
        var missing: [ClosedRange<UInt64>] = []
        /// Lines that never came.
        var gaps: [ClosedRange<UInt64>] = []
        var lostRecords = 0
        /// The greatest number that was appended.
        var lastSequence: UInt64 = 0
        /// Nothing will be appended any more.
        var isLast = false

        var isEmpty: Bool {
            lines.isEmpty && records.isEmpty && forgotten.isEmpty && missing.isEmpty && gaps.isEmpty
        }
    }

    fileprivate struct State {
        var waiting = Batch()
        var waitingBytes = 0
        /// Lines of the transaction that is under way, and what it will tell to be missing.
        var underWay: [StoredLine] = []
        var underWayMissing: [ClosedRange<UInt64>] = []
        var underWayBytes = 0
        var lastLine: UInt64
    }

    /// - Parameters:
    ///   - maximumBytes: how much memory lines may take that wait; the oldest give way.
    ///   - lastLine: the number of the last line that is stored.
    ///   - lastSequence: the last number that is stored.
    init(maximumBytes: Int, lastLine: UInt64, lastSequence: UInt64) throws(SystemError) {
        self.maximumBytes = maximumBytes
        waker = try LoopWaker()
        var state = State(lastLine: lastLine)
        state.waiting.lastSequence = lastSequence
        self.state = Lock(state)
    }

    // MARK: For those who append and read

    func append(_ change: HistoryChange) {
        let mustWake = state.withLock { state in
            guard !state.waiting.isLast else { return false }
            let wasEmpty = state.waiting.isEmpty
            switch change {
            case .line(let line): state.append(line, maximumBytes)
            case .forget(let forgotten): state.forget(forgotten)
            case .gap(let gap): state.append(gap)
            case .record(let change):
                if !state.waiting.records.take(change, limit: Self.maximumRecords) {
                    state.waiting.lostRecords += 1
                }
            case .sequence(let number):
                state.waiting.records.raise(number)
                state.waiting.lastSequence = max(state.waiting.lastSequence, number)
            }
            return wasEmpty
        }
        if mustWake { waker.wake() }
    }

    var lastSequence: UInt64 { state.withLock { $0.waiting.lastSequence } }

    /// The lines of a room that are not stored yet, and what found no room.
    func lines(in room: RoomID, where isWanted: (StoredLine) -> Bool) -> (
        lines: [StoredLine], missing: [ClosedRange<UInt64>]
    ) {
        state.withLock { state in
            let lines = [state.underWay, state.waiting.lines].flatMap { lines in
                lines.filter { isWanted($0) && $0.room == room }
            }
            return (lines, state.underWayMissing + state.waiting.missing + state.waiting.gaps)
        }
    }

    /// The rooms of lines that are not stored yet.
    func rooms() -> Set<RoomID> {
        state.withLock { Set(($0.underWay + $0.waiting.lines).map(\.room)) }
    }

    func close() {
        state.withLock { $0.waiting.isLast = true }
        waker.wake()
    }

    // MARK: For the thread that stores

    /// Waits until there is something to store, or until `deadline`.
    func wait(until deadline: MonotonicTime) { waker.wait(until: deadline) }

    var isEmpty: Bool { state.withLock { $0.waiting.isEmpty && !$0.waiting.isLast } }

    /// Everything that is to be stored now.
    ///
    /// One of ``finish()`` and ``takeBack(_:)`` follows.
    func take() -> Batch {
        state.withLock { state in
            let batch = state.waiting
            state.waiting = Batch()
            state.waiting.lastSequence = batch.lastSequence
            state.waiting.isLast = batch.isLast
            (state.underWay, state.underWayBytes) = (batch.lines, state.waitingBytes)
            state.underWayMissing = batch.missing + batch.gaps
            state.waitingBytes = 0
            return batch
        }
    }

    /// What was taken is stored.
    func finish() {
        state.withLock { $0.nothingIsUnderWay() }
    }

    /// What was taken could not be stored, and waits again, in front of what came since.
    func takeBack(_ batch: Batch) {
        state.withLock { $0.takeBack(batch, maximumBytes) }
    }
}

extension HistoryQueue.State {
    fileprivate mutating func append(_ line: StoredLine, _ maximumBytes: Int) {
        guard line.sequence > lastLine, line.isStorable else { return }
        lastLine = line.sequence
        waiting.lastSequence = max(waiting.lastSequence, line.sequence)
        waiting.lines.append(line)
        waitingBytes += line.footprint
        makeRoom(maximumBytes)
    }

    fileprivate mutating func append(_ gap: ClosedRange<UInt64>) {
        lastLine = max(lastLine, gap.upperBound)
        waiting.lastSequence = max(waiting.lastSequence, gap.upperBound)
        waiting.gaps = (waiting.gaps + [gap]).merged()
    }

    /// Lets go of the oldest lines that wait, of a quarter at once.
    private mutating func makeRoom(_ maximumBytes: Int) {
        guard underWayBytes + waitingBytes > maximumBytes else { return }
        var count = 0
        let enough = waitingBytes - maximumBytes / 4
        for line in waiting.lines where count == 0 || waitingBytes > enough {
            waitingBytes -= line.footprint
            count += 1
        }
        guard count > 0, let first = waiting.lines.first?.sequence else { return }
        let last = waiting.lines[count - 1].sequence
        waiting.lines.removeFirst(count)
        // All that waited before is gone as well, so there is nothing between this and the holes before it.
        var hole = first...last
        if underWay.isEmpty {
            for earlier in waiting.missing where earlier.lowerBound < last {
                hole = min(hole.lowerBound, earlier.lowerBound)...max(last, earlier.upperBound)
            }
        }
        waiting.missing = (waiting.missing + [hole]).merged()
    }

    fileprivate mutating func nothingIsUnderWay() { (underWay, underWayMissing, underWayBytes) = ([], [], 0) }

    fileprivate mutating func forget(_ forgotten: Forgotten) {
        waiting.forgotten.append(forgotten)
        waiting.lines.removeAll(where: forgotten.covers)
        waitingBytes = waiting.lines.reduce(0) { $0 + $1.footprint }
        waiting.records.forget(forgotten)
    }

    fileprivate mutating func takeBack(_ batch: HistoryQueue.Batch, _ maximumBytes: Int) {
        // What came since is to be forgotten may be among these.
        let kept = batch.lines.filter { line in !waiting.forgotten.contains { $0.covers(line) } }
        waiting.lines = kept + waiting.lines
        waiting.forgotten = batch.forgotten + waiting.forgotten
        var records = batch.records
        for forgotten in waiting.forgotten { records.forget(forgotten) }
        waiting.records = records.followed(by: waiting.records)
        waiting.missing = (batch.missing + waiting.missing).merged()
        waiting.gaps = (batch.gaps + waiting.gaps).merged()
        waiting.lostRecords += batch.lostRecords
        nothingIsUnderWay()
        waitingBytes = waiting.lines.reduce(0) { $0 + $1.footprint }
        makeRoom(maximumBytes)
    }
}
