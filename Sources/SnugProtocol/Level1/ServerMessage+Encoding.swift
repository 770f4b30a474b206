// SPDX-License-Identifier: Apache-2.0

public import SnugFraming

extension ServerMessage {
    /// Appends the message to `bytes` as one frame; a list that is longer as several, all but the last with `more`.
    ///
    /// Throws, and leaves `bytes` as they were, if anything but a list is too long. What a server accepts from people is
    /// not: a topic and the longest entry fit a frame together.
    public func encode(appendingTo bytes: inout [UInt8]) throws(FramingError) {
        switch kind {
        case .stillHere: try FrameEncoder.encode([], appendingTo: &bytes)
        case .bans(let bans):
            try encode(appendingTo: &bytes, "bans", bans.bans, hasMore: bans.hasMore) { $0.write(to: &$1) }
        case .control(.sessions(let sessions)):
            try encode(appendingTo: &bytes, "sessions", sessions.sessions, hasMore: sessions.hasMore) {
                $0.write(to: &$1)
            }
        case .room(let state):
            try encode(appendingTo: &bytes, "people", state.people, hasMore: state.hasMore) {
                $0.write(to: &$1)
            }
        case .rooms(let rooms):
            try encode(appendingTo: &bytes, "rooms", rooms.rooms, hasMore: rooms.hasMore) {
                $0.write(to: &$1)
            }
        default: try JSONWriter.append(to: &bytes) { write(to: &$0) }
        }
    }

    /// The frame of a message with a `ref`, made of that without: a `ref` comes last, if there is no list.
    ///
    /// An event is told to everybody, and once more, with it, to whoever brought it about.
    static func frame(_ frame: [UInt8], adding ref: String) throws(FramingError) -> [UInt8] {
        try JSONWriter.frame(frame, adding: "ref", ref)
    }

    /// Everything but the list.
    private func write(to writer: inout JSONWriter) {
        writer.member("type", kind.type)
        switch kind {
        case .accepted, .bans, .rooms, .stillHere, .unknown: break
        case .bye(let reason, let after):
            writer.member("reason", reason.word)
            writer.member("after", after)
        case .control(let control): control.write(to: &writer)
        case .direct(let direct): direct.write(to: &writer)
        case .entered(let entered):
            writer.person("you", entered.you)
            writer.member("token", entered.token)
            writer.member("resumed", entered.isResumed)
        case .event(let event): event.write(to: &writer)
        case .gap(let room, let after, let before):
            writer.member("room", room)
            writer.member("after", after)
            writer.member("before", before)
        case .hello(let hello): hello.write(to: &writer)
        case .history(let end):
            writer.member("room", end.room)
            writer.member("count", end.count)
            writer.member("first", end.first)
            writer.member("more", ifTrue: end.hasMore)
        case .notice(let code, let text):
            writer.member("code", code.word)
            writer.member("text", text)
        case .ping(let id), .pong(let id): writer.member("id", id)
        case .refused(let refused):
            writer.member("code", refused.code.word)
            writer.member("text", refused.text)
            writer.member("hint", refused.hint)
        case .room(let state): state.writeHead(to: &writer)
        case .waiting(let lines): writer.member("lines", lines)
        }
        writer.member("ref", ref)
    }

    /// Appends as many frames as the entries need.
    private func encode<Entry>(
        appendingTo bytes: inout [UInt8],
        _ key: StaticString,
        _ entries: [Entry],
        hasMore: Bool,
        writeEntry: (Entry, inout JSONWriter) -> Void
    ) throws(FramingError) {
        let start = bytes.count
        // What comes behind the last entry: `],"more":true}`.
        let roomForEntries = FrameLimits.maximumPayloadBytes - 14
        var rest = entries[...]
        repeat {
            let waiting = rest.count
            var headBytes = 0
            try JSONWriter.append(to: &bytes) { writer in
                write(to: &writer)
                writer.beginList(key)
                headBytes = writer.payloadBytes
                while let entry = rest.first,
                    writer.item(withinPayloadOf: roomForEntries, { writeEntry(entry, &$0) })
                {
                    rest.removeFirst()
                }
                writer.endList()
                writer.member("more", ifTrue: hasMore || !rest.isEmpty)
            }
            if rest.count == waiting, waiting > 0 {
                bytes.removeSubrange(start...)
                throw .payloadTooLong(bytes: headBytes)
            }
        } while !rest.isEmpty
    }
}

extension JSONWriter {
    fileprivate mutating func person(_ key: StaticString, _ person: ServerMessage.Person) {
        object(key) { person.write(to: &$0) }
    }
}

