// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

/// How a server wants to be talked to.
enum Dialect: String, CaseIterable, ExpressibleByArgument {
    /// Snug's: a length of four bytes, then the text.
    case frame

    /// RFC 2812.
    case irc

    /// `ncat --chat`: a line is a message.
    case line

    private static let channel = "#load"

    /// What a newcomer sends first.
    func greeting(name: String) -> [UInt8] {
        switch self {
        case .frame: encoded(name)
        case .irc: encoded("NICK \(name)") + encoded("USER \(name) 0 * :\(name)")
        case .line: []
        }
    }

    /// What someone sends who leaves, before the connection is closed.
    var farewell: [UInt8] { self == .irc ? encoded("QUIT") : [] }

    /// Appends the line of chat that `tag` stands for.
    func append(_ tag: LineTag, to bytes: inout [UInt8]) {
        switch self {
        case .frame: bytes += [0, 0, 0, UInt8(LineTag.bytes)]
        case .irc: bytes += Self.lineStart
        case .line: break
        }
        tag.append(to: &bytes)
        if self != .frame { bytes += "\r\n".utf8 }
    }

    private static let lineStart = Array("PRIVMSG \(channel) :".utf8)

    /// What a message that is no line of chat asks of its receiver.
    func reaction(to message: UnsafeRawBufferPointer) -> Reaction {
        guard self == .irc else { return .isPresent }
        let words = String(decoding: message, as: UTF8.self).split(separator: " ", maxSplits: 2)
        guard let first = words.first else { return .none }
        if first == "PING" { return .answer(encoded("PONG " + words.dropFirst().joined(separator: " "))) }
        if first == "ERROR" { return .refused(String(decoding: message, as: UTF8.self)) }
        guard words.count > 1 else { return .none }
        switch words[1] {
        case "001": return .answer(encoded("JOIN \(Self.channel)"))
        case "366": return .isPresent  // the end of the list of names is the end of a join
        case "432", "433", "471", "474", "477": return .refused(String(decoding: message, as: UTF8.self))
        default: return .none
        }
    }

    enum Reaction {
        case answer([UInt8])
        /// The server has let this member in.
        case isPresent
        case none
        case refused(String)
    }

    private func encoded(_ text: String) -> [UInt8] {
        let payload = Array(text.utf8)
        guard self == .frame else { return payload + Array("\r\n".utf8) }
        let length = UInt16(truncatingIfNeeded: payload.count)
        return [0, 0, UInt8(length >> 8), UInt8(length & 0xff)] + payload
    }
}
