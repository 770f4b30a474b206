// SPDX-License-Identifier: Apache-2.0

/// A room as a file keeps it while nobody is in it.
public struct RoomRecord: Equatable, Sendable {
    /// The room's name, always spelled the same: stores compare bytes.
    public var name: String

    /// Empty if it has none.
    public var topic: String

    /// The key of who made it; nil for somebody without one.
    public var owner: StoredDigest?

    /// Only those who were invited may enter.
    public var isPrivate: Bool

    /// The keys that may enter a private room.
    public var invited: [StoredDigest]

    /// A room with all that outlasts a restart.
    public init(
        name: String,
        topic: String = "",
        owner: StoredDigest? = nil,
        isPrivate: Bool = false,
        invited: [StoredDigest] = []
    ) {
        self.name = name
        self.topic = topic
        self.owner = owner
        self.isPrivate = isPrivate
        self.invited = invited
    }
}

/// A ban or a mute.
public struct BanRecord: Equatable, Sendable {
    /// What it keeps from whom.
    public enum Kind: Int64, Sendable {
        /// From entering.
        case ban = 0
        /// From speaking.
        case mute = 1
    }

    /// Whom it is for.
    public enum Target: Equatable, Sendable {
        /// A range of addresses, in the bytes that are compared.
        case address([UInt8])
        /// A person's key.
        case key(StoredDigest)
    }

    /// What `/unban` names it by.
    public var number: UInt64

    /// What it keeps from whom.
    public var kind: Kind

    /// Whom it is for.
    public var target: Target

    /// The one room that it is for; nil for all.
    public var room: String?

    /// What the person was called.
    public var name: String

    /// The name of who made it.
    public var author: String

    /// May be empty.
    public var reason: String

    /// When it ends, in milliseconds since 1970; nil for never.
    public var until: Int64?

    /// A ban or mute with all that is known of it.
    public init(
        number: UInt64,
        kind: Kind,
        target: Target,
        room: String? = nil,
        name: String,
        author: String,
        reason: String = "",
        until: Int64? = nil
    ) {
        self.number = number
        self.kind = kind
        self.target = target
        self.room = room
        self.name = name
        self.author = author
        self.reason = reason
        self.until = until
    }
}

/// A name that belongs to a key.
public struct KeyRecord: Equatable, Sendable {
    /// Whose name it is.
    public var key: StoredDigest

    /// The name.
    public var name: String

    /// When the key was last seen, in milliseconds since 1970.
    public var lastUsed: Int64

    /// A key with its name.
    public init(key: StoredDigest, name: String, lastUsed: Int64) {
        self.key = key
        self.name = name
        self.lastUsed = lastUsed
    }
}

/// What a chat is given back when it starts.
public struct DurableState: Equatable, Sendable {
    /// At most so many rooms, bans and keys are given back each; of keys those that were used last.
    public static let maximumRecords = 10_000

    /// At most so many invitations of each room are given back.
    public static let maximumInvitations = 1_000

    /// In the order of their names' bytes.
    public var rooms: [RoomRecord] = []

    /// In the order of their numbers.
    public var bans: [BanRecord] = []

    /// Those that were used last come first.
    public var keys: [KeyRecord] = []

    /// The greatest sequence number that was ever stored; 0 if there is none.
    public var lastSequence: UInt64 = 0

    /// Records in the file that make no sense, and were left out: somebody has edited it.
    public var unusableRecords = 0

    /// What a chat has that starts for the first time.
    public init() {}
}
