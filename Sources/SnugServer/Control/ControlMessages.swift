// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugRooms
internal import SnugSystem
internal import SnugTransport

/// Why what the server's owner asks for cannot be asked of the chat.
struct ControlFault: Error {
    let code: RefusalCode
    let text: String
}

extension ClientMessage.Kind {
    /// What the chat is asked to do to somebody.
    func moderation() throws(ControlFault) -> Request.Kind {
        switch self {
        case .ban(let ban):
            return .ban(
                try Self.name(ban.name),
                milliseconds: ban.seconds.map(Self.milliseconds),
                reason: ban.reason.flatMap { ShortText($0) },
                announcedIn: try Self.room(ban.room)
            )
        case .kick(let name, let room, let reason):
            return .kick(
                try Self.name(name),
                reason: reason.flatMap { ShortText($0) },
                from: try Self.room(room)
            )
        case .mute(let name, let room, let seconds):
            return .mute(
                try Self.name(name),
                milliseconds: seconds.map(Self.milliseconds),
                reason: nil,
                announcedIn: try Self.room(room)
            )
        case .unban(let number): return .unban(number: number, announcedIn: nil)
        default: throw ControlFault(code: .unknownType, text: "that does nothing to anybody")
        }
    }

    private static func name(_ text: String) throws(ControlFault) -> MemberName {
        guard let name = NameRequest(text).name else {
            throw ControlFault(code: .nameNotFit, text: "nobody can have that name")
        }
        return name
    }

    private static func room(_ text: String?) throws(ControlFault) -> RoomName? {
        guard let text else { return nil }
        guard let name = RoomName(text) else {
            throw ControlFault(code: .roomNotFit, text: "no room can have that name")
        }
        return name
    }

    private static func milliseconds(_ seconds: UInt64) -> Int64 {
        Int64(clamping: min(seconds, 10 * 366 * 86_400)) * 1_000
    }
}

extension Refusal.Code {
    /// What a process at the control socket compares.
    var atControl: RefusalCode {
        switch self {
        case .nobodyOfThatName: .noSuchPerson
        case .noSuchBan: .noSuchBan
        case .notInRoom: .noSuchRoom
        case .notRecognizable: .notRecognizable
        case .outOfTouch: .failed
        case .tooManyBans: .tooMany
        default: .notPermitted
        }
    }
}

extension String {
    /// A notice without the stars that tell it from what people say.
    var withoutStars: String {
        hasPrefix("* ") && hasSuffix(" *") ? String(dropFirst(2).dropLast(2)) : self
    }
}

// MARK: Answers

extension ServerMessage.Person {
    init(_ who: Who) {
        self.init(
            id: who.id.description,
            name: who.name.text,
            key: who.key.flatMap { KeyFingerprint(bytes: $0.digest.bytes) }?.description
        )
    }
}

extension ServerMessage.Session {
    init(_ seated: ChatHub.Seated, _ facts: MemberFacts) {
        self.init(
            person: ServerMessage.Person(seated.who),
            address: facts.origin.peer.description,
            since: UInt64(clamping: facts.origin.since.milliseconds),
            rooms: seated.rooms.map(\.text),
            waiting: UInt64(clamping: facts.waitingBytes)
        )
        tls = facts.origin.security?.version
        cipher = facts.origin.security?.cipher
        group = facts.origin.security?.group
    }
}

extension ServerMessage.RoomSummary {
    init(_ room: SnugRooms.RoomSummary) {
        self.init(
            room: room.name.text,
            people: UInt64(clamping: room.count),
            topic: room.topic?.text,
            isPrivate: room.isPrivate
        )
    }
}

extension ServerMessage.Ban {
    init(_ sanction: Sanction) {
        let what: String
        switch sanction.target {
        case .address(let address): what = SocketAddress.text(ofSubscriber: address.bytes)
        case .key(let key): what = KeyFingerprint(bytes: key.digest.bytes)?.description ?? ""
        }
        self.init(
            number: sanction.number,
            name: sanction.name.text,
            what: what,
            until: sanction.until.map { UInt64(clamping: $0.milliseconds) },
            by: sanction.by?.text ?? "",
            reason: sanction.reason?.text
        )
        isMute = sanction.kind == .mute
    }
}
