// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugRooms

/// A room that one is in, as far as a client has to know it.
struct KnownRoom: Sendable {
    struct Person: Equatable, Sendable {
        let id: String
        var name: ShownName
        var key: String?
        /// Rises with every line that somebody says; 0 for who has said nothing.
        var lastSpoke = 0
    }

    /// Who is beyond that is not completed by Tab, and no more.
    static let maximumPeople = 1_000

    /// Of more people than that a server tells no more (docs/protocol-1.md): whoever is not named may be there.
    static let peopleTold = 500

    let name: RoomName
    var topic = ""
    var isPrivate = false
    private(set) var people: [Person] = []
    /// Whether nobody else is there.
    private(set) var isWhole = false
    /// Whether it was told on this connection, and whether on any.
    var isTold = false
    var wasEverTold = false
    /// Lines that came while one talked in another room.
    var unread = 0
    var isMentioned = false
    /// The sequence number of the first line that was shown.
    var first: UInt64?
    /// The greatest sequence number that is known to have been given.
    private(set) var latest: UInt64 = 0
    /// The same when the connection was lost: only what came behind it was said meanwhile.
    private(set) var latestBeforeLoss: UInt64 = 0

    init(_ name: RoomName) { self.name = name }

    func index(of id: String) -> Int? { people.firstIndex { $0.id == id } }

    mutating func add(_ person: Person) {
        if let index = index(of: person.id) {
            people[index].name = person.name
            people[index].key = person.key
        } else if people.count < Self.maximumPeople {
            people.append(person)
        } else {
            isWhole = false
        }
    }

    mutating func remove(_ id: String) { people.removeAll { $0.id == id } }

    mutating func rename(_ id: String, to name: ShownName) {
        if let index = index(of: id) { people[index].name = name }
    }

    mutating func noteSpeaking(_ id: String, _ number: Int) {
        if let index = index(of: id) { people[index].lastSpoke = number }
    }

    /// Takes who is there by the server's list.
    mutating func replacePeople(by list: [Person]) {
        people = list
        isWhole = list.count < Self.peopleTold
    }

    /// That sequence number was given.
    mutating func note(_ sequence: UInt64) { latest = max(latest, sequence) }

    /// What has come so far was not missed.
    mutating func noteLoss() { latestBeforeLoss = latest }

    /// Sequence numbers begin anew, and all of them are missed.
    mutating func forgetSequence() { (latest, latestBeforeLoss) = (0, 0) }
}

/// The rooms that one is in, in the order of their numbers, and the one that one talks in.
struct KnownRooms: Sendable {
    private(set) var all = [KnownRoom(.main)]

    /// Where what is typed is said.
    private(set) var current = RoomName.main

    private var lines = 0

    /// Where a room is in the list; those that look the same are the same.
    func index(of room: RoomName) -> Int? {
        all.firstIndex { $0.name == room } ?? all.firstIndex { $0.name.looksLike(room) }
    }

    var currentRoom: KnownRoom? { index(of: current).map { all[$0] } }

    /// Whether somebody of that id is known under that name.
    func know(_ id: String, as name: ShownName) -> Bool {
        all.contains { room in room.people.contains { $0.id == id && $0.name == name } }
    }

    func isName(_ name: MemberName) -> Bool {
        all.contains { room in room.people.contains { $0.name.member?.looksLike(name) == true } }
    }

    mutating func change(_ room: RoomName, _ body: (inout KnownRoom) -> Void) {
        if let index = index(of: room) { body(&all[index]) }
    }

    /// Adds a room that one is in; false if it is one more than anybody is in.
    mutating func add(_ room: RoomName) -> Bool {
        guard index(of: room) == nil else { return true }
        guard all.count < LevelOne.maximumRooms else { return false }
        all.append(KnownRoom(room))
        return true
    }

    /// Forgets a room; one talks in the first one then, if it was that.
    mutating func remove(_ room: RoomName) {
        guard let index = index(of: room) else { return }
        let name = all.remove(at: index).name
        if all.isEmpty { all = [KnownRoom(.main)] }
        if name == current { enter(all[0].name) }
    }

    /// Talks in another room from now on.
    mutating func enter(_ room: RoomName) {
        guard let index = index(of: room) else { return }
        current = all[index].name
        all[index].unread = 0
        all[index].isMentioned = false
    }

    /// No room is told yet on the next connection.
    mutating func forgetConnection() { changeAll { $0.isTold = false } }

    /// Changes each room.
    mutating func changeAll(_ body: (inout KnownRoom) -> Void) {
        for index in all.indices { body(&all[index]) }
    }

    /// Somebody else said a line; what was said before one came is nothing that waits to be read.
    mutating func note(lineBy id: String, in room: RoomName, isMention: Bool, isNews: Bool = true) {
        guard let index = index(of: room) else { return }
        lines += 1
        all[index].noteSpeaking(id, lines)
        guard isNews, all[index].name != current else { return }
        all[index].unread += 1
        if isMention { all[index].isMentioned = true }
    }

    /// The names of the current room, who spoke last first.
    func names(except id: String?) -> [String] {
        let people = currentRoom?.people.filter { $0.id != id } ?? []
        let speakers = people.filter { $0.lastSpoke > 0 }.sorted { $0.lastSpoke > $1.lastSpoke }
        return (speakers + people.filter { $0.lastSpoke == 0 }).map(\.name.text)
    }

    /// `#main`, and in brackets the rooms in which something is unread, with a "!" where one is meant.
    var prompt: String {
        let unread = all.filter { $0.unread > 0 }
        guard !unread.isEmpty else { return "\(current)> " }
        var rooms = unread.prefix(Self.roomsInPrompt).map { room in
            "\(room.name.text):\(room.unread > 99 ? "99+" : "\(room.unread)")\(room.isMentioned ? "!" : "")"
        }
        if unread.count > rooms.count { rooms.append("+\(unread.count - rooms.count)") }
        return "\(current)(\(rooms.joined(separator: ",")))> "
    }

    private static let roomsInPrompt = 2
}
