// SPDX-License-Identifier: Apache-2.0

/// Why nothing was done.
public struct Refusal: Error, Hashable, Sendable {
    /// The fixed list of reasons; the raw values are what clients of level 1 compare.
    public enum Code: String, CaseIterable, Hashable, Sendable {
        /// The key or the address is banned.
        case banned = "banned"
        /// No more sessions are let in at the moment.
        case chatIsFull = "chat-is-full"
        /// The session is in already.
        case enteredAlready = "entered-already"
        /// The person is in that room already.
        case inRoomAlready = "in-room-already"
        /// That person may enter the room already.
        case invitedAlready = "invited-already"
        /// `main` is everybody's: it cannot be made private, and at level 0 not be left for nothing.
        case mainIsForAll = "main-is-for-all"
        /// Operators keep this person from talking.
        case muted = "muted"
        /// No name was given.
        case nameMissing = "name-missing"
        /// Nothing is left of the name after cleaning.
        case nameNotFit = "name-not-fit"
        /// Somebody has a name, or owns one, that looks like it.
        case nameTaken = "name-taken"
        /// The person has that name already.
        case nameUnchanged = "name-unchanged"
        /// Nobody has that name.
        case nobodyOfThatName = "nobody-of-that-name"
        /// That person has no connection at the moment.
        case notConnected = "not-connected"
        /// The session is not in, or no longer.
        case notEntered = "not-entered"
        /// The person is not in that room, whether or not there is one.
        case notInRoom = "not-in-room"
        /// Only operators may do it.
        case notOperator = "not-operator"
        /// Only who opened the room may do it.
        case notOwner = "not-owner"
        /// There is no ban or mute of that number.
        case noSuchBan = "no-such-ban"
        /// That person has neither a key nor an address that it could be known by.
        case notRecognizable = "not-recognizable"
        /// The room is private already.
        case privateAlready = "private-already"
        /// Operators are not kicked, muted or banned.
        case protected = "protected"
        /// The server has lost touch with those that it shares one order with; no chat says so, but a server.
        case outOfTouch = "out-of-touch"
        /// The ref was used for another text.
        case refReused = "ref-reused"
        /// Words of an action that would be read as a notice.
        case readsAsNotice = "reads-as-notice"
        /// There are as many bans and mutes as there may be.
        case tooManyBans = "too-many-bans"
        /// The room has as many invitations as it may.
        case tooManyInvitations = "too-many-invitations"
        /// There are as many rooms as there may be.
        case tooManyRooms = "too-many-rooms"
        /// The person has as many connections as it may.
        case tooManySessions = "too-many-sessions"
        /// What is not for oneself: a direct message, an invitation.
        case yourself = "yourself"
        /// The person is in as many rooms as it may.
        case yourRoomsAreFull = "your-rooms-are-full"
    }

    /// What a refusal is about.
    public enum Subject: Hashable, Sendable {
        /// What was asked for, as it was written but safe.
        case given(String)
        /// A bound.
        case limit(Int)
        /// A name.
        case name(MemberName)
        /// The number of a ban or mute.
        case number(UInt64)
        /// A room, as the asker named it.
        case room(RoomName)
        /// When it ends (nil: never) and why it is so.
        case until(ChatTime?, reason: ShortText?)
    }

    /// Why.
    public let code: Code

    /// What it is about.
    public let subject: Subject?

    /// Says why.
    package init(_ code: Code, _ subject: Subject? = nil) {
        self.code = code
        self.subject = subject
    }
}
