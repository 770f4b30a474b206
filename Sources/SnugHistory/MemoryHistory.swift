// SPDX-License-Identifier: Apache-2.0

public import SnugRooms
internal import SnugSystem

/// History that is kept in this process's memory, and ends with it.
///
/// A line that is too old is never given back; it leaves the memory when the next line is said, or is read, in any
/// room.
public final class MemoryHistory: HistoryStore {
    /// So often all rooms are looked through for lines that are too old.
    private static let sweepPause: Int64 = 60_000

    private let retention: Retention
    private let maximumBytes: Int
    private let clock: @Sendable () -> Int64
    private let state = Lock(State())

    /// - Parameters:
    ///   - retention: how much is kept of each room.
    ///   - maximumBytes: how much memory all lines may take together; the room with the most gives way.
    ///   - clock: the time in milliseconds since 1970, as in the lines.
    public init(
        retention: Retention = .standard,
        maximumBytes: Int = 67_108_864,
        clock: @escaping @Sendable () -> Int64 = WallClock.milliseconds
    ) {
        self.retention = retention
        self.maximumBytes = maximumBytes
        self.clock = clock
    }

    public func append(_ change: HistoryChange) {
        switch change {
        case .line(let line):
            state.withLock { state in
                state.append(line, retention, maximumBytes: maximumBytes)
                // The line has the time as well, and needs no look at the clock.
                if state.isSweepDue(at: line.time) { state.sweep(retention, now: clock()) }
            }
        case .sequence(let number): state.withLock { $0.lastSequence = max($0.lastSequence, number) }
        case .forget(let forgotten): state.withLock { $0.forget(forgotten) }
        case .gap(let gap): state.withLock { $0.append(gap) }
        // What is not in a file ends with the process, as the chat itself does.
        case .record: break
        }
    }

    public func lines(
        in room: RoomID,
        _ selection: LineSelection,
        limit: Int
    ) throws(HistoryError) -> HistoryPage {
        let limit = max(1, min(limit, HistoryPage.maximumLines))
        return swept { state in
            if let lines = state.rooms[room] {
                return lines.page(selection, limit: limit, alsoMissing: state.gaps)
            }
            var holes = state.gaps
            if case .after = selection, state.forgottenRooms > 0 { holes.append(1...state.forgottenRooms) }
            return HistoryPage([], selection, hasMore: false, holes: holes)
        }
    }

    /// Nothing outlasts the process.
    public var epoch: UInt64? { nil }

    public var lastSequence: UInt64 { state.withLock { $0.lastSequence } }

    public func roomsWithLines() throws(HistoryError) -> [RoomID] {
        swept { $0.rooms.filter { !$0.value.isEmpty }.keys.sorted() }
    }

    public func durableState() throws(HistoryError) -> DurableState { DurableState() }

    public func linesWithRef(since time: Int64, limit: Int) throws(HistoryError) -> [StoredLine] {
        swept { state in
            let lines = state.rooms.values.flatMap { room in
                room.lines.filter { $0.time.milliseconds >= time && $0.ref != nil && $0.token != nil }
            }
            return lines.sorted { $0.sequence < $1.sequence }.suffix(max(0, limit))
        }
    }

    public func close() {}

    /// Lets go of what is never given back any more.
    package func forgetWhatIsTooOld() { swept { _ in } }

    private func swept<Result: Sendable>(_ body: (State) -> Result) -> Result {
        let now = clock()
        return state.withLock { state in
            state.sweep(retention, now: now)
            return body(state)
        }
    }

    private struct State {
        var rooms: [RoomID: RoomLines] = [:]
        /// The greatest number of a line that was let go of in a room that has none left.
        var forgottenRooms: UInt64 = 0
        var lastSequence: UInt64 = 0
        /// Lines that never came.
        private(set) var gaps: [ClosedRange<UInt64>] = []
        private var lastLine: UInt64 = 0
        private var bytes = 0
        private var nextSweep = Int64.min

        mutating func append(_ line: StoredLine, _ retention: Retention, maximumBytes: Int) {
            guard line.sequence > lastLine, line.isStorable else { return }
            lastLine = line.sequence
            lastSequence = max(lastSequence, line.sequence)
            bytes += rooms[line.room, default: RoomLines()].change { lines in
                lines.append(line)
                lines.forget(beyond: retention.keepsNothing ? 0 : retention.lines)
            }
            if bytes > maximumBytes { makeRoom(maximumBytes) }
        }

        mutating func append(_ gap: ClosedRange<UInt64>) {
            gaps = (gaps + [gap]).merged()
            lastLine = max(lastLine, gap.upperBound)
            lastSequence = max(lastSequence, gap.upperBound)
        }

        func isSweepDue(at time: ChatTime) -> Bool { time.milliseconds >= nextSweep }

        /// Lets go of the oldest lines of the largest room, of many at once: looking for it takes a look at each.
        private mutating func makeRoom(_ maximumBytes: Int) {
            while bytes > maximumBytes {
                // Only its name and size: whoever holds its lines makes the next change a copy of them.
                let sizes = rooms.lazy.map { (room: $0.key, bytes: $0.value.bytes) }
                guard let largest = sizes.max(by: { $0.bytes < $1.bytes }), largest.bytes > 0 else { return }
                let enough = largest.bytes - (bytes - maximumBytes + maximumBytes / 64)
                change(largest.room) { lines in
                    while lines.bytes > enough, !lines.isEmpty { lines.forgetFirst() }
                }
            }
        }

        mutating func sweep(_ retention: Retention, now: Int64) {
            nextSweep = now.addingReportingOverflow(MemoryHistory.sweepPause).partialValue
            let cutoff = retention.cutoff(at: now)
            let stale = rooms.filter { $0.value.lines.first.map { $0.time.milliseconds < cutoff } ?? true }
                .map(\.key)
            for room in stale {
                change(room) { $0.forget(tooOldAt: cutoff) }
                guard rooms[room]?.isEmpty == true else { continue }
                forgottenRooms = max(forgottenRooms, rooms.removeValue(forKey: room)?.forgotten ?? 0)
            }
        }

        mutating func forget(_ forgotten: Forgotten) {
            let concerned = rooms.filter { $0.value.lines.contains(where: forgotten.covers) }.map(\.key)
            for room in concerned {
                change(room) { $0.remove(where: forgotten.covers) }
                if case .room = forgotten { rooms[room] = nil }
            }
        }

        private mutating func change(_ room: RoomID, _ body: (inout RoomLines) -> Void) {
            // Changed in its place: a copy would be one of all its lines.
            bytes += rooms[room]?.change(body) ?? 0
        }
    }
}
