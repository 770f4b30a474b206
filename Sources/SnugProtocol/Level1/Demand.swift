// SPDX-License-Identifier: Apache-2.0

public import SnugRooms

/// What a client of level 1 asks for with one message, judged as far as that needs no chat.
///
/// Like `Input` at level 0: judging holds no lock, and what is left for the chat is safe to show and within its limits.
public enum Demand: Equatable, Sendable {
    /// The last `limit` kept lines of a room before a sequence number.
    case history(RoomName, before: UInt64?, limit: Int)

    /// An empty frame, or the answer to a `ping`: only that the client is still there.
    case nothing

    /// Wants the same id back.
    case ping(id: String)

    /// What changes nothing.
    case question(Question)

    /// The end of this session's stay.
    case quit

    /// Nothing can be done.
    case refused(ServerMessage.Refused)

    /// Something that the chat decides on.
    case request(Request.Kind)

    /// What is asked without changing anything.
    public enum Question: Equatable, Sendable {
        /// Which bans and mutes there are.
        case bans
        /// What a room is about and who is there.
        case room(RoomName)
        /// Which rooms there are.
        case rooms
    }

    /// Judges what somebody sent who is in.
    ///
    /// - Parameter names: what is remembered of this session from one message to the next.
    public init(_ message: ClientMessage, _ names: inout RoomNames) {
        do throws(RefusalCode) { self = try Self.judged(message, &names) } catch {
            self = .refused(LevelOne.refused(error))
        }
    }

    private static func judged(
        _ message: ClientMessage,
        _ names: inout RoomNames
    ) throws(RefusalCode) -> Demand {
        let ref = message.ref.flatMap { Ref($0) }
        switch message.kind {
        case .say(let room, let text, let isAction):
            return .request(.say(try speech(text, isAction), to: try place(room, &names), ref: ref))
        case .direct(let name, let text):
            return .request(.direct(to: try person(name), try line(text), ref: ref))
        case .ban(let ban):
            let terms = try (milliseconds(ban.seconds), short(ban.reason))
            let room = try placeIfAny(ban.room, &names)
            return .request(
                .ban(try person(ban.name), milliseconds: terms.0, reason: terms.1, announcedIn: room)
            )
        case .mute(let name, let room, let seconds):
            let (who, place) = (try person(name), try placeIfAny(room, &names))
            return .request(
                .mute(who, milliseconds: milliseconds(seconds), reason: nil, announcedIn: place)
            )
        case .kick(let name, let room, let reason):
            return .request(
                .kick(try person(name), reason: try short(reason), from: try placeIfAny(room, &names))
            )
        case .unban(let number): return .request(.unban(number: number, announcedIn: nil))
        case .invite(let name, let room):
            return .request(.invite(try person(name), to: try place(room, &names)))
        case .join(let room):
            guard let name = names.name(room) else { throw .roomNotFit }
            return .request(.join(name))
        case .leave(let room): return .request(.leave(try place(room, &names)))
        case .nick(let name): return .request(.rename(NameRequest(name)))
        case .private(let room): return .request(.makePrivate(try place(room, &names)))
        case .topic(let room, .some(let text)):
            return .request(.topic(try short(text), of: try place(room, &names)))
        case .topic(let room, nil), .who(let room): return .question(.room(try place(room, &names)))
        case .bans: return .question(.bans)
        case .rooms: return .question(.rooms)
        case .history(let room, let before, let limit):
            return .history(try place(room, &names), before: before, limit: Int(clamping: limit))
        case .ping(let id): return .ping(id: id)
        case .pong, .stillHere: return .nothing
        case .quit: return .quit
        case .enter: throw .enteredAlready
        case .control: throw .notPermitted
        case .unknown: throw .unknownType
        }
    }

    // MARK: Values

    private static func line(_ text: String) throws(RefusalCode) -> ChatLine {
        guard let line = ChatLine(text) else { throw .empty }
        // A client that counts is told; nothing is cut behind its back.
        guard !line.changes.contains(.shortened) else { throw .tooLong }
        return line
    }

    private static func speech(_ text: String, _ isAction: Bool) throws(RefusalCode) -> Speech {
        let line = try line(text)
        guard isAction else { return Speech(line) }
        guard let speech = Speech(action: line) else { throw .readsAsNotice }
        return speech
    }

    /// A topic or a reason; nil for one of which nothing is left.
    private static func short(_ text: String?) throws(RefusalCode) -> ShortText? {
        guard let text, let line = ChatLine(text) else { return nil }
        let short = ShortText(text)
        guard short?.text == line.text, !line.changes.contains(.shortened) else { throw .tooLong }
        return short
    }

    /// Nobody has a name that could not be one.
    private static func person(_ name: String) throws(RefusalCode) -> MemberName {
        guard let name = NameRequest(name).name else { throw .noSuchPerson }
        return name
    }

    /// Nobody is in a room whose name could not be one.
    private static func place(_ room: String, _ names: inout RoomNames) throws(RefusalCode) -> RoomName {
        guard let name = names.name(room) else { throw .notInRoom }
        return name
    }

    private static func placeIfAny(_ room: String?, _ names: inout RoomNames) throws(RefusalCode) -> RoomName?
    {
        guard let room else { return nil }
        return try place(room, &names)
    }

    /// At least a second, and at most ten years, as at level 0.
    private static func milliseconds(_ seconds: UInt64?) -> Int64? {
        seconds.map { Int64(clamping: max(1, min($0, 10 * 366 * 86_400))) * 1_000 }
    }
}
