// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms

/// What a history file has beside lines, for the start of a chat.
///
/// Names and texts are cleaned again: somebody may have edited the file.
struct RecordReader {
    /// At most so many rooms, bans and names of keys are given back each; of names those that were used last.
    private static let maximumRecords: Int64 = 10_000

    /// Longer texts are in no record that this program writes.
    private static let maximumTextBytes = 4_096

    /// What was read.
    private(set) var state = DurableState()

    /// Records that make no sense, and were left out.
    private(set) var unusable = 0

    init(_ database: Database, _ reader: HistoryReader) throws(HistoryFault) {
        state.lastSequence = try reader.lastSequence()
        state.lastSanction = try reader.lastSanction()
        try readRooms(database)
        try readSanctions(database)
        try readKeyNames(database)
    }

    private mutating func readRooms(_ database: Database) throws(HistoryFault) {
        let sql: StaticString =
            "SELECT id, name, topic, owner, is_private, invited FROM room_records ORDER BY id LIMIT ?"
        unusable += try Self.countUnusable(database, sql) { row in
            let (topic, owner, invited) = (row.optionalText(2), row.digest(3), row.blob(5))
            let keys = stride(from: 0, to: invited.count, by: 32).compactMap { start in
                Bytes32(Array(invited[start..<min(start + 32, invited.count)])).map { PersonKey($0) }
            }
            guard row.integer(0) >= 0, let name = RoomName(fitting: row.text(1)),
                (topic ?? "").utf8.count <= Self.maximumTextBytes, owner != nil || row.isNull(3),
                invited.count % 32 == 0
            else { return false }
            state.rooms.append(
                RoomRecord(
                    id: RoomID(rawValue: row.number(0)),
                    name: name,
                    topic: topic.flatMap { ShortText($0) },
                    ownerKey: owner.map { PersonKey($0) },
                    isPrivate: row.integer(4) != 0,
                    invitedKeys: Array(keys.prefix(HistoryFile.maximumInvitations))
                )
            )
            return true
        }
    }

    private mutating func readSanctions(_ database: Database) throws(HistoryFault) {
        let sql: StaticString = """
            SELECT number, kind, target_key, target_address, name, operator, reason, until FROM sanctions
            ORDER BY number LIMIT ?
            """
        unusable += try Self.countUnusable(database, sql) { row in
            let target: Sanction.Target?
            switch (row.digest(2), row.blob(3)) {
            case (let key?, []): target = .key(PersonKey(key))
            case (nil, let address): target = AddressKey(bytes: address).map { .address($0) }
            default: target = nil
            }
            let (by, reason) = (row.optionalText(5), row.optionalText(6))
            guard let target, let kind = Sanction.Kind(stored: row.integer(1)), row.integer(0) >= 0,
                let name = MemberName(fitting: row.text(4)),
                [by, reason].allSatisfy({ ($0 ?? "").utf8.count <= Self.maximumTextBytes })
            else { return false }
            state.sanctions.append(
                Sanction(
                    number: row.number(0),
                    kind: kind,
                    target: target,
                    name: name,
                    until: row.isNull(7) ? nil : ChatTime(milliseconds: row.integer(7)),
                    reason: reason.flatMap { ShortText($0) },
                    by: by.flatMap { MemberName(fitting: $0) }
                )
            )
            return true
        }
    }

    private mutating func readKeyNames(_ database: Database) throws(HistoryFault) {
        let sql: StaticString =
            "SELECT name, key, last_used FROM key_names ORDER BY last_used DESC, name LIMIT ?"
        unusable += try Self.countUnusable(database, sql) { row in
            guard let name = MemberName(fitting: row.text(0)), let key = row.digest(1) else { return false }
            let lastUsed = ChatTime(milliseconds: row.integer(2))
            state.keyNames.append(KeyName(name: name, key: PersonKey(key), lastUsed: lastUsed))
            return true
        }
    }

    /// Calls `read` with each record, and returns for how many it returned false.
    private static func countUnusable(
        _ database: Database,
        _ sql: StaticString,
        _ read: (Row) -> Bool
    ) throws(HistoryFault) -> Int {
        var unusable = 0
        try database.prepare(sql).eachRow([.integer(maximumRecords)]) { (row) in
            if !read(row) { unusable += 1 }
            return true
        }
        return unusable
    }
}

extension MemberName {
    /// A name as a file has it: nil unless it is one that may be shown, as it stands.
    init?(fitting text: String) {
        guard text.utf8.count <= Self.maximumBytes else { return nil }
        self.init(cleaning: text)
    }
}

extension RoomName {
    /// A name as a file has it: nil unless something of it may be shown.
    init?(fitting text: String) {
        guard text.utf8.count <= MemberName.maximumBytes else { return nil }
        self.init(text)
    }
}
