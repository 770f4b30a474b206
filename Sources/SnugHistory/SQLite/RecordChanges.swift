// SPDX-License-Identifier: Apache-2.0

/// The last change of each record, whatever came before it: no more waits than there are records.
struct RecordChanges {
    /// Nil for a record that is no more; the same below.
    private(set) var rooms: [ExactText: RoomRecord?] = [:]
    private(set) var bans: [UInt64: BanRecord?] = [:]
    private(set) var keys: [StoredDigest: KeyRecord?] = [:]
    /// The greatest number that something has which is not kept.
    private(set) var sequence: UInt64 = 0

    var isEmpty: Bool { count == 0 && sequence == 0 }

    private var count: Int { rooms.count + bans.count + keys.count }

    /// Takes over a change of a record; false if there are `limit` already, of others.
    mutating func take(_ change: HistoryChange, limit: Int) -> Bool {
        let hasRoom = count < limit
        switch change {
        case .room(let room): return put(room, ExactText(room.name), in: \.rooms, hasRoom)
        case .roomGone(let name): return put(nil, ExactText(name), in: \.rooms, hasRoom)
        case .ban(let ban): return put(ban, ban.number, in: \.bans, hasRoom)
        case .banGone(let number): return put(nil, number, in: \.bans, hasRoom)
        case .key(let key): return put(key, key.key, in: \.keys, hasRoom)
        case .keyGone(let key): return put(nil, key, in: \.keys, hasRoom)
        case .sequence(let number): sequence = max(sequence, number)
        case .line, .forget: break
        }
        return true
    }

    private mutating func put<Key, Record>(
        _ record: Record?,
        _ key: Key,
        in table: WritableKeyPath<Self, [Key: Record?]>,
        _ hasRoom: Bool
    ) -> Bool {
        guard hasRoom || self[keyPath: table][key] != nil else { return false }
        self[keyPath: table][key] = .some(record)
        return true
    }

    /// Lets go of what is to be forgotten and is not stored yet.
    mutating func forget(_ forgotten: Forgotten) {
        switch forgotten {
        case .room(let name): rooms[ExactText(name)] = nil
        case .person(let name, let key):
            keys = keys.filter { $0.key != key && $0.value.map { !$0.name.hasSameBytes(as: name) } ?? true }
        }
    }

    /// These changes and then those.
    func followed(by later: RecordChanges) -> RecordChanges {
        var all = self
        all.rooms.merge(later.rooms) { $1 }
        all.bans.merge(later.bans) { $1 }
        all.keys.merge(later.keys) { $1 }
        all.sequence = max(sequence, later.sequence)
        return all
    }
}
