// SPDX-License-Identifier: Apache-2.0

extension ServerMessage {
    /// What the server's owner is told, through the control socket.
    public enum Control: Equatable, Sendable {
        /// It was done, in words for people.
        case done(text: String)
        case sessions(Sessions)
        case stats(Stats)
    }

    /// Who is connected.
    public struct Sessions: Equatable, Sendable {
        /// With `hasMore` a part of them.
        public var sessions: [Session]
        /// Whether another message with more of them follows.
        public var hasMore: Bool

        /// Who is connected.
        public init(_ sessions: [Session], hasMore: Bool = false) {
            self.sessions = sessions
            self.hasMore = hasMore
        }
    }

    /// One connection of somebody who is in.
    public struct Session: Equatable, Sendable {
        /// Who it is.
        public var person: Person
        /// Where the connection comes from.
        public var address: String
        /// When it was let in, in milliseconds since 1970.
        public var since: UInt64
        /// The protocol of TLS, such as `TLSv1.3`; nil where nothing is encrypted, and so are the next two.
        public var tls: String?
        /// The cipher, such as `AES-256-GCM`.
        public var cipher: String?
        /// The group of the key exchange, such as `X25519`.
        public var group: String?
        /// The rooms that it reads.
        public var rooms: [String]
        /// How many bytes wait for it; nil if that could not be found out in time.
        public var waiting: UInt64?

        /// A connection.
        public init(person: Person, address: String, since: UInt64, rooms: [String], waiting: UInt64? = nil) {
            self.person = person
            self.address = address
            self.since = since
            self.rooms = rooms
            self.waiting = waiting
        }
    }

    /// How much there is of everything.
    public struct Stats: Equatable, Sendable {
        /// For how many seconds the server has run.
        public var seconds: UInt64
        /// People, those included who were cut off and may come back.
        public var people: UInt64
        /// Connections of people who are in.
        public var sessions: UInt64
        /// Connections without a name.
        public var strangers: UInt64
        /// Rooms, private ones and `main` included.
        public var rooms: UInt64
        /// Lines and actions that were said since the server began.
        public var lines: UInt64
        /// How many bytes wait for all connections together; nil if that could not be found out in time.
        public var waiting: UInt64?

        /// How much there is of everything.
        public init(
            seconds: UInt64,
            people: UInt64,
            sessions: UInt64,
            strangers: UInt64,
            rooms: UInt64,
            lines: UInt64,
            waiting: UInt64? = nil
        ) {
            self.seconds = seconds
            self.people = people
            self.sessions = sessions
            self.strangers = strangers
            self.rooms = rooms
            self.lines = lines
            self.waiting = waiting
        }
    }
}

// MARK: Reading

extension ServerMessage.Session {
    init(_ fields: MessageFields) throws(MessageError) {
        person = try ServerMessage.Person(fields)
        address = try fields.name("address")
        since = try fields.number("since")
        tls = try fields.optionalWord("tls")
        cipher = try fields.optionalWord("cipher")
        group = try fields.optionalWord("group")
        rooms = try fields.names("rooms", atMost: LevelOne.maximumRooms)
        waiting = try fields.optionalNumber("waiting")
    }
}

extension ServerMessage.Stats {
    init(_ fields: MessageFields) throws(MessageError) {
        seconds = try fields.number("seconds")
        people = try fields.number("people")
        sessions = try fields.number("sessions")
        strangers = try fields.number("strangers")
        rooms = try fields.number("rooms")
        lines = try fields.number("lines")
        waiting = try fields.optionalNumber("waiting")
    }
}

// MARK: Writing

extension ServerMessage.Session {
    func write(to writer: inout JSONWriter) {
        person.write(to: &writer)
        writer.member("address", address)
        writer.member("since", since)
        writer.member("tls", tls)
        writer.member("cipher", cipher)
        writer.member("group", group)
        writer.list("rooms", texts: rooms)
        writer.member("waiting", waiting)
    }
}

extension ServerMessage.Control {
    /// Everything but the list.
    func write(to writer: inout JSONWriter) {
        switch self {
        case .done(let text): writer.member("text", text)
        case .sessions: break
        case .stats(let stats):
            writer.member("seconds", stats.seconds)
            writer.member("people", stats.people)
            writer.member("sessions", stats.sessions)
            writer.member("strangers", stats.strangers)
            writer.member("rooms", stats.rooms)
            writer.member("lines", stats.lines)
            writer.member("waiting", stats.waiting)
        }
    }

    /// The member `type`.
    var type: ServerMessageType {
        switch self {
        case .done: .done
        case .sessions: .sessions
        case .stats: .stats
        }
    }
}
