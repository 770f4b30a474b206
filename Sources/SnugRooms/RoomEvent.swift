// SPDX-License-Identifier: Apache-2.0

/// Something that happened in the room and that its members are told.
///
/// Events, not text, are what the room speaks; `LevelZero` is one encoding of them.
public struct RoomEvent: Equatable, Sendable {
    /// The place in the room's one order: 1 for its first event, rising by one.
    public let sequence: UInt64

    /// The member it is about.
    public let member: MemberID

    /// What happened.
    public let kind: Kind

    /// What can happen in a room.
    public enum Kind: Equatable, Sendable {
        /// The member came in; told to everyone, the member included.
        case joined(MemberName)

        /// The member is gone; told to those who remain, once for each `joined`.
        case left(MemberName)

        /// The member has another name; told to everyone.
        case renamed(from: MemberName, to: MemberName)

        /// The member said a line; told to everyone else.
        case said(MemberName, String)

        /// Whether somebody came, went or got another name.
        public var changesNames: Bool {
            if case .said = self { false } else { true }
        }
    }

    /// Whether the event is kept from the member it is about: a line never goes back to its sender.
    public var excludesItsMember: Bool {
        if case .said = kind { true } else { false }
    }
}
