// SPDX-License-Identifier: Apache-2.0

public import SnugRooms

/// What a member asked for with one frame of text.
///
/// Parsing needs no room and holds no lock. Commands come from a fixed table; nothing a peer sends is ever
/// evaluated.
public enum Input: Equatable, Sendable {
    /// `/help`: what can be typed.
    case help

    /// A line of chat for everyone else; one that begins with `//` is said with one `/`.
    case line(ChatLine)

    /// `/nick NAME`: another name.
    case nick(requested: NameRequest)

    /// Nothing visible: an empty frame, which only says that the member is still there.
    case nothing

    /// `/quit`: the end of this member's stay.
    case quit

    /// Anything else that begins with `/`, made safe and short.
    case unknown(command: String)

    /// `/who`: the names of all members.
    case who

    /// Reads one frame's text; total, whatever the text is.
    public static func parse(_ frame: String) -> Input {
        guard let line = ChatLine(frame) else { return .nothing }
        // Bytes and not characters are compared: a combining mark behind the "/" is part of its character,
        // and the line would be shown to everyone.
        guard line.text.utf8.first == slash else { return .line(line) }
        if line.text.utf8.dropFirst().first == slash {
            // People must be able to say a path: the first "/" only says that the second is meant.
            return ChatLine(frame.withoutFirst("/")).map { .line($0) } ?? .nothing
        }
        return command(in: frame.trimmingSpace()) ?? .unknown(command: shown(line.text[...]))
    }

    private static func command(in text: Substring) -> Input? {
        let scalars = text.unicodeScalars
        let wordEnd = scalars.firstIndex { $0.properties.isWhitespace } ?? text.endIndex
        switch asciiLowercased(text[..<wordEnd]) {
        case "/help": return .help
        case "/nick": return .nick(requested: NameRequest(String(text[wordEnd...])))
        case "/quit": return .quit
        case "/who": return .who
        default: return nil
        }
    }

    private static let slash = UInt8(ascii: "/")

    /// Lower case for ASCII only, so that "/\u{212A}…" (the Kelvin sign) and its like are no commands.
    private static func asciiLowercased(_ word: Substring) -> String? {
        guard word.utf8.count <= 8 else { return nil }
        return word.utf8.allSatisfy { $0 < 0x80 } ? word.lowercased() : nil
    }

    private static func shown(_ line: Substring) -> String {
        let wordEnd = line.unicodeScalars.firstIndex { $0.properties.isWhitespace } ?? line.endIndex
        return String(line[..<wordEnd].prefix(maximumCharacters: 20, maximumBytes: 80))
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
