// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugRooms

/// One thing that a server's owner wants of it, as words on a command line.
public struct ControlOrder: Equatable, Sendable {
    /// What can be wanted.
    public enum Action: String, CaseIterable, Sendable {
        case who, rooms, bans, kick, mute, ban, unban, stats, reload

        /// The words that it takes behind its own.
        public var arguments: String {
            switch self {
            case .bans, .reload, .rooms, .stats, .who: ""
            case .ban: "NAME [1h|7d|forever] [REASON]"
            case .kick: "NAME [REASON]"
            case .mute: "NAME [10m|1h|forever]"
            case .unban: "NUMBER"
            }
        }
    }

    /// Words that an action does not take.
    public struct Misuse: Error, Equatable, Sendable, CustomStringConvertible {
        /// What was wanted.
        public let action: Action

        /// One sentence.
        public var description: String {
            action.arguments.isEmpty
                ? "\(action.rawValue) takes no words behind it"
                : "\(action.rawValue) takes: \(action.arguments)"
        }
    }

    let message: ClientMessage

    /// Reads what stands behind the action's own word.
    ///
    /// A name with spaces in it is one of `words`; a reason may be several.
    public init(_ action: Action, _ words: [String]) throws(Misuse) {
        let rest = words.dropFirst()
        let text = rest.joined(separator: " ")
        let kind: ClientMessage.Kind?
        switch action {
        case .bans: kind = words.isEmpty ? .bans : nil
        case .reload: kind = words.isEmpty ? .control(.reload) : nil
        case .rooms: kind = words.isEmpty ? .rooms : nil
        case .stats: kind = words.isEmpty ? .control(.stats) : nil
        case .who: kind = words.isEmpty ? .control(.sessions) : nil
        case .ban:
            let (milliseconds, reason) = NamedCommand.terms(in: text, otherwise: nil)
            kind = Self.name(words).map {
                .ban(ClientMessage.Ban(name: $0, seconds: Self.seconds(milliseconds), reason: reason?.text))
            }
        case .kick:
            kind = Self.name(words).map { .kick(name: $0, room: nil, reason: ShortText(text)?.text) }
        case .mute:
            let (milliseconds, reason) = NamedCommand.terms(in: text, otherwise: Self.usualMute)
            kind =
                reason == nil
                ? Self.name(words).map { .mute(name: $0, room: nil, seconds: Self.seconds(milliseconds)) }
                : nil
        case .unban:
            kind = rest.isEmpty ? words.first.flatMap { UInt64($0) }.map { .unban(number: $0) } : nil
        }
        guard let kind else { throw Misuse(action: action) }
        message = ClientMessage(kind)
    }

    /// Ten minutes, as in the chat.
    private static let usualMute: Int64 = 600_000

    private static func name(_ words: [String]) -> String? {
        words.first.flatMap { NameRequest($0).name == nil ? nil : $0 }
    }

    private static func seconds(_ milliseconds: Int64?) -> UInt64? {
        milliseconds.map { UInt64(clamping: $0 / 1_000) }
    }
}
