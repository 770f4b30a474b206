// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms

/// Reads lines out of a history file; a writer beside it waits for nothing, and nor does this.
struct HistoryReader {
    private let database: Database
    private let findRoom: Statement
    private let firstYoung: Statement
    private let lastBefore: Statement
    private let linesFrom: Statement
    private let linesBefore: Statement
    private let gaps: Statement

    init(_ database: Database) throws(HistoryFault) {
        self.database = database
        findRoom = try database.prepare("SELECT name, forgotten FROM rooms WHERE id = ?")
        firstYoung = try database.prepare(
            "SELECT sequence FROM lines WHERE room = ? AND time >= ? ORDER BY sequence LIMIT 1"
        )
        lastBefore = try database.prepare(
            "SELECT sequence FROM lines WHERE room = ? AND sequence < ? ORDER BY sequence DESC LIMIT 1"
        )
        linesFrom = try database.prepare(
            """
            SELECT sequence, time, author_id, author, author_key, author_token, ref, text, is_action
            FROM lines WHERE room = ? AND sequence >= ? ORDER BY sequence LIMIT ?
            """
        )
        linesBefore = try database.prepare(
            """
            SELECT sequence, time, author_id, author, author_key, author_token, ref, text, is_action
            FROM lines WHERE room = ? AND sequence >= ? AND sequence < ? ORDER BY sequence DESC LIMIT ?
            """
        )
        gaps = try database.prepare("SELECT first, last FROM gaps")
    }

    /// Lines that a room has in the file and that are not too old.
    private struct RoomState {
        let id: RoomID
        let name: RoomName
        /// All lines up to this one are gone, or too old.
        let forgotten: UInt64
        /// The first of those that are not; nil if there are none.
        let first: Int64?
    }

    /// A page of what the file has together with what waits to be stored.
    ///
    /// - Parameters:
    ///   - cutoff: lines of before this time are too old.
    ///   - waiting: lines of this room that may not be in the file yet, and what got lost behind it. Taken before this
    ///     is called: so whatever is in neither was said later.
    func page(
        in room: RoomID,
        _ selection: LineSelection,
        limit: Int,
        cutoff: Int64,
        waiting: (lines: [StoredLine], missing: [ClosedRange<UInt64>])
    ) throws(HistoryFault) -> HistoryPage {
        try database.snapshot { () throws(HistoryFault) in
            let state = try state(of: room, cutoff: cutoff)
            var holes = try knownGaps() + waiting.missing
            if let state {
                if state.forgotten > 0 { holes.append(1...state.forgotten) }
            } else if case .after = selection, let last = try fact("forgottenRooms"), last > 0 {
                holes.append(1...last)
            }
            let waiting = waiting.lines.filter { $0.time.milliseconds >= cutoff }
            let found = try lines(state, selection, limit: limit + 1, waiting)
            let hasMore = found.count > limit
            let lines: ArraySlice<StoredLine>
            switch selection {
            case .after: lines = found.prefix(limit)
            case .before: lines = found.suffix(limit)
            }
            return HistoryPage(Array(lines), selection, hasMore: hasMore, holes: holes)
        }
    }

    private func lines(
        _ state: RoomState?,
        _ selection: LineSelection,
        limit: Int,
        _ waiting: [StoredLine]
    ) throws(HistoryFault) -> [StoredLine] {
        switch selection {
        case .after(let number):
            var stored: [StoredLine] = []
            if let state, let first = state.first, number < UInt64(Int64.max) {
                let values: [SQLValue] = [
                    .number(state.id.rawValue), .integer(max(first, Int64(number) + 1)),
                    .integer(Int64(limit)),
                ]
                stored = try collect(linesFrom, values, state)
            }
            let last = stored.last?.sequence ?? number
            return stored + waiting.filter { $0.sequence > last }
        case .before(let number):
            let behind = waiting.filter { $0.sequence < number }
            guard behind.count < limit, let state, let first = state.first else { return behind }
            let end = min(number, behind.first?.sequence ?? .max)
            let values: [SQLValue] = [
                .number(state.id.rawValue), .integer(first), .number(end),
                .integer(Int64(limit - behind.count)),
            ]
            return try collect(linesBefore, values, state).reversed() + behind
        }
    }

    private func collect(
        _ statement: Statement,
        _ values: [SQLValue],
        _ room: RoomState
    ) throws(HistoryFault) -> [StoredLine] {
        var lines: [StoredLine] = []
        var names = NameCache()
        try statement.eachRow(values) { (row) in
            lines.append(StoredLine(row, room: room.id, room.name, &names))
            return true
        }
        return lines
    }