extension ServerMessage.Person {
    func write(to writer: inout JSONWriter) {
        writer.member("id", id)
        writer.member("name", name)
        writer.member("key", key)
    }
}

extension ServerMessage.Event {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("seq", sequence)
        writer.member("time", time)
        writer.member("room", room)
        kind.write(to: &writer)
        writer.member("replay", ifTrue: isReplay)
    }
}

extension ServerMessage.EventKind {
    fileprivate func write(to writer: inout JSONWriter) {
        switch self {
        case .banned(let terms), .muted(let terms): terms.write(to: &writer)
        case .invited(let who, let by):
            writer.person("who", who)
            writer.person("by", by)
        case .joined(let who): writer.person("who", who)
        case .kicked(let who, let by, let reason):
            writer.person("who", who)
            writer.person("by", by)
            writer.member("reason", reason)
        case .left(let who, let reason):
            writer.person("who", who)
            writer.member("reason", reason.word)
        case .private(let by): writer.person("by", by)
        case .renamed(let who, let old):
            writer.person("who", who)
            writer.member("was", old)
        case .said(let from, let text, let isAction):
            writer.person("from", from)
            writer.member("text", text)
            writer.member("action", ifTrue: isAction)
        case .topic(let by, let text):
            writer.person("by", by)
            writer.member("text", text)
        case .unbanned(let number, let name, let by):
            writer.member("number", number)
            writer.member("name", name)
            writer.person("by", by)
        }
    }
}

extension ServerMessage.Terms {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("number", number)
        writer.member("name", name)
        writer.person("by", by)
        writer.member("until", until)
        writer.member("reason", reason)
    }
}

extension ServerMessage.Hello {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("protocol", version)
        writer.member("server", server)
        writer.member("epoch", epoch)
        writer.member("passphrase", needsPassphrase)
        writer.object("limits") { writer in
            for (key, limit) in [("name" as StaticString, limits.name), ("line", limits.line)] {
                writer.object(key) { writer in
                    writer.member("characters", limit.characters)
                    writer.member("bytes", limit.bytes)
                }
            }
            writer.member("rooms", limits.rooms)
            writer.member("burst", limits.burst)
            writer.member("perSecond", limits.perSecond)
        }
        writer.object("history") { writer in
            writer.member("lines", history.lines)
            writer.member("hours", history.hours)
            writer.member("onDisk", history.isOnDisk)
        }
        if !nodes.isEmpty { writer.list("nodes", texts: nodes) }
    }
}

extension ServerMessage.Direct {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("seq", sequence)
        writer.member("time", time)
        writer.person("from", from)
        writer.person("to", to)
        writer.member("text", text)
    }
}

extension ServerMessage.RoomState {
    /// Everything but the people and `more`; each frame has it, so that each can be read without the others.
    fileprivate func writeHead(to writer: inout JSONWriter) {
        writer.member("room", room)
        writer.member("topic", topic)
        writer.member("private", ifTrue: isPrivate)
        writer.member("last", last)
    }
}

extension ServerMessage.RoomSummary {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("room", room)
        writer.member("people", people)
        writer.member("topic", topic)
        writer.member("private", ifTrue: isPrivate)
    }
}

extension ServerMessage.Ban {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("number", number)
        writer.member("name", name)
        writer.member("what", what)
        writer.member("until", until)
        writer.member("by", by)
        writer.member("reason", reason)
        writer.member("mute", ifTrue: isMute)
    }
}

extension ServerMessage.Kind {
    /// The member `type`.
    fileprivate var type: String {
        let type: ServerMessageType
        switch self {
        case .accepted: type = .accepted
        case .bans: type = .bans
        case .bye: type = .bye
        case .control(let control): type = control.type
        case .direct: type = .direct
        case .entered: type = .entered
        case .event(let event): type = event.kind.type
        case .gap: type = .gap
        case .hello: type = .hello
        case .history: type = .history
        case .notice: type = .notice
        case .ping: type = .ping
        case .pong: type = .pong
        case .refused: type = .refused
        case .room: type = .room
        case .rooms: type = .rooms
        case .stillHere: return ""
        case .unknown(let word): return word
        case .waiting: type = .waiting
        }
        return type.rawValue
    }
}

extension ServerMessage.EventKind {
    fileprivate var type: ServerMessageType {
        switch self {
        case .banned: .banned
        case .invited: .invited
        case .joined: .joined
        case .kicked: .kicked
        case .left: .left
        case .muted: .muted
        case .private: .private
        case .renamed: .renamed
        case .said: .said
        case .topic: .topic
        case .unbanned: .unbanned
        }
    }
}
