// SPDX-License-Identifier: Apache-2.0

public import SnugRooms

/// What a member asked for with one frame of text.
///
/// Parsing needs no room and holds no lock. Commands come from one table; nothing a peer sends is ever evaluated.
public enum Input: Equatable, Sendable {
    /// A command whose first argument is somebody's name.
    case named(NamedCommand)

    /// Nothing visible: an empty frame, which only says that the member is still there.
    case nothing

    /// What changes nothing.
    case question(Question)

    /// `/quit`: the end of this member's stay.
    case quit

    /// What could not be understood, and what its sender is told.
    case refused(Notice)

    /// Something that the chat decides on.
    case request(Request.Kind)

    /// `/r TEXT`: an answer to whoever last said something to this member alone.
    case reply(ChatLine)

    /// What is asked without changing anything.
    public enum Question: Equatable, Sendable {
        /// What can be typed.
        case help
        /// The last lines of the room, at most so many.
        case history(lines: Int)
        /// Which rooms there are.
        case rooms
        /// Who is banned or muted.
        case sanctions
        /// What the room is about.
        case topic
        /// Who is in the room.
        case who
    }

    /// Reads one frame's text; total, whatever the text is.
    public static func parse(_ frame: String) -> Input {
        guard let line = ChatLine(frame) else { return .nothing }
        // Bytes and not characters are compared: a combining mark behind the "/" is part of its character,
        // and the line would be shown to everyone.
        guard line.text.utf8.first == slash else { return say(line) }
        if line.text.utf8.dropFirst().first == slash {
            // People must be able to say a path: the first "/" only says that the second is meant.
            return ChatLine(frame.withoutFirst("/")).map(say) ?? .nothing
        }
        let text = frame.trimmingSpace()
        let wordEnd = text.unicodeScalars.firstIndex { $0.properties.isWhitespace } ?? text.endIndex
        guard let command = Command(word: text[..<wordEnd]) else {
            return .refused(.unknownCommand(shown(line.text[...])))
        }
        return input(command, text[wordEnd...]) ?? .refused(.usage(command.usage))
    }

    private static func say(_ line: ChatLine) -> Input { .request(.say(Speech(line), to: nil, ref: nil)) }

    /// Nil if the arguments are not what the command takes.
    private static func input(_ command: Command, _ arguments: Substring) -> Input? {
        switch command {
        case .ban, .invite, .kick, .msg, .mute: return NamedCommand(command, arguments).map { .named($0) }
        case .bans: return .question(.sanctions)
        case .help: return .question(.help)
        case .history: return History.lines(of: arguments).map { .question(.history(lines: $0)) }
        case .join: return RoomName(String(arguments)).map { .request(.join($0)) }
        case .me:
            guard let line = ChatLine(String(arguments)) else { return nil }
            return Speech(action: line).map { .request(.say($0, to: nil, ref: nil)) }
                ?? .refused(.readsAsNotice)
        case .nick: return .request(.rename(NameRequest(String(arguments))))
        case .private: return .request(.makePrivate(nil))
        case .quit: return .quit
        case .r: return ChatLine(String(arguments)).map { .reply($0) }
        case .rooms: return .question(.rooms)
        case .topic:
            guard !arguments.trimmingSpace().isEmpty else { return .question(.topic) }
            return .request(.topic(ShortText(String(arguments)), of: nil))
        case .unban:
            return UInt64(arguments.trimmingSpace()).map { .request(.unban(number: $0, announcedIn: nil)) }
        case .who: return .question(.who)
        }
    }

    private static let slash = UInt8(ascii: "/")

    private static func shown(_ line: Substring) -> String {
        let wordEnd = line.unicodeScalars.firstIndex { $0.properties.isWhitespace } ?? line.endIndex
        return String(line[..<wordEnd].prefix(maximumCharacters: 20, maximumBytes: 80))
    }
}

/// How much of a room's history one command shows.
private enum History {
    static let usualLines = 50
    static let maximumLines = 200

    /// Nil for what is no number of lines; more than are shown at once are as many as are.
    static func lines(of arguments: Substring) -> Int? {
        let number = arguments.trimmingSpace()
        guard !number.isEmpty else { return usualLines }
        guard number.utf8.count <= 9, number.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let lines = Int(number), lines > 0
        else { return nil }
        return min(lines, maximumLines)
    }
}

extension String {
    /// Before it is cleaned and cut, so that it may be as long as any other line.
    fileprivate func withoutFirst(_ scalar: Unicode.Scalar) -> String {
        var scalars = unicodeScalars
        if let index = scalars.firstIndex(of: scalar) { scalars.remove(at: index) }
        return String(scalars)
    }
}
