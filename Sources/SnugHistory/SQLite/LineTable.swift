// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms

/// The lines of a history file, for the one who writes to it.
///
/// It knows how many lines each room has, so that making room takes no counting. What it knows follows the file only if
/// ``undo()`` is called where a transaction came to nothing.
struct LineTable {
    /// So many lines leave a room in a transaction of their own: a commit must not be held up for long.
    static let maximumLeaving = 500

    private struct Room {
        let id: RoomID
        var count: Int
        /// When its oldest line was said, at the earliest: nothing is too old before this is.
        var oldest: Int64
    }

    private let database: Database
    private let insertLine: Statement
    private let insertRoom: Statement
    private let deleteLines: Statement
    private let deleteRoom: Statement
    private let oldestLines: Statement
    private let raiseForgotten: Statement
    private let raiseFact: Statement

    private var rooms: [RoomID: Room] = [:]
    /// What the transaction under way has changed in `rooms`, as it was before.
    private var before: [RoomID: Room?] = [:]

    init(_ database: Database) throws(HistoryFault) {
        self.database = database
        insertLine = try database.prepare("INSERT OR IGNORE INTO lines VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        insertRoom = try database.prepare("INSERT INTO rooms VALUES (?, ?, 0)")
        deleteLines = try database.prepare("DELETE FROM lines WHERE room = ? AND sequence <= ?")
        deleteRoom = try database.prepare("DELETE FROM rooms WHERE id = ? RETURNING forgotten")
        oldestLines = try database.prepare(
            "SELECT sequence, time FROM lines WHERE room = ? ORDER BY sequence LIMIT ?"
        )
        raiseForgotten = try database.prepare(
            "UPDATE rooms SET forgotten = max(forgotten, ?2) WHERE id = ?1"
        )
        raiseFact = try database.prepare(
            "INSERT INTO facts VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = max(value, ?2)"
        )
        try load()
    }

    private mutating func load() throws(HistoryFault) {
        var loaded: [RoomID: Room] = [:]
        let counts: StaticString = """
            SELECT rooms.id, (SELECT count(*) FROM lines WHERE room = rooms.id) FROM rooms
            """
        try database.prepare(counts).eachRow([]) { (row) in
            // One of a negative number was put in by hand, and nobody reads it.
            guard row.integer(0) >= 0 else { return true }
            let id = RoomID(rawValue: row.number(0))
            loaded[id] = Room(id: id, count: Int(row.integer(1)), oldest: .min)
            return true
        }
        rooms = loaded
        before = [:]
    }

    /// A transaction came to nothing.
    mutating func undo() {
        for (id, room) in before { rooms[id] = room }
        before = [:]
    }

    /// The transaction is done.
    mutating func settle() { before = [:] }

    /// Notes that numbers up to this one were given.
    func raise(_ last: LastNumber, to number: UInt64) throws(HistoryFault) {
        try raiseFact.run([.text(last.rawValue), .number(number)])
    }

    // MARK: Adding

    mutating func insert(_ line: StoredLine) throws(HistoryFault) {
        try makeRoom(of: line)
        try insertLine.run([
            .number(line.room.rawValue), .number(line.sequence), .integer(line.time.milliseconds),
            .number(line.author.id.rawValue), .text(line.author.name.text), .digest(line.author.key?.digest),
            .digest(line.token?.digest), .optionalText(line.ref?.text), .text(line.text),
            .flag(line.isAction),
        ])
        guard database.changes > 0 else { return }
        change(line.room) { $0.count += 1 }
    }

    /// Remembers that a line was said, and not what.
    mutating func forgetAtOnce(_ line: StoredLine) throws(HistoryFault) {
        try makeRoom(of: line)
        try raiseForgotten.run([.number(line.room.rawValue), .number(line.sequence)])
    }

    private mutating func makeRoom(of line: StoredLine) throws(HistoryFault) {
        guard rooms[line.room] == nil else { return }
        try insertRoom.run([.number(line.room.rawValue), .text(line.roomName.text)])
        if before[line.room] == nil { before[line.room] = .some(nil) }
        rooms[line.room] = Room(id: line.room, count: 0, oldest: line.time.milliseconds)
    }

    private mutating func change(_ id: RoomID, _ body: (inout Room) -> Void) {
        guard var room = rooms[id] else { return }
        if before[id] == nil { before[id] = .some(room) }
        body(&room)
        rooms[id] = room
    }

    // MARK: Making room

    /// Takes the oldest lines away that a room has too many of, at most `limit`; false if there are more.
    mutating func trim(_ id: RoomID, to maximum: Int, atMost limit: Int) throws(HistoryFault) -> Bool {
        guard let room = rooms[id], room.count > maximum else { return true }
        let excess = room.count - maximum
        try remove(try oldest(of: room, atMost: min(excess, limit)), from: room)
        return excess <= limit
    }

    /// Takes some of the lines of one room away that are too old or too many; false if there may be more, in this room
    /// or in others.
    mutating func tidy(before cutoff: Int64, to maximum: Int) throws(HistoryFault) -> Bool {
        let found = rooms.values.first { room in
            room.oldest < cutoff || room.count == 0 || room.count > maximum
        }
        guard let room = found else { return true }
        let lines = try oldest(of: room, atMost: Self.maximumLeaving)
        let old = lines.prefix { $0.time < cutoff }
        let leaving = lines.prefix(max(old.count, room.count - maximum))
        if lines.isEmpty {
            try removeEmpty(room)
        } else if leaving.isEmpty {
            change(room.id) { $0.oldest = lines[0].time }
        } else {
            try remove(Array(leaving), from: room)
        }
        return false
    }

    /// Lets go of a room without lines, and remembers only that there were some.
    private mutating func removeEmpty(_ room: Room) throws(HistoryFault) {
        var forgotten: UInt64 = 0
        try deleteRoom.eachRow([.number(room.id.rawValue)]) { (row) in
            forgotten = row.number(0)
            return true
        }
        try raiseFact.run([.text("forgottenRooms"), .number(forgotten)])
        if before[room.id] == nil { before[room.id] = .some(room) }
        rooms[room.id] = nil
    }

    private func oldest(
        of room: Room,
        atMost limit: Int
    ) throws(HistoryFault) -> [(sequence: Int64, time: Int64)] {
        var lines: [(sequence: Int64, time: Int64)] = []
        try oldestLines.eachRow([.number(room.id.rawValue), .integer(Int64(limit))]) { (row) in
            lines.append((row.integer(0), row.integer(1)))
            return true
        }
        return lines
    }

    private mutating func remove(
        _ leaving: [(sequence: Int64, time: Int64)],
        from room: Room
    ) throws(HistoryFault) {
        guard let last = leaving.last else { return }
        try deleteLines.run([.number(room.id.rawValue), .integer(last.sequence)])
        let count = database.changes
        try raiseForgotten.run([.number(room.id.rawValue), .integer(last.sequence)])
        change(room.id) {
            $0.count -= count
            $0.oldest = last.time
        }
    }

    // MARK: Forgetting

    /// Takes lines away without a trace, and returns how many.
    mutating func forget(_ forgotten: Forgotten) throws(HistoryFault) -> Int {
        switch forgotten {
        case .person(let name, let key):
            try database.run(
                "DELETE FROM lines WHERE author = ?1 OR author_key = coalesce(?2, x'')",
                .text(name),
                .digest(key?.digest)
            )
        case .room(let name):
            try database.run(
                "DELETE FROM lines WHERE room IN (SELECT id FROM rooms WHERE name = ?)",
                .text(name)
            )
        }
        let count = database.changes
        if case .room(let name) = forgotten {
            try database.run("DELETE FROM rooms WHERE name = ?", .text(name))
            try database.run("DELETE FROM room_records WHERE name = ?", .text(name))
        } else if case .person(let name, let key) = forgotten {
            try database.run(
                "DELETE FROM key_names WHERE name = ?1 OR key = coalesce(?2, x'')",
                .text(name),
                .digest(key?.digest)
            )
        }
        // Every room may have lost some.
        let former = rooms
        try load()
        for id in Set(former.keys).union(rooms.keys) { before[id] = .some(former[id]) }
        return count
    }

    /// Whose key a name is.
    func key(of name: String) throws(HistoryFault) -> PersonKey? {
        var key: PersonKey?
        try database.prepare("SELECT key FROM key_names WHERE name = ?").eachRow([.text(name)]) { (row) in
            key = row.digest(0).map { PersonKey($0) }
            return false
        }
        return key
    }
}
