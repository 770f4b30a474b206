// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import SnugRooms
internal import SnugSystem

/// Stores what waits in a queue; made, run and dropped by the thread that stores.
struct HistoryWriter {
    /// Between the beginnings of two transactions: whoever says a line learns a little later that it is safe, and
    /// a busy chat costs fifty waits for the disk in a second and not thousands.
    private static let commitPause = Duration.milliseconds(20)

    /// So often it is tried again to store while that fails.
    private static let retryPause = Duration.milliseconds(500)

    /// So often lines are looked for that have become too old.
    private static let sweepPause = Duration.seconds(10)

    /// So often the log is emptied, in which lines still are that were taken out of the file.
    private static let logPause = Duration.seconds(60)

    /// A server that stops has two seconds for all.
    private static let farewellTime = Duration.milliseconds(300)

    private let file: HistoryFile
    private let database: Database
    private var lines: LineTable
    private let records: RecordTables
    private let retention: Retention
    private let clock: @Sendable () -> Int64
    private let report: @Sendable (HistoryEvent) -> Void

    private var fault: HistoryFault?
    private var nextSweep = MonotonicTime.start
    private var nextLogEmptying = MonotonicTime.now + Self.logPause
    /// Something was taken out of the file that may still be in the log.
    private var hasLeftovers = false
    private var mustEmptyLogNow = false

    init(
        _ file: HistoryFile,
        _ database: Database,
        retention: Retention,
        clock: @escaping @Sendable () -> Int64,
        report: @escaping @Sendable (HistoryEvent) -> Void
    ) throws(HistoryFault) {
        self.file = file
        self.database = database
        self.retention = retention
        self.clock = clock
        self.report = report
        lines = try LineTable(database)
        records = try RecordTables(database)
    }

    /// Stores until the queue is closed, and then the rest.
    mutating func run(_ queue: HistoryQueue) {
        while true {
            let start = MonotonicTime.now
            let batch = queue.take()
            store(batch, queue)
            if batch.isLast {
                if let fault { report(.lost(fault, lines: batch.lines.count)) }
                break
            }
            if fault == nil, queue.isEmpty { tidy() }
            wait(for: queue, since: start, hadWork: !batch.isEmpty)
        }
        // What is due goes before the file is left alone for who knows how long, unless that takes too long.
        let deadline = MonotonicTime.now + Self.farewellTime
        while fault == nil, nextSweep <= .now, .now < deadline { tidy() }
        _ = try? database.emptyLog()
    }

    private func wait(for queue: HistoryQueue, since start: MonotonicTime, hadWork: Bool) {
        let now = MonotonicTime.now
        if fault != nil {
            // What is appended meanwhile wakes nobody, and the end of the store does.
            queue.wait(until: now + Self.retryPause)
        } else if hadWork {
            let rest = now.duration(to: start + Self.commitPause).components
            guard rest.attoseconds > 0 else { return }
            var time = timespec(tv_sec: 0, tv_nsec: Int(rest.attoseconds / 1_000_000_000))
            nanosleep(&time, nil)
        } else {
            queue.wait(until: nextSweep)
        }
    }

    // MARK: Storing

    private mutating func store(_ batch: HistoryQueue.Batch, _ queue: HistoryQueue) {
        guard !batch.isEmpty else { return queue.finish() }
        do throws(HistoryFault) {
            if let fault, !fault.mayPass { throw fault }
            guard file.isInItsPlace else { throw .moved }
            try write(batch)
        } catch {
            queue.takeBack(batch)
            if fault == nil { report(.stopped(error)) }
            fault = error
            return
        }
        queue.finish()
        let isSlow = fault == nil && (!batch.missing.isEmpty || batch.lostRecords > 0)
        if isSlow { report(.stopped(.tooSlow)) }
        report(.stored(upTo: batch.lastSequence, missing: batch.missing))
        if isSlow || fault != nil {
            fault = nil
            report(.resumed(lostRecords: batch.lostRecords))
        }
        if mustEmptyLogNow { emptyLog() }
    }

    private mutating func write(_ batch: HistoryQueue.Batch) throws(HistoryFault) {
        do throws(HistoryFault) {
            var touched: Set<RoomID> = []
            try database.transaction { () throws(HistoryFault) in
                for forgotten in batch.forgotten { _ = try lines.forget(forgotten) }
                for line in batch.lines {
                    if retention.keepsNothing {
                        try lines.forgetAtOnce(line)
                    } else {
                        try lines.insert(line)
                        touched.insert(line.room)
                    }
                }
                // As many as came, so that no room has more than it may. A limit that was lowered is for later.
                let leaving = max(batch.lines.count, LineTable.maximumLeaving)
                for room in touched {
                    if try !lines.trim(room, to: retention.lines, atMost: leaving) { nextSweep = .start }
                }
                try records.store(batch.records)
                try records.store(missing: batch.missing + batch.gaps)
                try lines.raise(.sequence, to: batch.lastSequence)
                if let last = batch.records.sanctions.keys.max() { try lines.raise(.sanction, to: last) }
            }
            lines.settle()
            hasLeftovers = hasLeftovers || !touched.isEmpty
            mustEmptyLogNow = mustEmptyLogNow || !batch.forgotten.isEmpty
        } catch {
            lines.undo()
            throw error
        }
    }

    // MARK: Tidying

    /// Takes away some of what is not to be kept any longer, and no more than a commit may wait for.
    private mutating func tidy() {
        if nextSweep <= .now {
            let (cutoff, maximum) = (
                retention.keepsNothing ? .max : retention.cutoff(at: clock()), retention.lines
            )
            let isDone = piece { (lines) throws(HistoryFault) in
                try lines.tidy(before: cutoff, to: maximum)
            }
            if isDone { nextSweep = .now + Self.sweepPause }
        }
        if mustEmptyLogNow || (hasLeftovers && nextLogEmptying <= .now) { emptyLog() }
    }

    /// Runs a transaction of its own, and returns what it returns; true, nothing more is to be done now, if it fails:
    /// storing the next line will say why, or it will be tried again.
    private mutating func piece(
        _ body: (inout LineTable) throws(HistoryFault) -> Bool
    ) -> Bool {
        do throws(HistoryFault) {
            let isDone = try database.transaction { () throws(HistoryFault) in try body(&lines) }
            lines.settle()
            hasLeftovers = true
            return isDone
        } catch {
            lines.undo()
            return true
        }
    }

    private mutating func emptyLog() {
        nextLogEmptying = .now + Self.logPause
        // A reader in the way is gone the next time; a disk that fails shows at the next line.
        guard let isDone = try? database.emptyLog(), isDone else { return }
        mustEmptyLogNow = false
        hasLeftovers = false
    }
}
