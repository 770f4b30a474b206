// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
public import SnugRooms

/// What happens in a chat, as messages of level 1.
extension LevelOne {
    /// The message that tells about `event`; nil for what has none, such as the end of a session.
    public static func message(for event: ChatEvent, ref: String? = nil) -> ServerMessage? {
        let who = person(event.who)
        let kind: ServerMessage.EventKind
        switch event.kind {
        case .direct(to: let recipient, let text, ref: _):
            let direct = ServerMessage.Direct(
                sequence: event.sequence,
                time: number(event.time),
                from: who,
                to: person(recipient),
                text: text
            )
            return ServerMessage(.direct(direct), ref: ref)
        case .ended: return nil
        case .banned(let ban): kind = .banned(terms(ban, by: who))
        case .invited(let guest): kind = .invited(person(guest), by: who)
        case .joined: kind = .joined(who)
        case .kicked(let person, let reason):
            kind = .kicked(self.person(person), by: who, reason: reason?.text)
        case .left(let departure): kind = .left(who, Code(reason(for: departure)))
        case .lifted(let ban): kind = .unbanned(number: ban.number, name: ban.name.text, by: who)
        case .madePrivate: kind = .private(by: who)
        case .muted(let mute): kind = .muted(terms(mute, by: who))
        case .renamed(from: let old): kind = .renamed(who, from: old.text)
        case .said(let speech, ref: _):
            kind = .said(who, text: speech.line.text, isAction: speech.isAction)
        case .topic(let topic): kind = .topic(by: who, text: topic?.text ?? "")
        }
        let told = ServerMessage.Event(
            sequence: event.sequence,
            time: number(event.time),
            room: event.room?.text ?? "",
            kind
        )
        return ServerMessage(.event(told), ref: ref)
    }

    /// The confirmation of a line that was said before.
    public static func said(
        _ speech: Speech,
        by who: Who,
        in room: RoomName,
        _ sequence: UInt64,
        _ time: ChatTime,
        _ ref: String?
    ) -> ServerMessage {
        let said = ServerMessage.Event(
            sequence: sequence,
            time: number(time),
            room: room.text,
            .said(person(who), text: speech.line.text, isAction: speech.isAction)
        )
        return ServerMessage(.event(said), ref: ref)
    }

    /// The confirmation of a line for one person that was said before; nobody may be called that any more.
    public static func direct(
        _ text: String,
        by who: Who,
        to recipient: Who?,
        called name: MemberName,
        _ sequence: UInt64,
        _ time: ChatTime,
        _ ref: String?
    ) -> ServerMessage {
        let to = recipient.map { person($0) } ?? ServerMessage.Person(id: "0", name: name.text)
        let direct = ServerMessage.Direct(
            sequence: sequence,
            time: number(time),
            from: person(who),
            to: to,
            text: text
        )
        return ServerMessage(.direct(direct), ref: ref)
    }

    /// A line that was said, told again.
    public static func message(
        for line: StoredLine,
        in room: RoomName,
        isReplay: Bool,
        ref: String?
    ) -> ServerMessage {
        let told = ServerMessage.Event(
            sequence: line.sequence,
            time: number(line.time),
            room: room.text,
            isReplay: isReplay,
            .said(person(line.author), text: line.text, isAction: line.isAction)
        )
        return ServerMessage(.event(told), ref: ref)
    }

    /// The person as everybody may see it; nil is whoever moderates from outside the chat.
    public static func person(_ who: Who?) -> ServerMessage.Person {
        // No person has the number 0: ids are numbers of events.
        guard let who else { return ServerMessage.Person(id: "0", name: Wording.anOperator.filled(with: [])) }
        return ServerMessage.Person(
            id: who.id.description,
            name: who.name.text,
            key: who.key?.description
        )
    }

