// SPDX-License-Identifier: Apache-2.0

/// Somebody who is in the chat, with one or more sessions, cut ones that are kept included.
struct Person: Sendable {
    let id: PersonID
    let key: PersonKey?
    var name: MemberName
    /// In the order in which they came.
    var sessions: [SessionID] = []
    /// In the order in which they were joined.
    var memberships: [Membership] = []
    /// Rooms that know somebody without a key, as who opened them or as invited, in rising order.
    var ties: [RoomID] = []

    var who: Who { Who(id: id, name: name, key: key) }

    var holder: NameRegistry.Holder { key.map { .key($0) } ?? .person(id) }

    func ticket(in room: RoomID) -> UInt64? {
        memberships.first { $0.room == room }?.ticket
    }
}

/// A room that somebody is in.
struct Membership: Equatable, Sendable {
    let room: RoomID
    let name: RoomName
    /// The number of the event with which it joined: the order of joining.
    let ticket: UInt64
}

/// One connection of a person, or what is kept of one that was cut.
struct Session: Equatable, Sendable {
    let person: PersonID
    let level: Entry.Level
    let address: AddressKey?
    let token: TokenDigest?
    let isOperator: Bool
    /// The room that it talks in; at level 1 always `main`, which is what is meant there if no room is named.
    var room = RoomID.main
    /// Whether it was cut and is kept.
    var isCut = false
}

/// What a token resumes.
struct Stay: Equatable, Sendable {
    /// Only who has this key, or none if that had none, goes on with it.
    let key: PersonKey?
    /// The session that has it, cut or not; nil once the stay is over.
    var session: SessionID?
    var refs = RefWindow()
}
