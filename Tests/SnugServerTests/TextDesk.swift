// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugHistory
import SnugProtocol
import SnugRooms
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@testable import SnugServer

/// A hub and the mailboxes of its loops, without any connection: what is posted to them is read as text.
final class TextDesk {
    /// What is told to who comes into a room, unless a test has something else kept.
    static let kept =
        "* what is said here is kept in the server's memory: at most 1000 lines of a room, for 24 hours (/history) *"

    let hub: ChatHub
    let mailboxes: [LoopMailbox]
    /// What the operator's log gets.
    private let logged = Lock<[String]>([])
    private let time = Lock(ChatTime(milliseconds: 1_800_000_000_000))

    init(
        loops: Int = 1,
        _ limits: ChatLimits = ChatLimits(),
        history settings: HistorySettings = HistorySettings(),
        log: (any RequestLog)? = nil
    ) throws {
        mailboxes = try (0..<loops).map { _ in try LoopMailbox() }
        let (logged, time) = (logged, time)
        let report: ServerObserver = { event in logged.withLock { $0.append("\(event)") } }
        hub = try ChatHub(
            mailboxes: mailboxes,
            limits: limits,
            history: HistoryDesk(settings, report: report) { time.withLock { $0.milliseconds } },
            log: log,
            pageBytes: 16_384,
            report: report,
            clock: { time.withLock { $0 } }
        )
    }

    /// Whether `posted` tells where in the order somebody was handed to a loop.
    var showsAdmissions = false

    var log: [String] { logged.withLock { $0 } }

    func pass(milliseconds: Int64) { time.withLock { $0 = $0.adding(milliseconds: milliseconds) } }

    /// Somebody who came in, and what was posted about it.
    struct Guest {
        let id: SessionID
        let name: MemberName
        let posted: [String]
    }

    func enter(
        _ name: String,
        fallbackName: String = "anon-1",
        from address: String = "192.0.2.1",
        as change: (inout Entry) -> Void = { _ in }
    ) throws -> Guest {
        var entry = Entry(NameRequest(name), fallbackName: fallbackName)
        entry.address = AddressKey(addressBytes: address.split(separator: ".").compactMap { UInt8($0) })
        change(&entry)
        let decided = Decided<Refusal?>()
        let id = try #require(hub.admit(entry, HandedOver(Newcomer.plain())) { decided.set($1) })
        if let refusal = try decided.value() { throw refusal }
        let given = try #require(hub.seated([id]).first?.who.name)
        return Guest(id: id, name: given, posted: try posted())
    }

    /// What is posted when somebody types that.
    func type(_ text: String, as guest: Guest) throws -> [String] {
        _ = hub.apply(.parse(text), from: guest.id, isAnswered: true, own: mailboxes[0])
        return try posted()
    }

    func leave(_ guest: Guest, _ reason: EndReason = .goodbye) throws -> [String] {
        _ = hub.leave(guest.id, reason, own: mailboxes[0])
        return try posted()
    }

    /// What came into a mailbox since it was last looked into: texts, those for one member with `NUMBER < ` in front.
    func posted(to loop: Int = 0) throws -> [String] {
        var contents = LoopMailbox.Contents()
        mailboxes[loop].take(into: &contents)
        var position = 0
        return try contents.entries.flatMap { entry -> [String] in
            switch entry {
            case .line(let bytes, _, _), .presence(let bytes, _, _, _):
                defer { position += bytes }
                return try Self.texts(Array(contents.frames[position..<position + bytes]))
            case .notice(let bytes, let id): return try Self.texts(bytes).map { "\(id.rawValue) < \($0)" }
            case .dismissal(let id, _, let reason): return ["\(id.rawValue) out: \(reason)"]
            case .move(let id, let room, _):
                return ["\(id.rawValue) to \(room == .main ? "main" : "another room")"]
            case .admission: return showsAdmissions ? ["in"] : []
            case .event(let bytes, _, _, _), .ownEvent(let bytes, _, _, _):
                position += bytes
                return []
            case .census, .departure, .drain, .finish, .goesOn, .levelOne: return []
            }
        }
    }

    private static func texts(_ frames: [UInt8]) throws -> [String] {
        var decoder = FrameDecoder()
        try decoder.append(frames.span.bytes)
        var texts: [String] = []
        while let text = decoder.next() { texts.append(String(decoding: text, as: UTF8.self)) }
        return texts
    }
}
