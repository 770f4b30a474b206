// SPDX-License-Identifier: Apache-2.0

extension ServerMessage {
    /// What happened in a room, in its one order.
    public struct Event: Equatable, Sendable {
        /// Rises from event to event of a room; a server never gives one twice.
        public var sequence: UInt64
        /// Milliseconds since 1970.
        public var time: UInt64
        /// Where.
        public var room: String
        /// Whether it is told again or later: in answer to `history` or to `enter`.
        public var isReplay: Bool
        /// What.
        public var kind: EventKind

        /// Something happened.
        public init(
            sequence: UInt64,
            time: UInt64,
            room: String,
            isReplay: Bool = false,
            _ kind: EventKind
        ) {
            self.sequence = sequence
            self.time = time
            self.room = room
            self.isReplay = isReplay
            self.kind = kind
        }
    }

    /// What can happen in a room.
    public enum EventKind: Equatable, Sendable {
        /// Kept out for the number of milliseconds since 1970, or for good.
        case banned(Person, by: Person, until: UInt64?, reason: String?)
        case invited(Person, by: Person)
        case joined(Person)
        case kicked(Person, by: Person, reason: String?)
        case left(Person, Code<LeaveReason>)
        case muted(Person, by: Person, until: UInt64?)
        /// The room is for invited people from now on.
        case `private`(by: Person)
        /// The person has the new name already.
        case renamed(Person, from: String)
        case said(Person, text: String, isAction: Bool)
        case topic(by: Person, text: String)
        case unbanned(number: UInt64, name: String, by: Person)
    }

    /// A room that one is in, or asked about.
    public struct RoomState: Equatable, Sendable {
        /// Its name.
        public var room: String
        /// What it is about, if anybody said so.
        public var topic: String?
        /// Whether only invited people can enter.
        public var isPrivate: Bool
        /// Who is there, in the order of coming; with `hasMore` a part of them.
        public var people: [Person]
        /// Whether another message with more people follows at once.
        public var hasMore: Bool
        /// The sequence number of the last event that this state includes.
        public var last: UInt64

        /// A room and who is there.
        public init(
            room: String,
            topic: String? = nil,
            isPrivate: Bool = false,
            people: [Person],
            hasMore: Bool = false,
            last: UInt64
        ) {
            self.room = room
            self.topic = topic
            self.isPrivate = isPrivate
            self.people = people
            self.hasMore = hasMore
            self.last = last
        }
    }

    /// The end of what is told again of a room: after `enter`, `join` and `history`.
    public struct HistoryEnd: Equatable, Sendable {
        /// The room.
        public var room: String
        /// How many events were told.
        public var count: UInt64
        /// The sequence number of the first of them: what to ask for next is before it.
        public var first: UInt64?
        /// Whether earlier ones are kept.
        public var hasMore: Bool

        /// The end of a replay.
        public init(room: String, count: UInt64, first: UInt64? = nil, hasMore: Bool) {
            self.room = room
            self.count = count
            self.first = first
            self.hasMore = hasMore
        }
    }

    /// The rooms that one may know of.
    public struct Rooms: Equatable, Sendable {
        /// With `hasMore` a part of them.
        public var rooms: [RoomSummary]
        /// Whether another message with more of them follows at once.
        public var hasMore: Bool

        /// The rooms that one may know of.
        public init(_ rooms: [RoomSummary], hasMore: Bool = false) {
            self.rooms = rooms
            self.hasMore = hasMore
        }
    }

    /// A room in a list.
    public struct RoomSummary: Equatable, Sendable {
        /// Its name.
        public var room: String
        /// How many people are there.
        public var people: UInt64
        /// What it is about.
        public var topic: String?
        /// Whether only invited people can enter.
        public var isPrivate: Bool

        /// A room in a list.
        public init(room: String, people: UInt64, topic: String? = nil, isPrivate: Bool = false) {
            self.room = room
            self.people = people
            self.topic = topic
            self.isPrivate = isPrivate
        }
    }

    /// Who is kept out.
    public struct Bans: Equatable, Sendable {
        /// With `hasMore` a part of them.
        public var bans: [Ban]
        /// Whether another message with more of them follows at once.
        public var hasMore: Bool

        /// Who is kept out.
        public init(_ bans: [Ban], hasMore: Bool = false) {
            self.bans = bans
            self.hasMore = hasMore
        }
    }

    /// A ban in a list.
    public struct Ban: Equatable, Sendable {
        /// What `unban` takes.
        public var number: UInt64
        /// What the person was called.
        public var name: String
        /// The key or the address that is kept out, such as `sha256:…` or `192.0.2.7`.
        public var what: String
        /// Until when, in milliseconds since 1970; for good if nil.
        public var until: UInt64?
        /// The name of who did it.
        public var by: String
        /// Why, for people.
        public var reason: String?
        /// Whether the person may come in, and only not talk.
        public var isMute = false

        /// A ban in a list.
        public init(
            number: UInt64,
            name: String,
            what: String,
            until: UInt64? = nil,
            by: String,
            reason: String? = nil
        ) {
            self.number = number
            self.name = name
            self.what = what
            self.until = until
            self.by = by
            self.reason = reason
        }
    }
}

/// The `type` of each message from a server that has one.
enum ServerMessageType: String, CaseIterable {
    // The one that is sent most is compared first.
    case said
    case accepted, banned, bans, bye, direct, entered, gap, hello, history, invited, joined, kicked, left,
        muted
    case notice, ping, pong, `private`, refused, renamed, room, rooms, topic, unbanned, waiting
    case done, sessions, stats
}
