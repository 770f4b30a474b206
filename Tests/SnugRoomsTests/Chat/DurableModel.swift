// SPDX-License-Identifier: Apache-2.0

@testable import SnugRooms

/// What a file holds after the changes that a chat has reported.
struct DurableModel {
    private(set) var rooms: [RoomID: RoomRecord] = [:]
    private(set) var sanctions: [UInt64: Sanction] = [:]
    private(set) var keyNames: [String: KeyName] = [:]
    private(set) var lastSanction: UInt64 = 0
    private(set) var lines: [StoredLine] = []

    mutating func apply(_ outcome: Outcome) {
        for change in outcome.changes { apply(change) }
        if let line = outcome.line { lines.append(line) }
    }

    private mutating func apply(_ change: DurableChange) {
        switch change {
        case .keyName(let record): keyNames[record.name.text] = record
        case .keyNameFreed(let name): keyNames[name.text] = nil
        case .room(let record): rooms[record.id] = record
        case .roomForgotten(let id): rooms[id] = nil
        case .sanction(let sanction):
            sanctions[sanction.number] = sanction
            lastSanction = max(lastSanction, sanction.number)
        case .sanctionEnded(let number): sanctions[number] = nil
        }
    }

    /// What the file would be given back as; lines are kept for rooms of which the chat says so.
    func state(for chat: Chat) -> DurableState {
        var state = DurableState()
        state.lastSequence = chat.lastSequence
        state.rooms = Array(rooms.values)
        state.sanctions = Array(sanctions.values)
        state.lastSanction = lastSanction
        state.keyNames = Array(keyNames.values)
        state.lines = lines
        state.lastLines = chat.allRooms.compactMap { room in lines.last { $0.sequence == room.lastLine } }
        return state
    }

    /// How the file differs from what it should hold.
    func difference(from chat: Chat) -> String? {
        guard sanctions.values.sorted(by: { $0.number < $1.number }) == chat.allSanctions else {
            return "other bans are stored"
        }
        let names = chat.names.snapshot.names
        guard keyNames == Dictionary(uniqueKeysWithValues: names.map { ($0.name.text, $0) }) else {
            return "other names are stored"
        }
        for room in chat.rooms.all where room.isRecorded {
            // Of main there is nothing to keep before it has a topic.
            if room.id == .main, room.topic == nil, rooms[room.id] == nil { continue }
            // An owner without a key is nobody for a file.
            guard rooms[room.id] == room.record else { return "\(room.name) is stored otherwise" }
        }
        guard rooms.keys.allSatisfy({ chat.rooms[$0]?.isRecorded == true }) else {
            return "a room is stored that is no more"
        }
        guard lines.allSatisfy({ rooms[$0.room] != nil || $0.room == .main || chat.rooms[$0.room] == nil })
        else {
            return "a line in no room is stored"
        }
        return nil
    }
}
