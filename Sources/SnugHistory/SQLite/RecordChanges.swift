// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms

/// The last change of each record, whatever came before it: no more waits than there are records.
struct RecordChanges {
    /// Nil for a record that is no more; the same below.
    private(set) var rooms: [RoomID: RoomRecord?] = [:]
    private(set) var sanctions: [UInt64: Sanction?] = [:]
    private(set) var keyNames: [ExactText: KeyName?] = [:]
    /// The greatest number that something has which is not kept.
    private(set) var sequence: UInt64 = 0

    var isEmpty: Bool { count == 0 && sequence == 0 }

    private var count: Int { rooms.count + sanctions.count + keyNames.count }

    /// Takes over a change of a record; false if there are `limit` already, of others.
    mutating func take(_ change: DurableChange, limit: Int) -> Bool {
        let hasRoom = count < limit
        return switch change {
        case .room(let room): Self.put(room, room.id, in: &rooms, hasRoom)
        case .roomForgotten(let id): Self.put(nil, id, in: &rooms, hasRoom)
        case .sanction(let sanction): Self.put(sanction, sanction.number, in: &sanctions, hasRoom)
        case .sanctionEnded(let number): Self.put(nil, number, in: &sanctions, hasRoom)
        case .keyName(let name): Self.put(name, ExactText(name.name.text), in: &keyNames, hasRoom)
        case .keyNameFreed(let name): Self.put(nil, ExactText(name.text), in: &keyNames, hasRoom)
        }
    }

    mutating func raise(_ number: UInt64) { sequence = max(sequence, number) }

    private static func put<Key, Record>(
        _ record: Record?,
        _ key: Key,
        in table: inout [Key: Record?],
        _ hasRoom: Bool
    ) -> Bool {
        guard hasRoom || table[key] != nil else { return false }
        table[key] = .some(record)
        return true
    }

    /// Lets go of what is to be forgotten and is not stored yet.
    mutating func forget(_ forgotten: Forgotten) {
        switch forgotten {
        case .room(let name): rooms = rooms.filter { $0.value?.name.text.hasSameBytes(as: name) != true }
        case .person(let name, let key):
            keyNames = keyNames.filter { entry in
                !entry.key.text.hasSameBytes(as: name) && (key == nil || entry.value?.key != key)
            }
        }
    }

    /// These changes and then those.
    func followed(by later: RecordChanges) -> RecordChanges {
        var all = self
        all.rooms.merge(later.rooms) { $1 }
        all.sanctions.merge(later.sanctions) { $1 }
        all.keyNames.merge(later.keyNames) { $1 }
        all.sequence = max(sequence, later.sequence)
        return all
    }
}
