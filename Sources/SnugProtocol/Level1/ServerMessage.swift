// SPDX-License-Identifier: Apache-2.0

/// One frame from a server at level 1.
public struct ServerMessage: Equatable, Sendable {
    /// What is told.
    public var kind: Kind

    /// What the client called the message that this answers.
    ///
    /// Only the sender of that message gets it, so what all others get is encoded once without it.
    public var ref: String?

    /// A message, with the `ref` of the one that it answers if it answers one.
    public init(_ kind: Kind, ref: String? = nil) {
        self.kind = kind
        self.ref = ref
    }

    /// Everything that a server says.
    public enum Kind: Equatable, Sendable {
        /// The passphrase was right.
        case accepted
        case bans(Bans)
        /// The connection ends; whoever is given a number of seconds may come back after them.
        case bye(Code<ByeReason>, after: UInt64?)
        case control(Control)
        case direct(Direct)
        case entered(Entered)
        case event(Event)
        /// What lies between the two sequence numbers is no longer kept.
        case gap(room: String, after: UInt64, before: UInt64)
        case hello(Hello)
        case history(HistoryEnd)
        /// Something to know, for people.
        case notice(Code<NoticeCode>, text: String)
        case ping(id: String)
        case pong(id: String)
        case refused(Refused)
        case room(RoomState)
        case rooms(Rooms)
        /// The empty frame.
        case stillHere
        /// A type of a later version; a client ignores it.
        case unknown(type: String)
        /// So many lines of this client wait for the rate limit.
        case waiting(lines: UInt64)
    }

    /// A person as everybody may see it.
    public struct Person: Equatable, Sendable {
        /// Stays the same when the name changes; of this server, until its epoch changes.
        public var id: String
        /// The name.
        public var name: String
        /// `sha256:` and the digest of the person's public key, for whoever has proved one.
        public var key: String?

        /// A person.
        public init(id: String, name: String, key: String? = nil) {
            self.id = id
            self.name = name
            self.key = key
        }
    }

    /// The first message: what the client needs to know before it says anything.
    public struct Hello: Equatable, Sendable {
        /// `LevelOne.number`.
        public var version: UInt64
        /// The server and its version, for people.
        public var server: String
        /// Changes when sequence numbers may have begun anew.
        public var epoch: String
        /// Whether the client has to send a passphrase.
        public var needsPassphrase: Bool
        /// How much a client may send.
        public var limits: Limits
        /// What the server keeps.
        public var history: HistoryPolicy
        /// Where other servers of the same chat are, each as `host:port`.
        public var nodes: [String]

        /// What a server says of itself.
        public init(
            version: UInt64 = LevelOne.number,
            server: String,
            epoch: String,
            needsPassphrase: Bool,
            limits: Limits,
            history: HistoryPolicy,
            nodes: [String] = []
        ) {
            self.nodes = nodes
            self.version = version
            self.server = server
            self.epoch = epoch
            self.needsPassphrase = needsPassphrase
            self.limits = limits
            self.history = history
        }
    }

    /// How much a client may send.
    public struct Limits: Equatable, Sendable {
        /// Characters and bytes of a name.
        public var name: TextLimit
        /// Characters and bytes of a line.
        public var line: TextLimit
        /// How many rooms one is in at most.
        public var rooms: UInt64
        /// How many lines go through at once.
        public var burst: UInt64
        /// How many more each second; 0 means that there is no limit.
        public var perSecond: UInt64

        /// A server's limits.
        public init(name: TextLimit, line: TextLimit, rooms: UInt64, burst: UInt64, perSecond: UInt64) {
            self.name = name
            self.line = line
            self.rooms = rooms
            self.burst = burst
            self.perSecond = perSecond
        }
    }

    /// How long a text may be.
    public struct TextLimit: Equatable, Sendable {
        /// Characters as people count them.
        public var characters: UInt64
        /// Bytes of UTF-8.
        public var bytes: UInt64

        /// How long a text may be.
        public init(characters: UInt64, bytes: UInt64) {
            self.characters = characters
            self.bytes = bytes
        }
    }

    /// What the server keeps of a room.
    public struct HistoryPolicy: Equatable, Sendable {
        /// How many lines of each room; 0 means none.
        public var lines: UInt64
        /// For how many hours.
        public var hours: UInt64
        /// Whether they are on the server's disk.
        public var isOnDisk: Bool

        /// What a server keeps.
        public init(lines: UInt64, hours: UInt64, isOnDisk: Bool) {
            self.lines = lines
            self.hours = hours
            self.isOnDisk = isOnDisk
        }
    }

    /// One is in.
    public struct Entered: Equatable, Sendable {
        /// Who one is; the name may be another than was asked for.
        public var you: Person
        /// What resumes this stay; a secret.
        public var token: String
        /// Whether the stay that was asked for goes on, and nobody was told anything.
        public var isResumed: Bool

        /// One is in.
        public init(you: Person, token: String, isResumed: Bool) {
            self.you = you
            self.token = token
            self.isResumed = isResumed
        }
    }

    /// A line for one person alone.
    public struct Direct: Equatable, Sendable {
        /// Its place; no room has another event with it.
        public var sequence: UInt64
        /// Milliseconds since 1970.
        public var time: UInt64
        /// Who said it.
        public var from: Person
        /// Whom it is for.
        public var to: Person
        /// What was said, safe for a terminal.
        public var text: String

        /// A line for one person alone.
        public init(sequence: UInt64, time: UInt64, from: Person, to: Person, text: String) {
            self.sequence = sequence
            self.time = time
            self.from = from
            self.to = to
            self.text = text
        }
    }

    /// Nothing was done.
    public struct Refused: Equatable, Sendable {
        /// Why, for programs.
        public var code: Code<RefusalCode>
        /// Why, for people: one sentence.
        public var text: String
        /// What to do about it, for people.
        public var hint: String?

        /// Nothing was done.
        public init(_ code: RefusalCode, text: String, hint: String? = nil) {
            self.init(Code(code), text: text, hint: hint)
        }

        init(_ code: Code<RefusalCode>, text: String, hint: String?) {
            self.code = code
            self.text = text
            self.hint = hint
        }
    }
}
