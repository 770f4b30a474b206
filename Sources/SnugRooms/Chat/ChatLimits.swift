// SPDX-License-Identifier: Apache-2.0

/// How much a ``Chat`` keeps and lets in; each has a bound.
public struct ChatLimits: Equatable, Sendable {
    /// Sessions, those included that were cut and are kept.
    public var sessions = 10_000

    /// Open rooms beside `main`.
    public var rooms = 200

    /// Private rooms.
    ///
    /// If they shared one bound with open ones, whoever opens rooms would learn of them; so only
    /// whoever makes one private learns that there are as many as there may be.
    public var privateRooms = 200

    /// Rooms of one person.
    ///
    /// `main` comes on top for who has a session that reads text there: it has to be somewhere.
    public var roomsOfAPerson = 16

    /// Sessions of one person, those included that were cut and are kept.
    public var sessionsOfAPerson = 16

    /// Bans and mutes together.
    public var sanctions = 10_000

    /// People that were invited to one room.
    public var invitations = 1_000

    /// Names that belong to keys whose owners are away; the least recently used gives way.
    public var keyNames = 10_000

    /// Names that belong to one key; the least recently used gives way.
    public var namesOfAKey = 4

    /// Refs that are kept of stays that are over, in all; the oldest stay's give way.
    public var keptRefs = 100_000

    /// How long a stay that was cut is kept, in milliseconds.
    public var holdMilliseconds: Int64 = 60_000

    /// How long the refs of a stay that is over are kept, in milliseconds.
    public var refMilliseconds: Int64 = 86_400_000

    /// How long a name belongs to a key that is not used, in milliseconds.
    public var keyNameMilliseconds: Int64 = 90 * 86_400_000

    /// How long lines are kept, in milliseconds: so long a room that everyone left has something to come back to; 0 if none
    /// are.
    public var historyMilliseconds: Int64 = 86_400_000

    /// The defaults.
    public init() {}
}
