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
    /// The last line of each room of which there is one, in any order.
    public var lastLines: [StoredLine] = []
    /// Rooms, in any order.
    public var rooms: [RoomRecord] = []
    /// Bans and mutes, in any order.
    public var sanctions: [Sanction] = []
    /// The greatest number that a ban or mute had, of those that are over as well.
    public var lastSanction: UInt64 = 0
    /// Names of keys, in any order.
    public var keyNames: [KeyName] = []

    /// Nothing at all.
    public init() {}
}
