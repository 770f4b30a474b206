// SPDX-License-Identifier: Apache-2.0

/// One frame from a client at level 1.
public struct ClientMessage: Equatable, Sendable {
    /// What is asked for.
    public var kind: Kind

    /// What the client calls this message; the answer carries it.
    public var ref: String?

    /// A message, with the client's name for it if it has one.
    public init(_ kind: Kind, ref: String? = nil) {
        self.kind = kind
        self.ref = ref
    }

    /// Everything that a client can ask for.
    ///
    /// Names of people and rooms are as the client wrote them: to clean and to judge them is the server's business.
    public enum Kind: Equatable, Sendable {
        case ban(Ban)
        case bans
        case control(Control)
        case direct(to: String, text: String, isAction: Bool)
        case enter(Enter)
        case history(room: String, before: UInt64?, limit: UInt64)
        case invite(name: String, room: String)
        case join(room: String)
        case kick(name: String, room: String?, reason: String?)
        case leave(room: String)
        case mute(name: String, room: String?, seconds: UInt64?)
        case nick(name: String)
        case ping(id: String)
        case pong(id: String)
        /// Makes a room one for invited people only.
        case `private`(room: String)
        case quit
        case rooms
        case say(room: String, text: String, isAction: Bool)
        /// The empty frame.
        case stillHere
        /// Shows the topic without a text, and sets it with one.
        case topic(room: String, text: String?)
        case unban(number: UInt64)
        /// A type of a later version, or none; a server answers it with `RefusalCode.unknownType`.
        case unknown(type: String)
        case who(room: String)
    }

    /// The first message, behind the passphrase if there is one.
    public struct Enter: Equatable, Sendable {
        /// Who one wants to be called.
        public var name: String
        /// Where one wants to be, besides `main`; at most `LevelOne.maximumRooms`.
        public var rooms: [String]
        /// The client and its version, for the server's log.
        public var client: String?
        /// The stay to go on with.
        public var resume: Resume?
        /// How many lines of each room to tell that were said before; at most `LevelOne.maximumHistoryLines`.
        public var history: UInt64?

        /// What a client says of itself.
        public init(
            name: String,
            rooms: [String],
            client: String? = nil,
            resume: Resume? = nil,
            history: UInt64? = nil
        ) {
            self.name = name
            self.rooms = rooms
            self.client = client
            self.resume = resume
            self.history = history
        }
    }

    /// What a client knows of an earlier stay.
    public struct Resume: Equatable, Sendable {
        /// The token that the earlier stay was given.
        public var token: String
        /// The epoch of the server that gave it.
        public var epoch: String
        /// The last sequence number that was received of each room; at most `LevelOne.maximumRooms`.
        public var seen: [Seen]

        /// What a client knows of an earlier stay.
        public init(token: String, epoch: String, seen: [Seen]) {
            self.token = token
            self.epoch = epoch
            self.seen = seen
        }
    }

    /// How far a client has received a room.
    public struct Seen: Equatable, Sendable {
        /// The room's name.
        public var room: String
        /// The last sequence number that was received of it.
        public var sequence: UInt64

        /// How far a client has received `room`.
        public init(room: String, sequence: UInt64) {
            self.room = room
            self.sequence = sequence
        }
    }

    /// Whom to keep out.
    public struct Ban: Equatable, Sendable {
        /// The person, whose key is banned, or whose address if there is none.
        public var name: String
        /// Where it is told; `main` if nil.
        public var room: String?
        /// For how long; for good if nil.
        public var seconds: UInt64?
        /// Why, for people.
        public var reason: String?

        /// Keeps `name` out.
        public init(name: String, room: String? = nil, seconds: UInt64? = nil, reason: String? = nil) {
            self.name = name
            self.room = room
            self.seconds = seconds
            self.reason = reason
        }
    }
}

/// The `type` of each message from a client that has one.
enum ClientMessageType: String, CaseIterable {
    // The one that is sent most is compared first.
    case say
    case ban, bans, direct, enter, history, invite, join, kick, leave, mute, nick, ping, pong, `private`, quit
    case rooms, topic, unban, who
    case reload, sessions, stats
}
