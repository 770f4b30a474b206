// SPDX-License-Identifier: Apache-2.0

import SnugHistory

/// What a store has to answer, from a list of all lines that were ever appended, without any bounds on memory.
struct HistoryModel {
    let retention: Retention
    private(set) var lines: [StoredLine] = []
    private(set) var lastSequence: UInt64 = 0
    private var forgotten: [[UInt8]: UInt64] = [:]

    init(_ retention: Retention) { self.retention = retention }

    mutating func append(_ line: StoredLine) {
        guard line.sequence > lines.last?.sequence ?? 0 else { return }
        lines.append(line)
        lastSequence = max(lastSequence, line.sequence)
        while lines.count(where: { $0.room.utf8.elementsEqual(line.room.utf8) }) > retention.lines {
            forgetFirst(in: line.room)
        }
    }

    mutating func raise(_ number: UInt64) { lastSequence = max(lastSequence, number) }

    mutating func forget(_ author: String) { lines.removeAll { $0.author == author } }

    /// Lets go of what is too old.
    mutating func settle(now: Int64) {
        for room in Set(lines.map { Array($0.room.utf8) }).map({ String(decoding: $0, as: UTF8.self) }) {
            while let first = lines.first(where: { $0.room.utf8.elementsEqual(room.utf8) }),
                first.time < now - Int64(retention.hours) * 3_600_000
            { forgetFirst(in: room) }
        }
    }

    private mutating func forgetFirst(in room: String) {
        guard let index = lines.firstIndex(where: { $0.room.utf8.elementsEqual(room.utf8) }) else { return }
        forgotten[Array(room.utf8)] = max(forgotten[Array(room.utf8)] ?? 0, lines[index].sequence)
        lines.remove(at: index)
    }

    func last(in room: String) -> UInt64? { lines.last { $0.room.utf8.elementsEqual(room.utf8) }?.sequence }

    var linesWithRef: [StoredLine] { lines.filter { $0.ref != nil && $0.authorToken != nil } }

    func page(_ room: String, _ selection: LineSelection, _ limit: Int) -> (
        lines: [StoredLine], hasMore: Bool
    ) {
        switch selection {
        case .after(let number):
            let all = lines.filter { $0.room.utf8.elementsEqual(room.utf8) && $0.sequence > number }
            return (Array(all.prefix(limit)), all.count > limit)
        case .before(let number):
            let all = lines.filter { $0.room.utf8.elementsEqual(room.utf8) && $0.sequence < number }
            return (Array(all.suffix(limit)), all.count > limit)
        }
    }

    /// Whether a number that is not among the lines of a room was let go of there.
    func isLost(_ number: UInt64, in room: String) -> Bool { number <= forgotten[Array(room.utf8)] ?? 0 }
}
