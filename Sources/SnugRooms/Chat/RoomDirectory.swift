// SPDX-License-Identifier: Apache-2.0

/// All rooms, and which one is meant by a name.
///
/// Open rooms have names that do not look alike. A private room takes no name away from anyone: those who may not enter
/// it open a room of that name as if it did not exist, and so cannot tell that it does. Nothing that they ask for looks at
/// private rooms, so the time that it takes does not tell either.
struct RoomDirectory: Sendable {
    private var rooms: [RoomID: ChatRoom] = [:]
    private var open: [String: RoomID] = [:]
    /// Open rooms, `main` included, in rising order.
    private var openRooms: [RoomID] = []
    /// Private rooms, in rising order, for each who owns them or was invited.
    private var privateRooms: [NameRegistry.Holder: [RoomID]] = [:]
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
    var openCount: Int { openRooms.count - 1 }

    /// The open room that nobody is in and in which nothing was said for longest.
    var longestIdle: RoomID? {
        let idle = openRooms.lazy.compactMap { rooms[$0] }.filter { $0.id != .main && $0.members.isEmpty }
        return idle.min { ($0.lastLine ?? 0, $0.id) < ($1.lastLine ?? 0, $1.id) }?.id
    }

    /// The open room that has this name or one that looks like it.
    func openRoom(_ name: RoomName) -> RoomID? {
        // A name with several looks may be like several rooms' names; the one that was opened first is as good as any.
        name.looks.compactMap { open[$0] }.min()
    }

    /// The private room of this name that `holder` was invited to, or owns.
    func privateRoom(_ name: RoomName, for holder: NameRegistry.Holder) -> RoomID? {
        privateRooms[holder]?.first { rooms[$0]?.name.looksLike(name) ?? false }
    }

    /// Open rooms, and those of `others`, in the order in which they were opened.
    func open(and others: [RoomID]) -> [ChatRoom] {
        (openRooms + others.filter { rooms[$0]?.isPrivate == true }).sorted().compactMap { rooms[$0] }
    }

    /// Whichever room of this name there is, for who may know of all.
    func anyRoom(_ name: RoomName) -> RoomID? {
        openRoom(name) ?? rooms.values.lazy.filter { $0.name.looksLike(name) }.map(\.id).min()
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

    mutating func invite(_ holder: NameRegistry.Holder, to id: RoomID) {
        rooms[id]?.invite(holder)
        if rooms[id]?.isPrivate == true { privateRooms[holder, default: []].insertSorted(id) }
    }

    mutating func disinvite(_ holder: NameRegistry.Holder, from id: RoomID) {
        rooms[id]?.disinvite(holder)
        if rooms[id]?.admits(holder) == false { shut(id, to: holder) }
    }

    /// Somebody without a key is gone, and can never be known again.
    ///
    /// - Parameter ties: the rooms that knew it.
    mutating func forget(_ person: PersonID, in ties: [RoomID]) {
        for room in ties { rooms[room]?.forget(person) }
        privateRooms[.person(person)] = nil
    }

    private mutating func shut(_ id: RoomID, to holder: NameRegistry.Holder) {
        privateRooms[holder]?.removeSorted(id)
        if privateRooms[holder]?.isEmpty == true { privateRooms[holder] = nil }
    }

    mutating func makePrivate(_ id: RoomID) {
        guard let room = rooms[id], !room.isPrivate else { return }
        delist(room)
        rooms[id]?.isPrivate = true
        if let room = rooms[id] { enlist(room) }
    }

    private mutating func enlist(_ room: ChatRoom) {
        guard !room.isPrivate else {
            privateCount += 1
            for holder in room.holders { privateRooms[holder, default: []].insertSorted(room.id) }
            return
        }
        openRooms.insertSorted(room.id)
        for look in room.name.looks { open[look] = room.id }
    }

    private mutating func delist(_ room: ChatRoom) {
        guard !room.isPrivate else {
            privateCount -= 1
            for holder in room.holders { shut(room.id, to: holder) }
            return
        }
        openRooms.removeSorted(room.id)
        for look in room.name.looks where open[look] == room.id { open[look] = nil }
    }
}
