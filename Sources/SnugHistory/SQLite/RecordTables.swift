// SPDX-License-Identifier: Apache-2.0

/// Rooms, bans and keys in a history file, for the one who writes to it.
struct RecordTables {
    /// So many holes are remembered, the latest.
    private static let maximumGaps: Int64 = 1_000

    private let database: Database
    private let putRoom: Statement
    private let removeRoom: Statement
    private let putBan: Statement
    private let removeBan: Statement
    private let putKey: Statement
    private let removeKey: Statement

    init(_ database: Database) throws(HistoryFault) {
        self.database = database
        putRoom = try database.prepare("INSERT OR REPLACE INTO room_records VALUES (?, ?, ?, ?, ?)")
        removeRoom = try database.prepare("DELETE FROM room_records WHERE name = ?")
        putBan = try database.prepare("INSERT OR REPLACE INTO bans VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
        removeBan = try database.prepare("DELETE FROM bans WHERE number = ?")
        putKey = try database.prepare("INSERT OR REPLACE INTO keys VALUES (?, ?, ?)")
        removeKey = try database.prepare("DELETE FROM keys WHERE key = ?")
    }

    func store(_ changes: RecordChanges) throws(HistoryFault) {
        for (name, room) in changes.rooms {
            guard let room else {
                try removeRoom.run([.text(name.text)])
                continue
            }
            let invited = room.invited.prefix(DurableState.maximumInvitations).flatMap(\.bytes)
            try putRoom.run([
                .text(room.name), .text(room.topic), .digest(room.owner), .flag(room.isPrivate),
                .blob(invited),
            ])
        }
        for (number, ban) in changes.bans {
            guard let ban else {
                try removeBan.run([.number(number)])
                continue
            }
            try store(ban)
        }
        for (digest, key) in changes.keys {
            guard let key else {
                try removeKey.run([.digest(digest)])
                continue
            }
            try putKey.run([.digest(key.key), .text(key.name), .integer(key.lastUsed)])
        }
    }

    private func store(_ ban: BanRecord) throws(HistoryFault) {
        var key = SQLValue.digest(nil)
        var address = SQLValue.digest(nil)
        switch ban.target {
        case .key(let digest): key = .digest(digest)
        case .address(let bytes): address = .blob(bytes)
        }
        try putBan.run([
            .number(ban.number), .integer(ban.kind.rawValue), key, address, .optionalText(ban.room),
            .text(ban.name), .text(ban.author), .text(ban.reason),
            ban.until.map { .integer($0) } ?? .digest(nil),
        ])
    }

    func store(missing ranges: [ClosedRange<UInt64>]) throws(HistoryFault) {
        guard !ranges.isEmpty else { return }
        for range in ranges {
            try database.run(
                "INSERT OR REPLACE INTO gaps VALUES (?, ?)",
                .number(range.lowerBound),
                .number(range.upperBound)
            )
        }
        try database.run(
            "DELETE FROM gaps WHERE first <= (SELECT first FROM gaps ORDER BY first DESC LIMIT 1 OFFSET ?)",
            .integer(Self.maximumGaps)
        )
    }
}
