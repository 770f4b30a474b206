// SPDX-License-Identifier: Apache-2.0

extension DurableState {
    /// Longer texts are in no record that this program writes.
    private static let maximumTextBytes = 4_096

    /// Reads all records of a file; those that make no sense are counted and left out.
    init(_ database: Database, _ reader: HistoryReader) throws(HistoryFault) {
        self.init()
        lastSequence = try reader.lastSequence()
        try readRooms(database)
        try readBans(database)
        try readKeys(database)
    }

    private mutating func readRooms(_ database: Database) throws(HistoryFault) {
        let sql: StaticString =
            "SELECT name, topic, owner, is_private, invited FROM room_records ORDER BY name LIMIT ?"
        try database.prepare(sql).eachRow([.integer(Int64(Self.maximumRecords))]) { (row) in
            let (name, topic, invited) = (row.text(0), row.text(1), row.blob(4))
            let owner = row.digest(2)
            let isUsable =
                !name.isEmpty && Self.fit(name, topic) && (owner != nil || row.isNull(2))
                && invited.count % StoredDigest.byteCount == 0
            guard isUsable else {
                unusableRecords += 1
                return true
            }
            let keys = stride(from: 0, to: invited.count, by: StoredDigest.byteCount).compactMap { start in
                StoredDigest(invited[start..<start + StoredDigest.byteCount])
            }
            rooms.append(
                RoomRecord(
                    name: name,
                    topic: topic,
                    owner: owner,
                    isPrivate: row.integer(3) != 0,
                    invited: Array(keys.prefix(Self.maximumInvitations))
                )
            )
            return true
        }
    }

    private mutating func readBans(_ database: Database) throws(HistoryFault) {
        let sql: StaticString = """
            SELECT number, kind, target_key, target_address, room, name, author, reason, until FROM bans
            ORDER BY number LIMIT ?
            """
        try database.prepare(sql).eachRow([.integer(Int64(Self.maximumRecords))]) { (row) in
            let target: BanRecord.Target?
            switch (row.digest(2), row.blob(3)) {
            case (let key?, []): target = .key(key)
            case (nil, let address) where (1...64).contains(address.count): target = .address(address)
            default: target = nil
            }
            let texts = [row.optionalText(4) ?? "", row.text(5), row.text(6), row.text(7)]
            guard let target, let kind = BanRecord.Kind(rawValue: row.integer(1)), row.integer(0) >= 0,
                texts.allSatisfy({ Self.fit($0) })
            else {
                unusableRecords += 1
                return true
            }
            bans.append(
                BanRecord(
                    number: row.number(0),
                    kind: kind,
                    target: target,
                    room: row.optionalText(4),
                    name: texts[1],
                    author: texts[2],
                    reason: texts[3],
                    until: row.isNull(8) ? nil : row.integer(8)
                )
            )
            return true
        }
    }

    private mutating func readKeys(_ database: Database) throws(HistoryFault) {
        let sql: StaticString = "SELECT key, name, last_used FROM keys ORDER BY last_used DESC, key LIMIT ?"
        try database.prepare(sql).eachRow([.integer(Int64(Self.maximumRecords))]) { (row) in
            guard let key = row.digest(0), case let name = row.text(1), !name.isEmpty, Self.fit(name) else {
                unusableRecords += 1
                return true
            }
            keys.append(KeyRecord(key: key, name: name, lastUsed: row.integer(2)))
            return true
        }
    }

    private static func fit(_ texts: String...) -> Bool {
        texts.allSatisfy { $0.utf8.count <= maximumTextBytes }
    }
}
