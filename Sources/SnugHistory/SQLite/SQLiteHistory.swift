// SPDX-License-Identifier: Apache-2.0

public import SnugRooms
internal import SnugSystem

/// History in an SQLite file, which outlasts the process.
///
/// One thread stores what is appended, in groups; whoever reads uses another connection. A process opens a file once.
public final class SQLiteHistory: HistoryStore {
    private let path: String
    private let retention: Retention
    private let clock: @Sendable () -> Int64
    private let queue: HistoryQueue
    private let thread: RunningThread
    private let reader: Lock<HistoryReader?>
    private let stateAtStart: DurableState

    /// Records in the file that made no sense when it was opened, and were left out: somebody has edited it.
    public let unusableRecords: Int

    /// Opens a history file, or makes it; it is held until ``close()``.
    ///
    /// Takes as long as reading the whole file once, to see that it is sound. A file that is not, or that is not this
    /// program's, is left as it is. A file that may not grow any more (setrlimit(2)) is like a full disk to a process that
    /// ignores SIGXFSZ, and the end of any other.
    ///
    /// - Parameters:
    ///   - path: where it is. Its folder must be there.
    ///   - retention: how much is kept of each room.
    ///   - epoch: what ``epoch`` has to be, because sequence numbers come from elsewhere; nil for the file's own.
    ///   - maximumWaitingBytes: how much memory lines may take that wait for the disk.
    ///   - clock: the time in milliseconds since 1970, as in the lines.
    ///   - report: called on the thread that stores, which stores nothing meanwhile. It must not call
    ///     ``close()``.
    public init(
        path: String,
        retention: Retention = .standard,
        epoch wanted: UInt64? = nil,
        maximumWaitingBytes: Int = 8_388_608,
        clock: @escaping @Sendable () -> Int64 = WallClock.milliseconds,
        report: @escaping @Sendable (HistoryEvent) -> Void
    ) throws(HistoryError) {
        self.path = path
        self.retention = retention
        self.clock = clock
        do throws(HistoryFault) {
            let file = try HistoryFile(path, for: .keep)
            let database = try Schema.open(file, epoch: wanted)
            let reading = try Database(file)
            let reader = try HistoryReader(reading)
            let records = try RecordReader(reading, reader)
            stateAtStart = records.state
            unusableRecords = records.unusable
            epoch = try reader.epoch()
            guard wanted == nil || wanted == epoch else { throw .otherOrder }
            let (lastLine, lastSequence) = (try reader.lastLine(), stateAtStart.lastSequence)
            let queue = try Self.started { () throws(SystemError) in
                try HistoryQueue(
                    maximumBytes: maximumWaitingBytes,
                    lastLine: lastLine,
                    lastSequence: lastSequence
                )
            }
            self.queue = queue
            self.reader = Lock(reader)
            // Made here, so that what is wrong is known here; used by the thread alone.
            let writer = Lock<HistoryWriter?>(
                try HistoryWriter(file, database, retention: retention, clock: clock, report: report)
            )
            thread = try Self.started { () throws(SystemError) in
                try RunningThread(name: "snug-storing") {
                    writer.withLock { writer in
                        writer?.run(queue)
                        writer = nil
                    }
                }
            }
        } catch {
            throw HistoryError(path: path, fault: error)
        }
    }

    public func append(_ change: HistoryChange) { queue.append(change) }

    public func lines(
        in room: RoomID,
        _ selection: LineSelection,
        limit: Int
    ) throws(HistoryError) -> HistoryPage {
        let limit = max(1, min(limit, HistoryPage.maximumLines))
        let waiting = queue.lines(in: room) { line in
            switch selection {
            case .after(let number): line.sequence > number
            case .before(let number): line.sequence < number
            }
        }
        return try read(HistoryPage()) { (reader) throws(HistoryFault) in
            try reader.page(in: room, selection, limit: limit, cutoff: cutoff, waiting: waiting)
        }
    }

    /// See ``HistoryStore/epoch``.
    public let epoch: UInt64?

    public var lastSequence: UInt64 { queue.lastSequence }

    public func roomsWithLines() throws(HistoryError) -> [RoomID] {
        let waiting = queue.rooms()
        return try read([]) { (reader) throws(HistoryFault) in
            try reader.rooms(cutoff: cutoff).union(waiting).sorted()
        }
    }

    public func durableState() throws(HistoryError) -> DurableState { stateAtStart }

    public func linesWithRef(since time: Int64, limit: Int) throws(HistoryError) -> [StoredLine] {
        try read([]) { (reader) throws(HistoryFault) in
            try reader.linesWithRef(since: max(time, cutoff), limit: max(0, limit))
        }
    }

    /// Stores what was appended as far as the disk lets it, empties the log, and lets go of the file.
    public func close() {
        queue.close()
        thread.join()
        // The last connection to go removes the log.
        reader.withLock { $0 = nil }
    }

    private static func started<Part>(
        _ body: () throws(SystemError) -> sending Part
    ) throws(HistoryFault) -> sending Part {
        do throws(SystemError) {
            return try body()
        } catch {
            throw .system(call: error.call, code: error.code)
        }
    }

    private var cutoff: Int64 { retention.keepsNothing ? .max : retention.cutoff(at: clock()) }

    private func read<Result: Sendable>(
        _ nothing: Result,
        _ body: (HistoryReader) throws(HistoryFault) -> Result
    ) throws(HistoryError) -> Result {
        do throws(HistoryFault) {
            return try reader.withLock { (reader) throws(HistoryFault) in
                guard let reader else { return nothing }
                return try body(reader)
            }
        } catch {
            throw HistoryError(path: path, fault: error)
        }
    }
}
