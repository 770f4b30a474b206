// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms

/// The last lines of one room, in memory.
struct RoomLines {
    // What lies in front of `head` is gone already, and moved over from time to time rather than at each line.
    private var storage: [StoredLine] = []
    private var head = 0

    /// The number of the last line that had to go to make room or for its age; 0 if none had to.
    private(set) var forgotten: UInt64 = 0

    /// About how much memory the lines take.
    private(set) var bytes = 0

    private static let nothing = StoredLine(
        sequence: 0,
        time: ChatTime(milliseconds: 0),
        room: .main,
        roomName: .main,
        author: Who(id: PersonID(rawValue: 0), name: .anonymous, key: nil),
        token: nil,
        ref: nil,
        text: "",
        isAction: false
    )

    var lines: ArraySlice<StoredLine> { storage[head...] }

    var isEmpty: Bool { head == storage.count }

    /// Does something to the lines, and returns how many more bytes they take then.
    mutating func change(_ body: (inout RoomLines) -> Void) -> Int {
        let before = bytes
        body(&self)
        return bytes - before
    }

    mutating func append(_ line: StoredLine) {
        storage.append(line)
        bytes += line.footprint
    }

    /// Lets go of the oldest line, and says that it did.
    mutating func forgetFirst() {
        guard head < storage.count else { return }
        let line = storage[head]
        bytes -= line.footprint
        forgotten = max(forgotten, line.sequence)
        // Its text must not stay in memory until others are moved over it.
        storage[head] = Self.nothing
        head += 1
        if head > 64, head * 2 > storage.count {
            storage.removeFirst(head)
            head = 0
        }
    }

    /// Lets go of lines without a trace.
    mutating func remove(where isUnwanted: (StoredLine) -> Bool) {
        storage = lines.filter { !isUnwanted($0) }
        head = 0
        bytes = storage.reduce(0) { $0 + $1.footprint }
    }

    mutating func forget(tooOldAt cutoff: Int64) {
        while let first = lines.first, first.time.milliseconds < cutoff { forgetFirst() }
    }

    mutating func forget(beyond count: Int) {
        while storage.count - head > count { forgetFirst() }
    }

    func page(
        _ selection: LineSelection,
        limit: Int,
        alsoMissing gaps: [ClosedRange<UInt64>] = []
    ) -> HistoryPage {
        let lines = self.lines
        let chosen: ArraySlice<StoredLine>
        let hasMore: Bool
        switch selection {
        case .after(let number):
            let rest = lines[lines.partitionPoint { $0.sequence > number }...]
            chosen = rest.prefix(limit)
            hasMore = rest.count > chosen.count
        case .before(let number):
            let rest = lines[..<lines.partitionPoint { $0.sequence >= number }]
            chosen = rest.suffix(limit)
            hasMore = rest.count > chosen.count
        }
        let holes = gaps + (forgotten > 0 ? [1...forgotten] : [])
        return HistoryPage(Array(chosen), selection, hasMore: hasMore, holes: holes)
    }
}
