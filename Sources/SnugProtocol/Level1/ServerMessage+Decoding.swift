// SPDX-License-Identifier: Apache-2.0

extension ServerMessage {
    /// Reads the payload of a frame.
    ///
    /// Members that are not known are ignored, as far as they are JSON within `JSONLimits`. Texts are as the server wrote
    /// them: a client makes them safe for its terminal before it shows them.
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
        guard let type = ServerMessageType(rawValue: word) else { return .unknown(type: word) }
        switch type {
        case .accepted: return .accepted
        case .banned, .invited, .joined, .kicked, .left, .muted, .private, .renamed, .said, .topic, .unbanned:
            return .event(try Event(type, fields))
        case .bans: return .bans(try Bans(fields))
        case .bye: return .bye(try fields.code("reason"), after: try fields.optionalNumber("after"))
        case .direct: return .direct(try Direct(fields))
        case .done: return .control(.done(text: try fields.sentence("text")))
        case .entered: return .entered(try Entered(fields))
        case .gap:
            return .gap(
                room: try fields.name("room"),
                after: try fields.number("after"),
                before: try fields.number("before")
            )
        case .hello: return .hello(try Hello(fields))
        case .history: return .history(try HistoryEnd(fields))
        case .notice: return .notice(try fields.code("code"), text: try fields.sentence("text"))
        case .ping: return .ping(id: try fields.reference("id"))
        case .pong: return .pong(id: try fields.reference("id"))
        case .refused: return .refused(try Refused(fields))
        case .room: return .room(try RoomState(fields))
        case .rooms: return .rooms(try Rooms(fields))
        case .sessions:
            let sessions = try fields.list("sessions", of: Session.init)
            return .control(.sessions(Sessions(sessions, hasMore: try fields.flag("more"))))
        case .stats: return .control(.stats(try Stats(fields)))
        case .waiting: return .waiting(lines: try fields.number("lines"))
        }
    }
}

extension MessageFields {
    fileprivate func code<Known>(_ key: StaticString) throws(MessageError) -> Code<Known> {
        Code(word: try word(key))
    }

    fileprivate func sentence(_ key: StaticString) throws(MessageError) -> String {
        try text(key, atMost: LevelOne.maximumTextBytes)
    }

    fileprivate func optionalSentence(_ key: StaticString) throws(MessageError) -> String? {
        try optionalText(key, atMost: LevelOne.maximumTextBytes)
    }

    fileprivate func person(_ key: StaticString) throws(MessageError) -> ServerMessage.Person {
        try ServerMessage.Person(try fields(key))
    }
}

extension ServerMessage.Person {
    init(_ fields: MessageFields) throws(MessageError) {
        id = try fields.reference("id")
        name = try fields.name("name")
        key = try fields.optionalWord("key")
    }
}

extension ServerMessage.Event {
    fileprivate init(_ type: ServerMessageType, _ fields: MessageFields) throws(MessageError) {
        sequence = try fields.number("seq")
        time = try fields.number("time")
        room = try fields.name("room")
        isReplay = try fields.flag("replay")
        kind = try ServerMessage.EventKind(type, fields)
    }
}

extension ServerMessage.EventKind {
    fileprivate init(_ type: ServerMessageType, _ fields: MessageFields) throws(MessageError) {
        switch type {
        case .banned:
            self = .banned(try ServerMessage.Terms(fields))
        case .invited: self = .invited(try fields.person("who"), by: try fields.person("by"))
        case .joined: self = .joined(try fields.person("who"))
        case .kicked:
            self = .kicked(
                try fields.person("who"),
                by: try fields.person("by"),
                reason: try fields.optionalSentence("reason")
            )
        case .left: self = .left(try fields.person("who"), try fields.code("reason"))
        case .muted:
            self = .muted(try ServerMessage.Terms(fields))
        case .private: self = .private(by: try fields.person("by"))
        case .renamed: self = .renamed(try fields.person("who"), from: try fields.name("was"))
        case .topic: self = .topic(by: try fields.person("by"), text: try fields.sentence("text"))
        case .unbanned:
            self = .unbanned(
                number: try fields.number("number"),
                name: try fields.name("name"),
                by: try fields.person("by")
            )
        // Only the types of events come here.
        default:
            self = .said(
                try fields.person("from"),
                text: try fields.sentence("text"),
                isAction: try fields.flag("action")
            )
        }
    }
}

