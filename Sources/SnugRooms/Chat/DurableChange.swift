// SPDX-License-Identifier: Apache-2.0

/// One thing, beside lines, that is to outlast the end of the process.
public indirect enum DurableChange: Equatable, Sendable {
    /// A name belongs to a key, or was used again.
    case keyName(KeyName)
    /// A name belongs to no key any more.
    case keyNameFreed(MemberName)
    /// A room is like this from now on.
    case room(RoomRecord)
    /// A room is no more.
    case roomForgotten(RoomID)
    /// A ban or mute begins.
    case sanction(Sanction)
    /// The ban or mute of that number is over.
    case sanctionEnded(number: UInt64)
}

/// A line or an action, as history keeps it.
public struct StoredLine: Equatable, Sendable {
    /// Its event's sequence number.
    public let sequence: UInt64
    /// When it was said.
    public let time: ChatTime
    /// The room that it was said in.
    public let room: RoomID
    /// That room's name; other rooms may have the same one.
    public let roomName: RoomName
    /// Who said it.
    public let author: Who
    /// The token of the author's stay.
    public let token: TokenDigest?
    /// The client's own name for it.
    public let ref: Ref?
    /// The words.
    public let text: String
    /// Whether it is an action.
    public let isAction: Bool

    /// Makes a line, as a file has kept it.
    public init(
        sequence: UInt64,
        time: ChatTime,
        room: RoomID,
        roomName: RoomName,
        author: Who,
        token: TokenDigest?,
        ref: Ref?,
        text: String,
        isAction: Bool
    ) {
        self.sequence = sequence
        self.time = time
        self.room = room
        self.roomName = roomName
        self.author = author
        self.token = token
        self.ref = ref
        self.text = text
        self.isAction = isAction
    }
}

/// What is to be known of a room again after a restart.
public struct RoomRecord: Equatable, Sendable {
    /// Which room it is, for ever.
    public let id: RoomID
    /// Its name.
    public let name: RoomName
    /// Its topic.
    public let topic: ShortText?
    /// The key of who opened it.
    public let ownerKey: PersonKey?
    /// Whether only those may enter who are invited.
    public let isPrivate: Bool
    /// Those who are, in the order of the bytes.
    public let invitedKeys: [PersonKey]

    /// Makes a record, as a file has kept it.
    public init(
        id: RoomID,
        name: RoomName,
        topic: ShortText?,
        ownerKey: PersonKey?,
        isPrivate: Bool,
        invitedKeys: [PersonKey]
    ) {
        self.id = id
        self.name = name
        self.topic = topic
        self.ownerKey = ownerKey
        self.isPrivate = isPrivate
        self.invitedKeys = invitedKeys
    }
}

/// A name that belongs to a key.
public struct KeyName: Equatable, Sendable {
    /// The name.
    public let name: MemberName
    /// The key.
    public let key: PersonKey
    /// When somebody with the key last came or went under that name.
    public let lastUsed: ChatTime

    /// Makes a record, as a file has kept it.
    public init(name: MemberName, key: PersonKey, lastUsed: ChatTime) {
        self.name = name
        self.key = key
        self.lastUsed = lastUsed
    }
}

/// All that was kept, given to a ``Chat`` at its start.
public struct DurableState: Equatable, Sendable {
    /// The greatest sequence number of all.
    public var lastSequence: UInt64 = 0
    /// Lines with refs in their order, at least those of the last day: they are not said again.
    public var lines: [StoredLine] = []
    /// The number of the last line of each room of which there is one.
    public var lastLines: [RoomID: UInt64] = [:]
    /// Rooms, in any order.
    public var rooms: [RoomRecord] = []
    /// Bans and mutes, in any order.
    public var sanctions: [Sanction] = []
    /// Names of keys, in any order.
    public var keyNames: [KeyName] = []

    /// Nothing at all.
    public init() {}
}
