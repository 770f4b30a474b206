// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms

/// Rooms, bans, mutes and names of keys in a history file, for the one who writes to it.
struct RecordTables {
    /// So many holes are remembered, the latest.
    private static let maximumGaps: Int64 = 1_000

    private let database: Database
    private let putRoom: Statement
    private let removeRoom: Statement
    private let putSanction: Statement
    private let removeSanction: Statement
    private let putKeyName: Statement
    private let removeKeyName: Statement

    init(_ database: Database) throws(HistoryFault) {
        self.database = database
        putRoom = try database.prepare("INSERT OR REPLACE INTO room_records VALUES (?, ?, ?, ?, ?, ?)")
        removeRoom = try database.prepare("DELETE FROM room_records WHERE id = ?")
        putSanction = try database.prepare("INSERT OR REPLACE INTO sanctions VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        removeSanction = try database.prepare("DELETE FROM sanctions WHERE number = ?")
        putKeyName = try database.prepare("INSERT OR REPLACE INTO key_names VALUES (?, ?, ?)")
        removeKeyName = try database.prepare("DELETE FROM key_names WHERE name = ?")
    }

    func store(_ changes: RecordChanges) throws(HistoryFault) {
        for (id, room) in changes.rooms {
            guard let room else {
                try removeRoom.run([.number(id.rawValue)])
                continue
            }
            let invited = room.invitedKeys.prefix(HistoryFile.maximumInvitations).flatMap(\.digest.bytes)
            try putRoom.run([
                .number(id.rawValue), .text(room.name.text), .optionalText(room.topic?.text),
                .digest(room.ownerKey?.digest), .flag(room.isPrivate), .blob(invited),
            ])
        }
        for (number, sanction) in changes.sanctions {
            guard let sanction else {
                try removeSanction.run([.number(number)])
                continue
            }
            try store(sanction)
        }
        for (name, record) in changes.keyNames {
            guard let record else {
                try removeKeyName.run([.text(name.text)])
                continue
            }
            try putKeyName.run([
                .text(name.text), .digest(record.key.digest), .integer(record.lastUsed.milliseconds),
            ])
        }
    }

    private func store(_ sanction: Sanction) throws(HistoryFault) {
        var key = SQLValue.digest(nil)
        var address = SQLValue.digest(nil)
        switch sanction.target {
        case .key(let target): key = .digest(target.digest)
        case .address(let target): address = .blob(target.bytes)
        }
        try putSanction.run([
            .number(sanction.number), .integer(sanction.kind.stored), key, address, .text(sanction.name.text),
            .optionalText(sanction.by?.text), .optionalText(sanction.reason?.text),
            sanction.until.map { .integer($0.milliseconds) } ?? .digest(nil),
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

extension Sanction.Kind {
    /// How a file spells it.
    var stored: Int64 {
        switch self {
        case .ban: 0
        case .mute: 1
        }
    }

    /// Nil for what no kind is spelled as.
    init?(stored: Int64) {
        switch stored {
        case 0: self = .ban
        case 1: self = .mute
        default: return nil
        }
    }
}
