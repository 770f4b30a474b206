// SPDX-License-Identifier: Apache-2.0

/// All rooms, and which one is meant by a name.
///
/// Open rooms have names that do not look alike. A private room takes no name away from anyone: those who may not enter
/// it open a room of that name as if it did not exist, and so cannot tell that it does.
struct RoomDirectory: Sendable {
    private var rooms: [RoomID: ChatRoom] = [:]
    private var open: [String: RoomID] = [:]
    /// In rising order for each look.
    private var closed: [String: [RoomID]] = [:]
    private(set) var privateCount = 0

    init() {
        add(ChatRoom(id: .main, name: .main))
    }

    subscript(id: RoomID) -> ChatRoom? {
        get { rooms[id] }
        _modify { yield &rooms[id] }
    }

    /// In the order in which they were opened.
    var all: [ChatRoom] { rooms.values.sorted { $0.id < $1.id } }

    var count: Int { rooms.count }

    /// Open rooms beside `main`.
    var openCount: Int { rooms.count - privateCount - 1 }

    /// The open room that nobody is in and in which nothing was said for longest.
    var longestIdle: RoomID? {
        let idle = rooms.values.lazy.filter { $0.id != .main && !$0.isPrivate && $0.members.isEmpty }
        return idle.min { ($0.lastLine ?? 0, $0.id) < ($1.lastLine ?? 0, $1.id) }?.id
    }

    /// The open room that has this name or one that looks like it.
    func openRoom(_ name: RoomName) -> RoomID? {
        // A name with several looks may be like several rooms' names; the one that was opened first is as good as any.
        name.looks.compactMap { open[$0] }.min()
    }

    /// The private room of this name that `holder` was invited to, or owns.
    func privateRoom(_ name: RoomName, for holder: NameRegistry.Holder) -> RoomID? {
        guard privateCount > 0 else { return nil }
        return name.looks.flatMap { closed[$0] ?? [] }.filter { rooms[$0]?.admits(holder) ?? false }.min()
    }

    /// Whichever room of this name there is, for who may know of all.
    func anyRoom(_ name: RoomName) -> RoomID? {
        openRoom(name) ?? name.looks.flatMap { closed[$0] ?? [] }.min()
    }

    mutating func add(_ room: ChatRoom) {
        guard rooms.updateValue(room, forKey: room.id) == nil else { return }
        enlist(room)
    }

    mutating func remove(_ id: RoomID) {
        guard let room = rooms.removeValue(forKey: id) else { return }
        delist(room)
    }

    /// Notes that a line was said in a room; returns what a file has to know first.
    mutating func takeLine(_ sequence: UInt64, in id: RoomID, isKept: Bool) -> RoomRecord? {
        rooms.reading(id) { $0.takeLine(sequence, isKept: isKept) } ?? nil
    }

    mutating func makePrivate(_ id: RoomID) {
        guard let room = rooms[id], !room.isPrivate else { return }
        delist(room)
        rooms[id]?.isPrivate = true
        if let room = rooms[id] { enlist(room) }
    }

    private mutating func enlist(_ room: ChatRoom) {
        if room.isPrivate { privateCount += 1 }
        for look in room.name.looks {
            if room.isPrivate {
                closed[look, default: []].insertSorted(room.id)
            } else {
                open[look] = room.id
            }
        }
    }

    private mutating func delist(_ room: ChatRoom) {
        if room.isPrivate { privateCount -= 1 }
        for look in room.name.looks {
            if room.isPrivate {
                closed[look]?.removeSorted(room.id)
                if closed[look]?.isEmpty == true { closed[look] = nil }
            } else if open[look] == room.id {
                open[look] = nil
            }
        }
    }
}
