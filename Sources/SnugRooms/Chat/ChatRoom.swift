// SPDX-License-Identifier: Apache-2.0

/// One room: who is in it, and what is known about it.
struct ChatRoom: Sendable {
    struct Member: Equatable, Sendable {
        let ticket: UInt64
        let person: PersonID
    }

    let id: RoomID
    let name: RoomName
    /// The holder of the names of who opened it; nil for `main`, and once somebody without a key is gone.
    var owner: NameRegistry.Holder?
    var topic: ShortText?
    var isPrivate = false
    /// In the order of joining, which is the order of the tickets.
    private(set) var members: [Member] = []
    /// In the order of the bytes.
    var invitedKeys: [PersonKey] = []
    /// Those without keys, in the order of their ids; nobody of them is gone.
    var invitedPeople: [PersonID] = []
    /// The number of the last line that is kept of it.
    var lastLine: UInt64?
    /// Whether a file knows of it: there is nothing to keep of a room that only people came to and went from.
    var isRecorded: Bool

    init(id: RoomID, name: RoomName, owner: NameRegistry.Holder? = nil) {
        self.id = id
        self.name = name
        self.owner = owner
        isRecorded = id == .main
    }

    /// Whether nothing would be missed without it.
    var isAbandoned: Bool { id != .main && members.isEmpty && lastLine == nil }

    var record: RoomRecord {
        var ownerKey: PersonKey?
        if case .key(let key) = owner { ownerKey = key }
        return RoomRecord(
            id: id,
            name: name,
            topic: topic,
            ownerKey: ownerKey,
            isPrivate: isPrivate,
            invitedKeys: invitedKeys
        )
    }

    /// A line was said; returns what a file has to know first.
    mutating func takeLine(_ sequence: UInt64, isKept: Bool) -> RoomRecord? {
        if isKept { lastLine = sequence }
        guard !isRecorded else { return nil }
        isRecorded = true
        return record
    }

    mutating func add(_ person: PersonID, ticket: UInt64) {
        members.append(Member(ticket: ticket, person: person))
    }

    mutating func remove(ticket: UInt64) {
        let index = members.partitionPoint { $0.ticket >= ticket }
        if index < members.count, members[index].ticket == ticket { members.remove(at: index) }
    }

    // MARK: Invitations

    var invitationCount: Int { invitedKeys.count + invitedPeople.count }

    /// Who owns it, and who was invited.
    var holders: Set<NameRegistry.Holder> {
        Set(invitedKeys.map { .key($0) } + invitedPeople.map { .person($0) } + [owner].compactMap(\.self))
    }

    /// Whether that person may enter.
    func admits(_ holder: NameRegistry.Holder) -> Bool {
        !isPrivate || owner == holder || isInvited(holder)
    }

    func isInvited(_ holder: NameRegistry.Holder) -> Bool {
        switch holder {
        case .key(let key): invitedKeys.holdsSorted(key)
        case .person(let id): invitedPeople.holdsSorted(id)
        }
    }

    mutating func invite(_ holder: NameRegistry.Holder) {
        switch holder {
        case .key(let key): invitedKeys.insertSorted(key)
        case .person(let id): invitedPeople.insertSorted(id)
        }
    }

    mutating func disinvite(_ holder: NameRegistry.Holder) {
        switch holder {
        case .key(let key): invitedKeys.removeSorted(key)
        case .person(let id): invitedPeople.removeSorted(id)
        }
    }

    /// Somebody without a key is gone, and can never be known again.
    mutating func forget(_ person: PersonID) {
        invitedPeople.removeSorted(person)
        if owner == .person(person) { owner = nil }
    }
}

extension Array where Element: Comparable {
    /// Whether an array in rising order has it.
    func holdsSorted(_ element: Element) -> Bool {
        let index = partitionPoint { $0 >= element }
        return index < count && self[index] == element
    }

    /// Puts it at its place in an array in rising order, once.
    mutating func insertSorted(_ element: Element) {
        let index = partitionPoint { $0 >= element }
        if index == count || self[index] != element { insert(element, at: index) }
    }

    /// Takes it out of an array in rising order.
    mutating func removeSorted(_ element: Element) {
        let index = partitionPoint { $0 >= element }
        if index < count, self[index] == element { remove(at: index) }
    }
}
