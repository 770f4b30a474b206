// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import SnugRooms
import SnugSystem
import SnugTerminal

@testable import SnugClient

/// A conversation that hears what a server could say, on clocks that the test moves.
struct Talk {
    typealias Person = ServerMessage.Person

    static let aisha = Person(id: "12", name: "aisha")
    static let ben = Person(id: "13", name: "ben")
    static let carla = Person(id: "14", name: "carla", key: "sha256:n4bQ")

    var conversation: Conversation
    var now = Moment(calendar: UnixTime(seconds: 1_764_244_800), clock: .start + .seconds(100_000))
    private var sequence: UInt64 = 100

    /// Somebody called aisha who is not in yet.
    init(
        _ style: ConversationOptions.Style = .marks,
        room: String? = nil,
        change: (inout ConversationOptions) -> Void = { _ in }
    ) {
        var options = ConversationOptions(name: "aisha", mark: "m")
        options.time = .none
        options.style = style
        options.room = room
        change(&options)
        conversation = Conversation(options)
    }

    /// aisha in `main` with ben, and nothing told yet of what follows.
    static func begun(
        _ style: ConversationOptions.Style = .marks,
        change: (inout ConversationOptions) -> Void = { _ in }
    ) -> Talk {
        var talk = Talk(style, change: change)
        talk.begin()
        return talk
    }

    mutating func begin() {
        _ = hear(.hello(Self.hello()))
        _ = enter()
    }

    /// Let in, as after a lost connection.
    mutating func enter(isResumed: Bool = false, people: [Person] = [aisha, ben]) -> [String] {
        hear(.entered(.init(you: Self.aisha, token: "t", isResumed: isResumed)))
            + hear(.room(.init(room: "main", people: people, last: sequence)))
            + hear(.history(.init(room: "main", count: 0, hasMore: false))) + rows(take(.settled))
    }

    static func hello(epoch: String = "e1", lines: UInt64 = 0) -> ServerMessage.Hello {
        ServerMessage.Hello(
            server: "test",
            epoch: epoch,
            needsPassphrase: false,
            limits: .init(
                name: .init(characters: 20, bytes: 80),
                line: .init(characters: 500, bytes: 2_000),
                rooms: 16,
                burst: 10,
                perSecond: 5
            ),
            history: .init(lines: lines, hours: 24, isOnDisk: false)
        )
    }

    // MARK: What happens

    mutating func take(_ news: LevelOneNews) -> [Conversation.Effect] { conversation.take(news, at: now) }

    /// The effects of something that happened in a room.
    mutating func effects(
        _ kind: ServerMessage.EventKind,
        in room: String = "main",
        isReplay: Bool = false,
        ref: String? = nil
    ) -> [Conversation.Effect] {
        sequence += 1
        let event = ServerMessage.Event(
            sequence: sequence,
            time: UInt64(now.calendar.seconds) * 1_000,
            room: room,
            isReplay: isReplay,
            kind
        )
        return take(.message(ServerMessage(.event(event), ref: ref)))
    }

    /// The rows of something that happened in a room.
    mutating func hear(
        _ kind: ServerMessage.EventKind,
        in room: String = "main",
        isReplay: Bool = false,
        ref: String? = nil
    ) -> [String] {
        rows(effects(kind, in: room, isReplay: isReplay, ref: ref))
    }

    mutating func hear(_ kind: ServerMessage.Kind, ref: String? = nil) -> [String] {
        rows(take(.message(ServerMessage(kind, ref: ref))))
    }

    mutating func direct(from: Person, to: Person, _ text: String, ref: String? = nil) -> [Conversation
        .Effect]
    {
        sequence += 1
        let direct = ServerMessage.Direct(
            sequence: sequence,
            time: UInt64(now.calendar.seconds) * 1_000,
            from: from,
            to: to,
            text: text
        )
        return take(.message(ServerMessage(.direct(direct), ref: ref)))
    }

    /// A room that one has been let into.
    mutating func join(_ room: String, people: [Person] = [aisha, ben], isPrivate: Bool = false) -> [String] {
        let state = ServerMessage.RoomState(room: room, isPrivate: isPrivate, people: people, last: sequence)
        return hear(.room(state)) + hear(.history(.init(room: room, count: 0, hasMore: false)))
            + hear(.joined(Self.aisha), in: room)
    }

    mutating func wait(_ duration: Duration) -> [String] {
        now.clock = now.clock + duration
        now.calendar = now.calendar + duration
        return rows(conversation.proceed(at: now))
    }

    // MARK: What is typed

    mutating func type(_ line: String) -> [Conversation.Act] { conversation.typed(line, at: now) }

    /// The rows about what was typed.
    mutating func shown(typing line: String) -> [String] {
        type(line).compactMap { act in if case .show(let row) = act { row.text } else { nil } }
    }

    func rows(_ effects: [Conversation.Effect]) -> [String] { effects.compactMap(\.row?.text) }
}

extension Conversation.Effect {
    var row: StyledText? { if case .show(let row) = self { row } else { nil } }
}