    /// What a room is like and who is there.
    public static func message(
        for room: RoomSummary,
        people: [ServerMessage.Person],
        last: UInt64,
        ref: String? = nil
    ) -> ServerMessage {
        let state = ServerMessage.RoomState(
            room: room.name.text,
            topic: room.topic?.text,
            isPrivate: room.isPrivate,
            people: people,
            last: last
        )
        return ServerMessage(.room(state), ref: ref)
    }

    /// The answer to `rooms`.
    public static func message(for rooms: [RoomSummary], ref: String?) -> ServerMessage {
        let summaries = rooms.map { room in
            ServerMessage.RoomSummary(
                room: room.name.text,
                people: UInt64(clamping: room.count),
                topic: room.topic?.text,
                isPrivate: room.isPrivate
            )
        }
        return ServerMessage(.rooms(ServerMessage.Rooms(summaries)), ref: ref)
    }

    /// The answer to `bans`.
    public static func message(for sanctions: [Sanction], ref: String?) -> ServerMessage {
        let bans = sanctions.map { sanction in
            var ban = ServerMessage.Ban(
                number: sanction.number,
                name: sanction.name.text,
                what: text(for: sanction.target),
                until: sanction.until.map { number($0) },
                by: sanction.by?.text ?? Wording.anOperator.filled(with: []),
                reason: sanction.reason?.text
            )
            ban.isMute = sanction.kind == .mute
            return ban
        }
        return ServerMessage(.bans(ServerMessage.Bans(bans)), ref: ref)
    }

    /// The frames of messages that this server makes, which fit; one that does not would be left out.
    public static func frames(_ messages: some Sequence<ServerMessage>) -> [UInt8] {
        var bytes: [UInt8] = []
        for message in messages { append(message, to: &bytes) }
        return bytes
    }

    /// The frames of one message.
    public static func frames(_ message: ServerMessage) -> [UInt8] {
        var bytes: [UInt8] = []
        // Most lines fit, and a frame that grows while it is written is copied again and again.
        bytes.reserveCapacity(usualFrameBytes)
        append(message, to: &bytes)
        return bytes
    }

    /// The frame of a message that holds no list, with what the client called the message that it answers.
    public static func frame(_ frame: [UInt8], adding ref: String) -> [UInt8] {
        do throws(FramingError) { return try ServerMessage.frame(frame, adding: ref) } catch { return [] }
    }

    private static let usualFrameBytes = 256

    private static func append(_ message: ServerMessage, to bytes: inout [UInt8]) {
        // Only a text that is longer than a frame does not fit, and everything that people say is bounded below that.
        do throws(FramingError) { try message.encode(appendingTo: &bytes) } catch {}
    }

    // MARK: Values

    private static func terms(
        _ sanction: Sanction.Announcement,
        by who: ServerMessage.Person
    ) -> ServerMessage.Terms {
        ServerMessage.Terms(
            number: sanction.number,
            name: sanction.name.text,
            by: who,
            until: sanction.until.map { number($0) },
            reason: sanction.reason?.text
        )
    }

    /// A stay that was cut ends later, with the same reason whatever cut it.
    private static func reason(for departure: Departure) -> LeaveReason {
        switch departure {
        case .ended(.goodbye): .quit
        case .ended(.banned): .banned
        case .ended(.kicked), .kicked: .kicked
        case .ended(.idle): .idle
        case .ended(.slow): .slow
        case .ended(.cut), .ended(.replaced), .ended(.violation): .lost
        case .left: .left
        }
    }

    private static func number(_ time: ChatTime) -> UInt64 {
        UInt64(clamping: min(max(0, time.milliseconds), JSONLimits.number))
    }

    private static func text(for target: Sanction.Target) -> String {
        switch target {
        case .key(let key): return key.description
        case .address(let address):
            let bytes = address.bytes
            guard bytes.count == 8 else { return bytes.map(String.init).joined(separator: ".") }
            let groups = stride(from: 0, to: 8, by: 2).map {
                String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16)
            }
            return groups.joined(separator: ":") + "::/64"
        }
    }
}
