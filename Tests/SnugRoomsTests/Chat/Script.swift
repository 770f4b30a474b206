// SPDX-License-Identifier: Apache-2.0

import SnugRooms

/// A chat with a clock, to tell a story with: each step is one request of one session.
struct Script {
    var chat: Chat
    var milliseconds: Int64 = 1_764_000_000_000
    private(set) var sessionCount: UInt64 = 0
    /// The outcome of the last step.
    private(set) var last = Outcome.nothing

    init(_ change: (inout ChatLimits) -> Void = { _ in }) {
        var limits = ChatLimits()
        change(&limits)
        chat = Chat(limits: limits)
    }

    init(_ chat: Chat) {
        self.chat = chat
    }

    var time: ChatTime { ChatTime(milliseconds: milliseconds) }

    @discardableResult
    mutating func apply(_ kind: Request.Kind, by session: SessionID = .nobody, isControl: Bool = false)
        -> Outcome
    {
        last = chat.apply(Request(kind, by: session, isControl: isControl), at: 0, time: time)
        return last
    }

    mutating func pass(seconds: Int64) {
        milliseconds += seconds * 1000
        apply(.tick)
    }

    mutating func newSession() -> SessionID {
        sessionCount += 1
        return SessionID(rawValue: 1000 + sessionCount)
    }

    /// Lets somebody in, with everything that `change` says.
    @discardableResult
    mutating func enter(
        _ name: String,
        _ level: Entry.Level = .typed,
        _ change: (inout Entry) -> Void = { _ in }
    ) -> SessionID {
        let session = newSession()
        var entry = Entry(NameRequest(name), fallbackName: "anon-1", level: level)
        change(&entry)
        apply(.enter(entry), by: session)
        return session
    }

    /// Somebody with a key, and a token if it has one.
    @discardableResult
    mutating func enter(_ name: String, key: UInt8?, token: UInt8? = nil, resume: UInt8? = nil) -> SessionID {
        enter(name) { entry in
            entry.key = key.map(PersonKey.init(testing:))
            entry.newToken = token.map(TokenDigest.init(testing:))
            entry.resume = resume.map(TokenDigest.init(testing:))
        }
    }

    /// The name that somebody who enters gets; nil if it does not.
    mutating func nameGiven(to request: String, key: UInt8? = nil) -> String? {
        let session = enter(request, key: key)
        return name(session)
    }

    @discardableResult
    mutating func operate() -> SessionID {
        enter("op") { $0.isOperator = true }
    }

    @discardableResult
    mutating func say(_ text: String, to room: String? = nil, ref: String? = nil, by session: SessionID)
        -> Outcome
    {
        guard let line = ChatLine(text) else { return .nothing }
        return apply(
            .say(Speech(line), to: room.flatMap(RoomName.init), ref: ref.flatMap(Ref.init)),
            by: session
        )
    }

    @discardableResult
    mutating func join(_ room: String, by session: SessionID) -> Outcome {
        apply(.join(.of(room)), by: session)
    }

    func name(_ session: SessionID) -> String? { chat.who(session)?.name.text }

    func names(in room: String? = nil, for session: SessionID) -> [String]? {
        (try? chat.people(in: room.map(RoomName.of), for: session))?.people.map(\.name.text)
    }

    var entered: Entered? {
        if case .entered(let entered) = last.answer { entered } else { nil }
    }

    var refusal: Refusal.Code? { last.refusal }
}

extension Outcome {
    static let nothing = {
        var chat = Chat()
        return chat.apply(Request(.tick, by: .nobody), at: 0, time: ChatTime(milliseconds: 0))
    }()

    var refusal: Refusal.Code? {
        if case .refused(let refusal) = answer { refusal.code } else { nil }
    }

    var kinds: [ChatEvent.Kind] { events.map(\.kind) }
}

extension SessionID {
    static let nobody = SessionID(rawValue: 0)
}

extension PersonKey {
    init(testing number: UInt8) {
        self.init(.filled(with: number))
    }
}

extension TokenDigest {
    init(testing number: UInt8) {
        self.init(.filled(with: number))
    }
}

extension Bytes32 {
    static func filled(with byte: UInt8) -> Bytes32 {
        guard let bytes = Bytes32(Array(repeating: byte, count: 32)) else { fatalError("32 bytes") }
        return bytes
    }
}

extension RoomName {
    static func of(_ text: String) -> RoomName {
        guard let name = RoomName(text) else { fatalError("no name of a room: \(text)") }
        return name
    }
}

extension MemberName {
    static func of(_ text: String) -> MemberName {
        guard let name = NameRequest(text).name else { fatalError("no name: \(text)") }
        return name
    }
}

extension AddressKey {
    static func of(_ bytes: UInt8...) -> AddressKey {
        guard let address = AddressKey(addressBytes: bytes) else { fatalError("no address: \(bytes)") }
        return address
    }
}
