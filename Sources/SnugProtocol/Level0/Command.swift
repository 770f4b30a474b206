// SPDX-License-Identifier: Apache-2.0

/// What can be typed behind a slash: the one table that commands are looked up in and `/help` is made of.
package enum Command: String, CaseIterable {
    case ban
    case bans
    case help
    case history
    case invite
    case join
    case kick
    case me
    case msg
    case mute
    case nick
    case `private`
    case quit
    case r
    case rooms
    case topic
    case unban
    case who

    /// In the order in which `/help` lists them: what everyone needs first.
    package static let all: [Command] = [
        .who, .nick, .me, .msg, .r, .rooms, .join, .topic, .private, .invite, .history, .quit,
        .help,
    ]

    /// What only operators may do.
    package static let ofOperators: [Command] = [.kick, .mute, .ban, .bans, .unban]

    /// The command of that word, whatever its case; the slash is part of the word.
    init?(word: Substring) {
        // ASCII only, so that "/\u{212A}…" (the Kelvin sign) and its like are no commands.
        guard word.utf8.count <= 10, word.utf8.allSatisfy({ $0 < 0x80 }), word.first == "/" else {
            return nil
        }
        self.init(rawValue: word.dropFirst().lowercased())
    }

    /// The command with its arguments, as people write it.
    package var usage: String { arguments.isEmpty ? "/\(rawValue)" : "/\(rawValue) \(arguments)" }

    private var arguments: String {
        switch self {
        case .ban: "NAME [1h|7d|forever] [REASON]"
        case .bans, .help, .private, .quit, .rooms, .who: ""
        case .history: "[NUMBER]"
        case .invite, .nick: "NAME"
        case .join: "ROOM"
        case .kick: "NAME [REASON]"
        case .me, .r: "TEXT"
        case .msg: "NAME TEXT"
        case .mute: "NAME [10m|1h|forever] [REASON]"
        case .topic: "[TEXT]"
        case .unban: "NUMBER"
        }
    }

    /// What it does, for who looks for it.
    package var meaning: String {
        switch self {
        case .ban: "keep somebody out"
        case .bans: "who is kept out or muted"
        case .help: "this list"
        case .history: "what was said earlier"
        case .invite: "let somebody into this private room"
        case .join: "enter a room, or make one"
        case .kick: "put somebody out of this room"
        case .me: "say what you do"
        case .msg: "say something to one person alone"
        case .mute: "take no lines from somebody"
        case .nick: "take another name"
        case .private: "make your room one for invited people"
        case .quit: "leave the chat"
        case .r: "answer whom you last talked to alone"
        case .rooms: "which rooms there are"
        case .topic: "what this room is about"
        case .unban: "end a ban"
        case .who: "who is here"
        }
    }
}
