// SPDX-License-Identifier: Apache-2.0

public import SnugFraming

extension ClientMessage {
    /// Appends the message to `bytes` as one frame.
    ///
    /// Throws, and leaves `bytes` as they were, if it does not fit one: a text may be so long.
    public func encode(appendingTo bytes: inout [UInt8]) throws(FramingError) {
        guard kind != .stillHere else { return try FrameEncoder.encode([], appendingTo: &bytes) }
        try JSONWriter.append(to: &bytes) { writer in
            write(to: &writer)
            writer.member("ref", ref)
        }
    }

    private func write(to writer: inout JSONWriter) {
        writer.member("type", type)
        switch kind {
        case .bans, .control, .quit, .rooms, .stillHere, .unknown: break
        case .ban(let ban): ban.write(to: &writer)
        case .direct(let to, let text, let isAction):
            writer.member("to", to)
            writer.member("text", text)
            writer.member("action", ifTrue: isAction)
        case .enter(let enter): enter.write(to: &writer)
        case .history(let room, let before, let limit):
            writer.member("room", room)
            writer.member("before", before)
            writer.member("limit", limit)
        case .invite(let name, let room):
            writer.member("name", name)
            writer.member("room", room)
        case .join(let room), .leave(let room), .private(let room), .who(let room):
            writer.member("room", room)
        case .kick(let name, let room, let reason):
            writer.member("name", name)
            writer.member("room", room)
            writer.member("reason", reason)
        case .mute(let name, let room, let seconds):
            writer.member("name", name)
            writer.member("room", room)
            writer.member("seconds", seconds)
        case .nick(let name): writer.member("name", name)
        case .ping(let id), .pong(let id): writer.member("id", id)
        case .say(let room, let text, let isAction):
            writer.member("room", room)
            writer.member("text", text)
            writer.member("action", ifTrue: isAction)
        case .topic(let room, let text):
            writer.member("room", room)
            writer.member("text", text)
        case .unban(let number): writer.member("number", number)
        }
    }

    private var type: String {
        switch kind {
        case .ban: ClientMessageType.ban.rawValue
        case .bans: ClientMessageType.bans.rawValue
        case .control(let control): control.rawValue
        case .direct: ClientMessageType.direct.rawValue
        case .enter: ClientMessageType.enter.rawValue
        case .history: ClientMessageType.history.rawValue
        case .invite: ClientMessageType.invite.rawValue
        case .join: ClientMessageType.join.rawValue
        case .kick: ClientMessageType.kick.rawValue
        case .leave: ClientMessageType.leave.rawValue
        case .mute: ClientMessageType.mute.rawValue
        case .nick: ClientMessageType.nick.rawValue
        case .ping: ClientMessageType.ping.rawValue
        case .pong: ClientMessageType.pong.rawValue
        case .private: ClientMessageType.private.rawValue
        case .quit: ClientMessageType.quit.rawValue
        case .rooms: ClientMessageType.rooms.rawValue
        case .say: ClientMessageType.say.rawValue
        case .stillHere: ""
        case .topic: ClientMessageType.topic.rawValue
        case .unban: ClientMessageType.unban.rawValue
        case .unknown(let type): type
        case .who: ClientMessageType.who.rawValue
        }
    }
}

extension ClientMessage.Enter {
    func write(to writer: inout JSONWriter) {
        writer.member("name", name)
        writer.list("rooms", texts: rooms)
        writer.member("client", client)
        if let resume {
            writer.object("resume") { writer in
                writer.member("token", resume.token)
                writer.member("epoch", resume.epoch)
                writer.object("seen", numbers: resume.seen.lazy.map { ($0.room, $0.sequence) })
            }
        }
        writer.member("history", history)
    }
}

extension ClientMessage.Ban {
    func write(to writer: inout JSONWriter) {
        writer.member("name", name)
        writer.member("room", room)
        writer.member("seconds", seconds)
        writer.member("reason", reason)
    }
}
