// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

/// How a server wants to be talked to.
enum Dialect: String, CaseIterable, ExpressibleByArgument {
    /// Snug's: a length of four bytes, then the text.
    case frame

    /// The same, with so much in front of each line that what comes back is as long as it is at level 1.
    case longFrame = "frame-long"

    /// Snug's level 1: the same frames with JSON in them.
    case levelOne = "level-1"

    /// Level 1 by somebody who was away: enters once the hello has said what its numbers go on from, and is told
    /// everything that the room has kept.
    case levelOneReplay = "level-1-replay"

    /// RFC 2812.
    case irc

    /// `ncat --chat`: a line is a message.
    case line

    private static let channel = "#load"

    /// What a client of this dialect offers in its hello (RFC 7301).
    var applicationProtocol: String { isLevelOne ? "snug/1" : "snug/0" }

    private var isLevelOne: Bool { self == .levelOne || self == .levelOneReplay }

    /// Whether a message has its length in front of it.
    var isFramed: Bool { self == .frame || self == .longFrame || isLevelOne }

    /// What a newcomer sends first.
    ///
    /// - Parameter room: the one that it talks in.
    func greeting(name: String, room: String) -> [UInt8] {
        switch self {
        case .frame, .longFrame: encoded(name) + (room == Self.mainRoom ? [] : encoded("/join \(room)"))
        case .levelOne: encoded(#"{"type":"enter","name":"\#(name)","rooms":["\#(room)"]}"#)
        case .levelOneReplay: []
        case .irc: encoded("NICK \(name)") + encoded("USER \(name) 0 * :\(name)")
        case .line: []
        }
    }

    /// What someone sends who leaves, before the connection is closed.
    var farewell: [UInt8] {
        switch self {
        case .irc: encoded("QUIT")
        case .levelOne, .levelOneReplay: encoded(#"{"type":"quit"}"#)
        case .frame, .line, .longFrame: []
        }
    }

    /// Appends the line of chat that `tag` stands for.
    func append(_ tag: LineTag, in room: String, to bytes: inout [UInt8]) {
        switch self {
        case .frame: bytes += Self.length(LineTag.bytes)
        case .longFrame: bytes += Self.length(Self.levelOneExcess.count + LineTag.bytes) + Self.levelOneExcess
        case .irc: bytes += Self.lineStart
        case .levelOne, .levelOneReplay:
            let start = #"{"type":"say","room":"\#(room)","ref":"\#(tag.sequence)","text":""#
            bytes += Self.length(start.utf8.count + LineTag.bytes + Self.textEnd.count)
            bytes += start.utf8
        case .line: break
        }
        tag.append(to: &bytes)
        switch self {
        case .frame, .longFrame: break
        case .irc, .line: bytes += "\r\n".utf8
        case .levelOne, .levelOneReplay: bytes += Self.textEnd
        }
    }

    /// Where everyone is who goes nowhere else.
    static let mainRoom = "main"

    private static let lineStart = Array("PRIVMSG \(channel) :".utf8)
    /// As many bytes as a line of level 1 in `main` has more than one of level 0: 196 and 72.
    private static let levelOneExcess = Array(repeating: UInt8(ascii: "x"), count: 124)
    private static let textEnd = Array(#""}"#.utf8)

    /// The tag of the line of chat that `message` is; nil if it is something else.
    func tag(in message: UnsafeRawBufferPointer) -> LineTag? {
        guard isLevelOne else { return LineTag(endOf: message) }
        return LineTag(endOf: UnsafeRawBufferPointer(rebasing: message.dropLast(Self.textEnd.count)))
    }

    /// What a message that is no line of chat asks of its receiver.
    func reaction(to message: UnsafeRawBufferPointer) -> Reaction {
        switch self {
        case .frame, .line, .longFrame: return .isPresent
        case .irc: return reactionToIRC(message)
        case .levelOne, .levelOneReplay:
            return reactionToLevelOne(String(decoding: message, as: UTF8.self))
        }
    }

    private func reactionToLevelOne(_ message: String) -> Reaction {
        guard let type = Self.member("type", of: message) else { return .none }
        switch type {
        case "entered": return self == .levelOneReplay ? .none : .isPresent
        case "hello" where self == .levelOneReplay:
            return .answer(comingBack(Self.member("epoch", of: message) ?? ""))
        // All is told.
        case "history" where self == .levelOneReplay: return .isPresent
        case "ping":
            return .answer(encoded(#"{"type":"pong","id":"\#(Self.member("id", of: message) ?? "")"}"#))
        case "refused": return .refused(message)
        default: return .none
        }
    }

    /// Enters the room as who was away since its first line.
    private func comingBack(_ epoch: String) -> [UInt8] {
        let name = "r\(UInt32.random(in: 0...(.max)))"
        let resume = #"{"token":"none","epoch":"\#(epoch)","seen":{"main":0}}"#
        return encoded(#"{"type":"enter","name":"\#(name)","rooms":["main"],"resume":\#(resume)}"#)
    }

    /// A member of a flat message whose value is a string without escapes, as the server's own words are.
    private static func member(_ name: String, of message: String) -> String? {
        guard let start = message.firstRange(of: "\"\(name)\":\"")?.upperBound else { return nil }
        return String(message[start...].prefix { $0 != "\"" })
    }

    private func reactionToIRC(_ message: UnsafeRawBufferPointer) -> Reaction {
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
        isFramed ? Self.length(text.utf8.count) + text.utf8 : Array(text.utf8) + "\r\n".utf8
    }

    private static func length(_ count: Int) -> [UInt8] {
        [0, 0, UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count)]
    }
}
