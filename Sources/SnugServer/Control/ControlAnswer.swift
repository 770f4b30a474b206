// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
internal import SnugProtocol
internal import SnugRooms
internal import SnugSystem

/// What a server answers to a ``ControlOrder``, or a part of it.
public struct ControlAnswer: Sendable {
    private let message: ServerMessage

    init(_ message: ServerMessage) { self.message = message }

    /// Whether another part follows.
    var hasMore: Bool {
        switch message.kind {
        case .bans(let bans): bans.hasMore
        case .control(.sessions(let sessions)): sessions.hasMore
        case .rooms(let rooms): rooms.hasMore
        default: false
        }
    }

    /// The message as the protocol has it (docs/protocol-1.md), on one line that is safe for a terminal.
    public var json: String {
        var frame: [UInt8] = []
        try? message.encode(appendingTo: &frame)
        return SafeText.clean(String(decoding: frame.dropFirst(FrameLimits.headerBytes), as: UTF8.self))
    }

    /// For people: a line for each thing, safe for a terminal.
    public var lines: [String] {
        let lines: [String]
        switch message.kind {
        case .bans(let bans) where bans.bans.isEmpty: lines = ["nobody is banned or muted"]
        case .bans(let bans): lines = bans.bans.map(Self.line)
        case .control(.done(let text)): lines = [text]
        case .control(.sessions(let sessions)) where sessions.sessions.isEmpty: lines = ["nobody is here"]
        case .control(.sessions(let sessions)): lines = sessions.sessions.map(Self.line)
        case .control(.stats(let stats)): lines = Self.lines(stats)
        case .rooms(let rooms): lines = rooms.rooms.map(Self.line)
        default: lines = []
        }
        return lines.map(SafeText.clean)
    }

    /// What stands between the parts of a line: names have single spaces in them, never two.
    private static func line(_ parts: [String?]) -> String {
        parts.compactMap(\.self).joined(separator: "  ")
    }

    private static func line(_ session: ServerMessage.Session) -> String {
        let security = [session.tls, session.cipher, session.group].compactMap(\.self).joined(separator: " ")
        return line([
            session.person.name, session.address, "since \(time(session.since))",
            security.isEmpty ? "not encrypted" : security,
            session.rooms.map { "#\($0)" }.joined(separator: " "),
            session.waiting.map { "\($0) bytes wait" },
            session.person.key ?? "no key",
        ])
    }

    private static func line(_ room: ServerMessage.RoomSummary) -> String {
        line([
            "#\(room.room)", "\(room.people) here", room.isPrivate ? "private" : nil, room.topic,
        ])
    }

    private static func line(_ ban: ServerMessage.Ban) -> String {
        line([
            "\(ban.number)", ban.name, ban.isMute ? "muted" : "banned", ban.what,
            ban.until.map { "until \(time($0))" } ?? "forever",
            ban.by.isEmpty ? nil : "by \(ban.by)", ban.reason,
        ])
    }

    private static func lines(_ stats: ServerMessage.Stats) -> [String] {
        [
            "up for \(stats.seconds) s", "people: \(stats.people)", "connections: \(stats.sessions)",
            "connections without a name: \(stats.strangers)", "rooms: \(stats.rooms)",
            "lines said: \(stats.lines)",
            "bytes waiting: \(stats.waiting.map { "\($0)" } ?? "not known")",
        ]
    }

    private static func time(_ milliseconds: UInt64) -> String {
        UnixTime(seconds: Int(clamping: milliseconds / 1_000)).description
    }
}
