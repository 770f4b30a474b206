// SPDX-License-Identifier: Apache-2.0

/// Why a server did nothing: every code of `refused`, in the order of the document.
public enum RefusalCode: String, CaseIterable, Error, Sendable {
    // The message
    case malformed
    case unknownType = "unknown-type"
    case notEntered = "not-entered"
    case enteredAlready = "entered-already"
    case refReused = "ref-reused"
    case tooLong = "too-long"
    case empty
    case readsAsNotice = "reads-as-notice"
    case already
    // Coming in
    case wrongPassphrase = "wrong-passphrase"
    case full
    case banned
    // Rooms
    case notInRoom = "not-in-room"
    case noSuchRoom = "no-such-room"
    case tooManyRooms = "too-many-rooms"
    case roomNotFit = "room-not-fit"
    // People
    case nameTaken = "name-taken"
    case nameNotFit = "name-not-fit"
    case noSuchPerson = "no-such-person"
    case away
    case toYourself = "to-yourself"
    case notRecognizable = "not-recognizable"
    // Rights
    case notPermitted = "not-permitted"
    case muted
    case noSuchBan = "no-such-ban"
    case tooMany = "too-many"
    // The server itself
    case failed
}

/// Why somebody is not in a room any more: the codes of `left`.
public enum LeaveReason: String, CaseIterable, Sendable {
    /// `quit`, or the connection was ended properly.
    case quit
    /// `leave`: of this room only.
    case left
    /// The connection was cut, and nobody came back in time.
    case lost
    case kicked
    case banned
    case idle
    /// Too much waited for it, or it took nothing for too long.
    case slow
}

/// Why a server ends a connection: the codes of `bye`.
public enum ByeReason: String, CaseIterable, Sendable {
    case quit
    case stopping
    case idle
    case kicked
    case banned
    /// The same stay goes on with another connection.
    case replaced
    /// Of what the `refused` before it says.
    case refused
}

/// What a server tells a client by the way: the codes of `notice`.
public enum NoticeCode: String, CaseIterable, Sendable {
    case nameChanged = "name-changed"
    case lineChanged = "line-changed"
    case notEncrypted = "not-encrypted"
    case keysWritten = "keys-written"
    case notStored = "not-stored"
    case storedAgain = "stored-again"
    case linesNotSaid = "lines-not-said"
    case linesWait = "lines-wait"
    case outOfTouch = "out-of-touch"
    case inTouchAgain = "in-touch-again"
}

/// A word of a list that later servers may make longer: a client keeps one that it does not know.
public struct Code<Known: RawRepresentable & Sendable>: Equatable, Sendable where Known.RawValue == String {
    /// The word on the wire; printable ASCII, at most `LevelOne.maximumWordBytes`.
    public let word: String

    /// What this version knows it as.
    public var known: Known? { Known(rawValue: word) }

    /// The code that is written as `known`.
    public init(_ known: Known) { word = known.rawValue }

    init(word: String) { self.word = word }
}