    private func state(of room: RoomID, cutoff: Int64) throws(HistoryFault) -> RoomState? {
        let id = SQLValue.number(room.rawValue)
        var found: (name: String, forgotten: UInt64)?
        try findRoom.eachRow([id]) { (row) in
            found = (row.text(0), row.number(1))
            return false
        }
        guard let found else { return nil }
        let first = try integer(firstYoung, [id, .integer(cutoff)])
        let lastOld = try integer(lastBefore, [id, .integer(first ?? .max)])
        let forgotten = max(found.forgotten, UInt64(max(0, lastOld ?? 0)))
        let name = RoomName(fitting: found.name) ?? .nameless
        return RoomState(id: room, name: name, forgotten: forgotten, first: first)
    }

    /// The rooms that have lines that are not too old.
    func rooms(cutoff: Int64) throws(HistoryFault) -> Set<RoomID> {
        var rooms: Set<RoomID> = []
        let sql: StaticString = """
            SELECT id FROM rooms WHERE id >= 0 AND EXISTS (SELECT 1 FROM lines WHERE room = rooms.id AND time >= ?)
            """
        try database.prepare(sql).eachRow([.integer(cutoff)]) { (row) in
            rooms.insert(RoomID(rawValue: row.number(0)))
            return true
        }
        return rooms
    }

    /// The last lines with a ref and a token, of all rooms, that are not older than `time`.
    func linesWithRef(since time: Int64, limit: Int) throws(HistoryFault) -> [StoredLine] {
        var lines: [StoredLine] = []
        var names = NameCache()
        try database.snapshot { () throws(HistoryFault) in
            for room in try rooms(cutoff: time) {
                guard let state = try state(of: room, cutoff: time) else { continue }
                var count = 0
                let values: [SQLValue] = [
                    .number(state.id.rawValue), .integer(state.first ?? .max), .integer(.max), .integer(-1),
                ]
                try linesBefore.eachRow(values) { (row) in
                    guard !row.isNull(5), !row.isNull(6), row.integer(1) >= time else { return true }
                    lines.append(StoredLine(row, room: room, state.name, &names))
                    count += 1
                    return count < limit
                }
            }
        }
        return lines.filter { $0.token != nil && $0.ref != nil }.sorted { $0.sequence < $1.sequence }.suffix(
            limit
        )
    }

    /// The greatest number that anything in the file has.
    func lastSequence() throws(HistoryFault) -> UInt64 {
        max(try fact(LastNumber.sequence.rawValue) ?? 0, try lastLine())
    }

    /// The greatest number that a ban or mute had, of those that are over as well.
    func lastSanction() throws(HistoryFault) -> UInt64 { try fact(LastNumber.sanction.rawValue) ?? 0 }

    /// The greatest number of a line.
    func lastLine() throws(HistoryFault) -> UInt64 {
        let sql: StaticString = """
            SELECT max((SELECT max(sequence) FROM lines WHERE room = rooms.id)) FROM rooms
            """
        return UInt64(max(0, try database.integer(sql) ?? 0))
    }

    /// A number by chance that the file was given when it was made; nil if somebody took it out.
    func epoch() throws(HistoryFault) -> UInt64? { try fact("epoch") }

    private func fact(_ name: String) throws(HistoryFault) -> UInt64? {
        try integer(database.prepare("SELECT value FROM facts WHERE name = ?"), [.text(name)])
            .map { UInt64(max(0, $0)) }
    }

    private func knownGaps() throws(HistoryFault) -> [ClosedRange<UInt64>] {
        var ranges: [ClosedRange<UInt64>] = []
        try gaps.eachRow([]) { (row) in
            let (first, last) = (row.number(0), row.number(1))
            if first <= last { ranges.append(first...last) }
            return true
        }
        return ranges
    }

    private func integer(_ statement: Statement, _ values: [SQLValue]) throws(HistoryFault) -> Int64? {
        var value: Int64?
        try statement.eachRow(values) { (row) in
            value = row.integer(0)
            return false
        }
        return value
    }
}

/// Names that were made of the same text a moment ago: to clean one takes longer than to read its line.
struct NameCache {
    private var names: [ExactText: MemberName] = [:]

    /// The name; a text that somebody has put into the file, and that is no name, is shown as another.
    mutating func name(_ text: String) -> MemberName {
        if let name = names[ExactText(text)] { return name }
        let name = MemberName(fitting: text) ?? .anonymous
        names[ExactText(text)] = name
        return name
    }
}

extension StoredLine {
    /// The line in a row of sequence, time, author's id, name, key and token, ref, text, and whether it is an action.
    init(_ row: Row, room: RoomID, _ roomName: RoomName, _ names: inout NameCache) {
        self.init(
            sequence: row.number(0),
            time: ChatTime(milliseconds: row.integer(1)),
            room: room,
            roomName: roomName,
            author: Who(
                id: PersonID(rawValue: row.number(2)),
                name: names.name(row.text(3)),
                key: row.digest(4).map { PersonKey($0) }
            ),
            token: row.digest(5).map { TokenDigest($0) },
            ref: row.optionalText(6).flatMap { Ref($0) },
            text: ChatLine(row.text(7))?.text ?? "",
            isAction: row.integer(8) != 0
        )
    }
}