extension ServerMessage.Terms {
    fileprivate init(_ fields: MessageFields) throws(MessageError) {
        number = try fields.number("number")
        name = try fields.name("name")
        by = try fields.person("by")
        until = try fields.optionalNumber("until")
        reason = try fields.optionalSentence("reason")
    }
}

extension ServerMessage.Hello {
    fileprivate init(_ fields: MessageFields) throws(MessageError) {
        version = try fields.number("protocol")
        server = try fields.name("server")
        epoch = try fields.word("epoch")
        needsPassphrase = try fields.flag("passphrase")
        let inner = try fields.fields("limits")
        limits = ServerMessage.Limits(
            name: try ServerMessage.TextLimit(try inner.fields("name")),
            line: try ServerMessage.TextLimit(try inner.fields("line")),
            rooms: try inner.number("rooms"),
            burst: try inner.number("burst"),
            perSecond: try inner.number("perSecond")
        )
        let kept = try fields.fields("history")
        history = ServerMessage.HistoryPolicy(
            lines: try kept.number("lines"),
            hours: try kept.number("hours"),
            isOnDisk: try kept.flag("onDisk")
        )
        nodes = try fields.names("nodes", atMost: LevelOne.maximumNodes)
    }
}

extension ServerMessage.TextLimit {
    fileprivate init(_ fields: MessageFields) throws(MessageError) {
        characters = try fields.number("characters")
        bytes = try fields.number("bytes")
    }
}

extension ServerMessage.Entered {
    fileprivate init(_ fields: MessageFields) throws(MessageError) {
        you = try fields.person("you")
        token = try fields.word("token")
        isResumed = try fields.flag("resumed")
    }
}

extension ServerMessage.Direct {
    fileprivate init(_ fields: MessageFields) throws(MessageError) {
        sequence = try fields.number("seq")
        time = try fields.number("time")
        from = try fields.person("from")
        to = try fields.person("to")
        text = try fields.sentence("text")
    }
}

extension ServerMessage.Refused {
    fileprivate init(_ fields: MessageFields) throws(MessageError) {
        self.init(
            try fields.code("code"),
            text: try fields.sentence("text"),
            hint: try fields.optionalSentence("hint")
        )
    }
}

extension ServerMessage.RoomState {
    fileprivate init(_ fields: MessageFields) throws(MessageError) {
        room = try fields.name("room")
        topic = try fields.optionalSentence("topic")
        isPrivate = try fields.flag("private")
        people = try fields.list("people", of: ServerMessage.Person.init)
        hasMore = try fields.flag("more")
        last = try fields.number("last")
    }
}

extension ServerMessage.HistoryEnd {
    fileprivate init(_ fields: MessageFields) throws(MessageError) {
        room = try fields.name("room")
        count = try fields.number("count")
        first = try fields.optionalNumber("first")
        hasMore = try fields.flag("more")
    }
}

extension ServerMessage.Rooms {
    fileprivate init(_ fields: MessageFields) throws(MessageError) {
        rooms = try fields.list("rooms", of: ServerMessage.RoomSummary.init)
        hasMore = try fields.flag("more")
    }
}

extension ServerMessage.RoomSummary {
    fileprivate init(_ fields: MessageFields) throws(MessageError) {
        room = try fields.name("room")
        people = try fields.number("people")
        topic = try fields.optionalSentence("topic")
        isPrivate = try fields.flag("private")
    }
}

extension ServerMessage.Bans {
    fileprivate init(_ fields: MessageFields) throws(MessageError) {
        bans = try fields.list("bans", of: ServerMessage.Ban.init)
        hasMore = try fields.flag("more")
    }
}

extension ServerMessage.Ban {
    fileprivate init(_ fields: MessageFields) throws(MessageError) {
        number = try fields.number("number")
        name = try fields.name("name")
        what = try fields.word("what")
        until = try fields.optionalNumber("until")
        by = try fields.name("by")
        reason = try fields.optionalSentence("reason")
        isMute = try fields.flag("mute")
    }
}
