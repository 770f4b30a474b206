// SPDX-License-Identifier: Apache-2.0

/// Something that happened and that somebody is told.
///
/// Events, not text, are what a chat speaks; each level of the protocol is an encoding of them.
public struct ChatEvent: Equatable, Sendable {
    /// The place in the one order of everything: rises with each event, is never given twice, and is below 2^53.
    @inlinable public var sequence: UInt64 { content.sequence }

    /// When it happened.
    @inlinable public var time: ChatTime { content.time }

    /// Who is told.
    @inlinable public var audience: Audience { content.audience }

    /// The name of the room that it happened in.
    @inlinable public var room: RoomName? { content.room }

    /// Who did it, or whose session ended; nil for the server's own control.
    @inlinable public var who: Who? { content.who }

    /// What happened.
    @inlinable public var kind: Kind { content.kind }

    /// Of a line: the token of its author's stay.
    var token: TokenDigest? { content.token }

    /// In one object, because an event is handed on several times, and each time costs one count then.
    @usableFromInline let content: Content

    @usableFromInline
    final class Content: Equatable, Sendable {
        @usableFromInline let sequence: UInt64
        @usableFromInline let time: ChatTime
        @usableFromInline let audience: Audience
        @usableFromInline let room: RoomName?
        @usableFromInline let who: Who?
        @usableFromInline let kind: Kind
        let token: TokenDigest?

        init(
            _ sequence: UInt64,
            _ time: ChatTime,
            _ audience: Audience,
            _ room: RoomName?,
            _ who: Who?,
            _ kind: Kind,
            _ token: TokenDigest?
        ) {
            self.sequence = sequence
            self.time = time
            self.audience = audience
            self.room = room
            self.who = who
            self.kind = kind
            self.token = token
        }

        @usableFromInline
        static func == (left: Content, right: Content) -> Bool {
            left.sequence == right.sequence && left.time == right.time && left.audience == right.audience
                && left.room == right.room && left.who == right.who && left.kind == right.kind
                && left.token == right.token
        }
    }

    init(
        sequence: UInt64,
        time: ChatTime,
        audience: Audience,
        room: RoomName?,
        who: Who?,
        kind: Kind,
        token: TokenDigest? = nil
    ) {
        content = Content(sequence, time, audience, room, who, kind, token)
    }

    /// What can happen.
    public enum Kind: Equatable, Sendable {
        /// An operator keeps somebody out of the chat.
        indirect case banned(Sanction.Announcement)

        /// A line for one person alone; told to it and to whoever said it.
        indirect case direct(to: Who, String, ref: Ref?)

        /// The session's connection is to be ended; told to it alone.
        case ended(EndReason)

        /// Somebody may come into the room from now on; told to the room and to that person.
        indirect case invited(Who)

        /// The person came into the room; told to it as well.
        case joined

        /// An operator puts somebody out of the room; told to it as well.
        indirect case kicked(Who, reason: ShortText?)

        /// The person is gone from the room; told to those who remain, and to the person itself if it is still here.
        case left(Departure)

        /// An operator ended a ban or a mute.
        indirect case lifted(Sanction.Announcement)

        /// The room is for those who are in it and for those who are invited.
        case madePrivate

        /// An operator keeps somebody from talking.
        indirect case muted(Sanction.Announcement)

        /// The person has another name.
        case renamed(from: MemberName)

        /// The person said a line. Text levels do not show it to whoever said it.
        case said(Speech, ref: Ref?)

        /// The room has another topic.
        case topic(ShortText?)
    }
}

/// Who is told of an event.
public enum Audience: Hashable, Sendable {
    /// Every session of this person.
    case person(PersonID)
    /// Everyone in this room at this moment of the order.
    case room(RoomID)
    /// One session.
    case session(SessionID)
}

/// Why somebody is gone from a room.
public enum Departure: Hashable, Sendable {
    /// The last session of the person ended.
    case ended(EndReason)
    /// The person asked to leave the room, or went to another one.
    case left
    /// An operator put it out.
    case kicked
}

/// Who or what a ban or a mute concerns, and for how long.
public struct Sanction: Equatable, Sendable {
    /// What is kept from it.
    public enum Kind: Hashable, Sendable {
        /// Entering.
        case ban
        /// Talking.
        case mute
    }

    /// By what somebody is known.
    public enum Target: Hashable, Sendable {
        /// Whoever comes from this address: a ban concerns everyone there but operators, a mute those without a key.
        case address(AddressKey)
        /// Whoever has this key.
        case key(PersonKey)
    }

    /// What everyone may know of it: neither address nor key.
    public struct Announcement: Equatable, Sendable {
        /// A number to end it by.
        public let number: UInt64
        /// What is kept from somebody.
        public let kind: Kind
        /// The name that whoever was meant had.
        public let name: MemberName
        /// When it ends; nil for never.
        public let until: ChatTime?
        /// Why.
        public let reason: ShortText?
    }

    /// A number to end it by.
    public let number: UInt64

    /// What is kept from them.
    public let kind: Kind

    /// Whom it concerns.
    public let target: Target

    /// The name that whoever was meant had.
    public let name: MemberName

    /// When it ends; nil for never.
    public let until: ChatTime?

    /// Why.
    public let reason: ShortText?

    /// The name of the operator; nil for the server's own control.
    public let by: MemberName?

    /// What everyone may know of it.
    public var announcement: Announcement {
        Announcement(number: number, kind: kind, name: name, until: until, reason: reason)
    }

    /// Makes a sanction, as a file has kept it.
    public init(
        number: UInt64,
        kind: Kind,
        target: Target,
        name: MemberName,
        until: ChatTime?,
        reason: ShortText?,
        by operatorName: MemberName?
    ) {
        self.number = number
        self.kind = kind
        self.target = target
        self.name = name
        self.until = until
        self.reason = reason
        by = operatorName
    }
}
