// SPDX-License-Identifier: Apache-2.0

import SnugHistory
import SnugRooms

/// What a store has to answer, from a list of all lines that were ever appended, without any bounds on memory.
struct HistoryModel {
    let retention: Retention
    private(set) var lines: [StoredLine] = []
    private(set) var lastSequence: UInt64 = 0
    private var forgotten: [RoomID: UInt64] = [:]

    init(_ retention: Retention) { self.retention = retention }

    mutating func append(_ line: StoredLine) {
        guard line.sequence > lines.last?.sequence ?? 0 else { return }
        lines.append(line)
        lastSequence = max(lastSequence, line.sequence)
        while lines.count(where: { $0.room == line.room }) > retention.lines {
            forgetFirst(in: line.room)
        }
    }

    mutating func raise(_ number: UInt64) { lastSequence = max(lastSequence, number) }

    mutating func forget(_ author: MemberName) { lines.removeAll { $0.author.name == author } }

    /// Lets go of what is too old.
    mutating func settle(now: Int64) {
        for room in Set(lines.map(\.room)) {
            while let first = lines.first(where: { $0.room == room }),
                first.time.milliseconds < now - Int64(retention.hours) * 3_600_000
            { forgetFirst(in: room) }
        }
    }

    private mutating func forgetFirst(in room: RoomID) {
        guard let index = lines.firstIndex(where: { $0.room == room }) else { return }
        forgotten[room] = max(forgotten[room] ?? 0, lines[index].sequence)
        lines.remove(at: index)
    }

    func last(in room: RoomID) -> UInt64? { lines.last { $0.room == room }?.sequence }

    var linesWithRef: [StoredLine] { lines.filter { $0.ref != nil && $0.token != nil } }

    func page(_ room: RoomID, _ selection: LineSelection, _ limit: Int) -> (
        lines: [StoredLine], hasMore: Bool
    ) {
        switch selection {
        case .after(let number):
            let all = lines.filter { $0.room == room && $0.sequence > number }
            return (Array(all.prefix(limit)), all.count > limit)
        case .before(let number):
            let all = lines.filter { $0.room == room && $0.sequence < number }
            return (Array(all.suffix(limit)), all.count > limit)
        }
    }

    /// Whether a number that is not among the lines of a room was let go of there.
    func isLost(_ number: UInt64, in room: RoomID) -> Bool { number <= forgotten[room] ?? 0 }
}
