// SPDX-License-Identifier: Apache-2.0

extension ClientMessage {
    /// Reads the payload of a frame.
    ///
    /// Members that are not known are ignored, as far as they are JSON within `JSONLimits`. Takes no memory beyond a
    /// fixed number of bytes and what the message holds.
    public init(payload: [UInt8]) throws(MessageError) {
        guard !payload.isEmpty else {
            self.init(.stillHere)
            return
        }
        let fields = try MessageFields(message: payload)
        let ref = try fields.optionalWord("ref", atMost: LevelOne.maximumReferenceBytes)
        do throws(MessageError) { self.init(try Self.kind(fields), ref: ref) } catch {
            throw MessageError(error.fault, member: error.member, ref: ref)
        }
    }

    private static func kind(_ fields: MessageFields) throws(MessageError) -> Kind {
        let word = try fields.word("type")
        guard let type = ClientMessageType(rawValue: word) else { return .unknown(type: word) }
        switch type {
        case .ban: return .ban(try Ban(fields))
        case .bans: return .bans
        case .direct:
            return .direct(
                to: try fields.name("to"),
                text: try text(fields),
                isAction: try fields.flag("action")
            )
        case .enter: return .enter(try Enter(fields))
        case .history:
            return .history(
                room: try fields.name("room"),
                before: try fields.optionalNumber("before"),
                limit: try fields.number("limit", in: 1...LevelOne.maximumHistoryLines)
            )
        case .invite: return .invite(name: try fields.name("name"), room: try fields.name("room"))
        case .join: return .join(room: try fields.name("room"))
        case .kick: return try kick(fields)
        case .leave: return .leave(room: try fields.name("room"))
        case .mute: return try mute(fields)
        case .nick: return .nick(name: try fields.name("name"))
        case .ping: return .ping(id: try fields.reference("id"))
        case .pong: return .pong(id: try fields.reference("id"))
        case .private: return .private(room: try fields.name("room"))
        case .quit: return .quit
        case .reload: return .control(.reload)
        case .rooms: return .rooms
        case .say:
            return .say(
                room: try fields.name("room"),
                text: try text(fields),
                isAction: try fields.flag("action")
            )
        case .sessions: return .control(.sessions)
        case .stats: return .control(.stats)
        case .topic:
            return .topic(
                room: try fields.name("room"),
                text: try fields.optionalText("text", atMost: LevelOne.maximumTextBytes)
            )
        case .unban: return .unban(number: try fields.number("number"))
        case .who: return .who(room: try fields.name("room"))
        }
    }

    private static func text(_ fields: MessageFields) throws(MessageError) -> String {
        try fields.text("text", atMost: LevelOne.maximumTextBytes)
    }

    private static func kick(_ fields: MessageFields) throws(MessageError) -> Kind {
        .kick(
            name: try fields.name("name"),
            room: try fields.optionalName("room"),
            reason: try fields.optionalText("reason", atMost: LevelOne.maximumTextBytes)
        )
    }

    private static func mute(_ fields: MessageFields) throws(MessageError) -> Kind {
        .mute(
            name: try fields.name("name"),
            room: try fields.optionalName("room"),
            seconds: try fields.optionalNumber("seconds")
        )
    }
}

extension ClientMessage.Enter {
    init(_ fields: MessageFields) throws(MessageError) {
        name = try fields.name("name")
        rooms = try fields.names("rooms", atMost: LevelOne.maximumRooms)
        client = try fields.optionalName("client")
        if let inner = try fields.optionalFields("resume") {
            resume = try ClientMessage.Resume(inner)
        } else {
            resume = nil
        }
        history = try fields.optionalNumber("history", in: 0...LevelOne.maximumHistoryLines)
    }
}

extension ClientMessage.Resume {
    init(_ fields: MessageFields) throws(MessageError) {
        token = try fields.word("token")
        epoch = try fields.word("epoch")
        seen = try fields.numbers("seen", atMost: LevelOne.maximumRooms).map {
            ClientMessage.Seen(room: $0.key, sequence: $0.number)
        }
    }
}

extension ClientMessage.Ban {
    init(_ fields: MessageFields) throws(MessageError) {
        name = try fields.name("name")
        room = try fields.optionalName("room")
        seconds = try fields.optionalNumber("seconds")
        reason = try fields.optionalText("reason", atMost: LevelOne.maximumTextBytes)
    }
}
