// SPDX-License-Identifier: Apache-2.0

extension Request: Coded {
    /// Adds its bytes.
    package func write(to bytes: inout ByteWriter) {
        bytes.put(session)
        bytes.put(isControl)
        bytes.put(kind)
    }

    /// Reads as many bytes as belong to it.
    package init(from bytes: inout ByteReader) throws(CodingFault) {
        let session: SessionID = try bytes.value()
        let isControl: Bool = try bytes.value()
        self.init(try bytes.value(), by: session, isControl: isControl)
    }
}

extension Request.Kind: Coded {
    /// What a kind begins with: a number that was given is never given to another one.
    fileprivate enum CodedTag: UInt8 {
        case ban = 1
        case direct, end, enter
        // 5 was one that there is no more.
        case invite = 6
        case join, kick, leave, makePrivate, mute, operators
        case rename, say, tick, topic, unban, nodeEnded, returned
    }

    package func write(to bytes: inout ByteWriter) {
        switch self {
        case .ban(let name, let milliseconds, let reason, let room):
            bytes.put(.ban, name, milliseconds, reason, room)
        case .direct(let name, let line, let ref): bytes.put(.direct, name, line, ref)
        case .end(let reason): bytes.put(.end, reason)
        case .enter(let entry): bytes.put(.enter, entry)
        case .invite(let name, let room): bytes.put(.invite, name, room)
        case .join(let room): bytes.put(.join, room)
        case .kick(let name, let reason, let room): bytes.put(.kick, name, reason, room)
        case .leave(let room): bytes.put(.leave, room)
        case .makePrivate(let room): bytes.put(.makePrivate, room)
        case .mute(let name, let milliseconds, let reason, let room):
            bytes.put(.mute, name, milliseconds, reason, room)
        case .nodeEnded(let node, let reason): bytes.put(.nodeEnded, node, reason)
        case .operators(let keys): bytes.put(.operators, keys)
        case .rename(let name): bytes.put(.rename, name)
        case .returned: bytes.put(CodedTag.returned.rawValue)
        case .say(let speech, let room, let ref): bytes.put(.say, speech, room, ref)
        case .tick: bytes.put(CodedTag.tick.rawValue)
        case .topic(let topic, let room): bytes.put(.topic, topic, room)
        case .unban(let number, let room): bytes.put(.unban, number, room)
        }
    }

    package init(from bytes: inout ByteReader) throws(CodingFault) {
        guard let tag = CodedTag(rawValue: try bytes.byte()) else { throw CodingFault() }
        switch tag {
        case .ban:
            self = .ban(
                try bytes.value(),
                milliseconds: try bytes.value(),
                reason: try bytes.value(),
                announcedIn: try bytes.value()
            )
        case .direct: self = .direct(to: try bytes.value(), try bytes.value(), ref: try bytes.value())
        case .end: self = .end(try bytes.value())
        case .enter: self = .enter(try bytes.value())
        case .invite: self = .invite(try bytes.value(), to: try bytes.value())
        case .join: self = .join(try bytes.value())
        case .kick:
            self = .kick(try bytes.value(), reason: try bytes.value(), from: try bytes.value())
        case .leave: self = .leave(try bytes.value())
        case .makePrivate: self = .makePrivate(try bytes.value())
        case .mute:
            self = .mute(
                try bytes.value(),
                milliseconds: try bytes.value(),
                reason: try bytes.value(),
                announcedIn: try bytes.value()
            )
        case .nodeEnded: self = .nodeEnded(try bytes.value(), try bytes.value())
        case .operators: self = .operators(try bytes.value())
        case .rename: self = .rename(try bytes.value())
        case .returned: self = .returned
        case .say: self = .say(try bytes.value(), to: try bytes.value(), ref: try bytes.value())
        case .tick: self = .tick
        case .topic: self = .topic(try bytes.value(), of: try bytes.value())
        case .unban: self = .unban(number: try bytes.value(), announcedIn: try bytes.value())
        }
    }
}

extension ByteWriter {
    fileprivate mutating func put<each Part: Coded>(_ tag: Request.Kind.CodedTag, _ parts: repeat each Part) {
        put(tag.rawValue)
        repeat put(each parts)
    }
}

extension Entry: Coded {
    package func write(to bytes: inout ByteWriter) {
        bytes.put(name)
        bytes.put(fallbackName)
        bytes.put(level)
        bytes.put(key)
        bytes.put(address)
        bytes.put(rooms)
        bytes.put(resume)
        bytes.put(newToken)
        bytes.put(isOperator)
        bytes.put(until)
    }

    package init(from bytes: inout ByteReader) throws(CodingFault) {
        let name: NameRequest = try bytes.value()
        // Cleaned where it is used.
        self.init(name, fallbackName: try bytes.text(atMost: 256), level: try bytes.value())
        key = try bytes.value()
        address = try bytes.value()
        rooms = try bytes.value()
        resume = try bytes.value()
        newToken = try bytes.value()
        isOperator = try bytes.value()
        until = try bytes.value()
    }
}

extension Entry.Level: Coded {
    package func write(to bytes: inout ByteWriter) { bytes.put(self == .typed) }

    package init(from bytes: inout ByteReader) throws(CodingFault) {
        self = try bytes.value(Bool.self) ? .typed : .text
    }
}

extension EndReason: Coded {
    package func write(to bytes: inout ByteWriter) { bytes.put(rawValue) }

    package init(from bytes: inout ByteReader) throws(CodingFault) {
        guard let reason = EndReason(rawValue: try bytes.text(atMost: 16)) else { throw CodingFault() }
        self = reason
    }
}
