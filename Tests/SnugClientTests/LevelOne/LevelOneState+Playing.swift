// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugClient
@testable import SnugProtocol

/// What a server says to a stay, in short.
extension LevelOneState {
    static func hello(passphrase: Bool = false, version: UInt64 = 1) -> ServerMessage {
        guard case .hello(var hello) = ModelChat().hello.kind else { return ModelChat().hello }
        hello.epoch = "now"
        hello.needsPassphrase = passphrase
        hello.version = version
        return ServerMessage(.hello(hello))
    }

    /// Connects and is let in; returns what was asked for.
    mutating func enter() throws -> ClientMessage.Enter? {
        begin()
        _ = try take(Self.hello())
        let outgoing = takeOutgoing()
        let entered = ServerMessage.Entered(you: ModelChat.person, token: "t", isResumed: false)
        _ = try take(ServerMessage(.entered(entered)))
        guard case .message(let message)? = outgoing.last, case .enter(let enter) = message.kind else {
            return nil
        }
        return enter
    }

    /// The server tells of a room that one is in, of which nothing was missed.
    mutating func open(_ room: String, isPrivate: Bool = false) throws -> [LevelOneNews] {
        let told = ServerMessage.RoomState(room: room, isPrivate: isPrivate, people: [], last: 9)
        _ = try take(ServerMessage(.room(told)))
        return try take(ServerMessage(.history(.init(room: room, count: 0, hasMore: false))))
    }

    /// Something happens in a room.
    mutating func hear(
        _ kind: ServerMessage.EventKind,
        at sequence: UInt64,
        in room: String = "main",
        isReplay: Bool = false,
        ref: String? = nil
    ) throws -> [LevelOneNews] {
        try take(Self.event(kind, at: sequence, in: room, isReplay: isReplay, ref: ref))
    }

    static func event(
        _ kind: ServerMessage.EventKind,
        at sequence: UInt64,
        in room: String = "main",
        isReplay: Bool = false,
        ref: String? = nil
    ) -> ServerMessage {
        let event = ServerMessage.Event(sequence: sequence, time: 0, room: room, isReplay: isReplay, kind)
        return ServerMessage(.event(event), ref: ref)
    }

    /// Says a line that is taken.
    mutating func saying(_ text: String, in room: String) throws -> String {
        let ref = say(text, in: room)
        return try #require(ref)
    }

    /// Says a line to one person that is taken.
    mutating func saying(_ text: String, to person: String) throws -> String {
        let ref = say(text, to: person)
        return try #require(ref)
    }

    /// What goes to the server now, without the passphrase.
    mutating func takeMessages() -> [ClientMessage] {
        takeOutgoing().compactMap { if case .message(let message) = $0 { message } else { nil } }
    }
}
