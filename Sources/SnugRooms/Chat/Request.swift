// SPDX-License-Identifier: Apache-2.0

/// What one session asks a ``Chat`` for.
public struct Request: Equatable, Sendable {
    /// Who asks; of no meaning for what nobody asks for (`tick`, `operators`).
    public let session: SessionID

    /// Whether it comes from the server's own control: a moderator without a person.
    public let isControl: Bool

    /// What is asked for.
    public let kind: Kind

    /// Makes a request.
    public init(_ kind: Kind, by session: SessionID, isControl: Bool = false) {
        self.kind = kind
        self.session = session
        self.isControl = isControl
    }

    /// What can be asked for.
    ///
    /// Where a room is nil, the one is meant that the session talks in (`main` at level 1).
    public enum Kind: Equatable, Sendable {
        /// Keeps somebody out. `milliseconds` nil is for ever.
        case ban(MemberName, milliseconds: Int64?, reason: ShortText?, announcedIn: RoomName?)

        /// Says something to one person alone.
        case direct(to: MemberName, ChatLine, ref: Ref?)

        /// The session's connection has ended.
        case end(EndReason)

        /// Lets a new connection in.
        indirect case enter(Entry)

        /// Lets somebody into a private room.
        case invite(MemberName, to: RoomName?)

        /// Enters another room, and opens it if there is none of that name. At level 0 the session leaves its own.
        case join(RoomName)

        /// Puts somebody out of a room; out of `main`, or by the server's own control and out of no room that it names,
        /// is out of the chat.
        case kick(MemberName, reason: ShortText?, from: RoomName?)

        /// Leaves a room.
        case leave(RoomName?)

        /// Lets nobody else into the room who was not invited.
        case makePrivate(RoomName?)

        /// Keeps somebody from talking. `milliseconds` nil is for ever.
        case mute(MemberName, milliseconds: Int64?, reason: ShortText?, announcedIn: RoomName?)

        /// A server is gone, and with it the connections of all its sessions; said again, it changes nothing.
        ///
        /// With `cut` it may come back with them, and so all are held for a while; where it has said goodbye, only
        /// whoever can come back elsewhere is.
        case nodeEnded(NodeNumber, EndReason)

        /// Those who may moderate, from now on.
        case operators([PersonKey])

        /// Asks for another name.
        case rename(NameRequest)

        /// The session's connection was held for ended and goes on; refused if its stay is over.
        case returned

        /// Says something to a room.
        case say(Speech, to: RoomName?, ref: Ref?)

        /// Nothing: only what has come due is done.
        case tick

        /// Sets the topic; nil takes it away.
        case topic(ShortText?, of: RoomName?)

        /// Ends the ban or mute of that number.
        case unban(number: UInt64, announcedIn: RoomName?)
    }
}

/// Somebody who wants to come in.
public struct Entry: Equatable, Sendable {
    /// The protocol that a session speaks.
    public enum Level: Equatable, Sendable {
        /// Text: the session is in exactly one room.
        case text
        /// JSON: the session reads every room of its person.
        case typed
    }

    /// The name that is asked for.
    public var name: NameRequest

    /// The name that is given if nothing is left of that one, for example `anon-53422`.
    public var fallbackName: String

    /// The protocol.
    public var level: Level

    /// The key that the connection has proved to have.
    public var key: PersonKey?

    /// Where it comes from; nil for what no ban by address may concern, such as a Unix socket.
    public var address: AddressKey?

    /// Rooms to be in beside `main`.
    public var rooms: [RoomName] = []

    /// The digest of the token that the client shows, to go on with an earlier stay.
    public var resume: TokenDigest?

    /// The digest of a new token for the stay, unless an earlier one goes on.
    public var newToken: TokenDigest?

    /// Whether the session came through the control socket and so may moderate.
    public var isOperator = false

    /// Nobody waits for it any more then: an order that is late must not have a stay taken over by who went elsewhere.
    package var until: ChatTime?

    /// An entry with a name and nothing else.
    public init(_ name: NameRequest, fallbackName: String, level: Level = .text) {
        self.name = name
        self.fallbackName = fallbackName
        self.level = level
    }
}

/// Why a session's connection ended.
public enum EndReason: String, CaseIterable, Hashable, Sendable {
    /// Somebody with this key or from this address is banned.
    case banned
    /// The connection was cut, without a word.
    case cut
    /// `/quit`, or the end of what the client sends.
    case goodbye
    /// Nothing was heard of it for too long.
    case idle
    /// An operator put it out of the chat.
    case kicked
    /// The same client came back on another connection.
    case replaced
    /// It did not take what it was sent.
    case slow
    /// What it sent was against the protocol.
    case violation

    /// Whether whoever comes back in time was never away.
    var keepsTheStay: Bool {
        switch self {
        case .cut, .idle, .slow: true
        case .banned, .goodbye, .kicked, .replaced, .violation: false
        }
    }
}
