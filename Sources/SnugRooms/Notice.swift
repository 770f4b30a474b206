// SPDX-License-Identifier: Apache-2.0

/// What one member alone is told.
public enum Notice: Equatable, Sendable {
    /// A page of history is on its way, and another one was asked for.
    case historyIsOnItsWay

    /// What is kept of what is said.
    case historyKept(KeptHistory)

    /// Nothing is stored from now on, since the disk takes nothing; what is said is said.
    case historyNotStored

    /// What is said is stored again.
    case historyStoredAgain

    /// History cannot be read at the moment.
    case historyUnreadable

    /// The connection ends because nothing came in for so long.
    case idle(seconds: Int)

    /// The server writes every session's keys to a file, so the encryption protects nobody.
    case keylogActive

    /// Something was taken away from a line before the others saw it.
    case lineChanged(TextChanges)

    /// So many frames of the member's that waited were not said, because its stay had ended.
    case linesNotSaid(Int)

    /// The name that was asked for had to be changed to be fit to be shown.
    case nameCleaned(given: String, name: MemberName)

    /// Nothing was left of the name that was asked for (or none was), so the room gave one.
    case nameGiven(MemberName)

    /// Another connection shows the same key, and so this one is the same person, though it asked for another name.
    case nameOfKey(MemberName)

    /// Someone has a name that looks like the one asked for, so it got a number.
    case nameTaken(given: MemberName, name: MemberName)

    /// `/r` before anybody has said anything to this member alone.
    case nobodyToReplyTo

    /// This server and others that share its chat understand each other again: what is said is told at once.
    case orderIsBack

    /// They have lost touch: nothing can be said or changed.
    case orderIsGone

    /// They are slow: what is said waits.
    case orderIsSlow

    /// The names of all members in the order they joined; the answer to `/who`.
    case online([MemberName])

    /// This member's connection is not encrypted.
    case plainTransport

    /// No more than this many members are let in; the last thing that is said on the connection.
    case roomIsFull(maximumMembers: Int)

    /// Words of an action that would be read as a notice.
    case readsAsNotice

    /// A line that begins with `/` and is no command.
    case unknownCommand(String)

    /// A command without what it needs; how it is written.
    case usage(String)
}

/// What is kept of what is said, as people are told it.
public struct KeptHistory: Hashable, Sendable {
    /// So many lines of each room at most; with 0 nothing is kept.
    public let lines: Int
    /// For so many hours.
    public let hours: Int
    /// Whether in a file, and so after the server's end.
    public let isOnDisk: Bool

    /// Makes a description.
    public init(lines: Int, hours: Int, isOnDisk: Bool) {
        self.lines = lines
        self.hours = hours
        self.isOnDisk = isOnDisk
    }
}
