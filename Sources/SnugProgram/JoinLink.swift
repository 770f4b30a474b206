// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms
internal import SnugSystem
public import SnugTransport

/// All that somebody needs to join a room, but for its passphrase: `snug://host:port/room?pin=sha256:…`.
///
/// The form is that of a URI (RFC 3986). Port, room and pins may be missing; several pins are several `pin=`.
public struct JoinLink: Equatable, Sendable {
    /// The port that a link without one means.
    public static let standardPort: UInt16 = 9_443

    /// No link needs more; a longer one is not read.
    static let maximumBytes = 2_048

    /// As many servers as may stand behind one name.
    static let maximumPins = 8

    /// The server's host, in the form of a `HostName`.
    public let host: String

    /// The server's port.
    public let port: UInt16

    /// The room to begin in, without its `#`; nil for `main`.
    public let room: String?

    /// The fingerprints of which the server's key must have one; empty if an authority is to vouch for it.
    public let pins: [String]

    /// A link to this server; nil if it could not be read again, such as with a host that is none.
    public init?(host: String, port: UInt16 = standardPort, room: String? = nil, pins: [String] = []) {
        self.host = host
        self.port = port
        self.room = room
        self.pins = pins
        guard let read = try? JoinLink(description), read == self else { return nil }
    }

    /// Whether `text` is meant to be a link.
    public static func isMeant(by text: String) -> Bool {
        text.utf8.count >= scheme.utf8.count && text.prefix(scheme.count).lowercased() == scheme
    }

    private static let scheme = "snug://"

    /// Reads a link, and nothing but a link: what is not known in it is refused, and not left out.
    public init(_ text: String) throws(JoinLinkError) {
        guard text.utf8.count <= Self.maximumBytes else { throw .tooLong }
        guard Self.isMeant(by: text) else { throw .noLink }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { throw .blank }
        let rest = text.dropFirst(Self.scheme.count)
        guard !rest.contains("#") else { throw .fragment }
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts[0].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        (host, port) = try Self.authority(path[0])
        room = try path.count == 2 && !path[1].isEmpty ? Self.room(path[1]) : nil
        pins = try parts.count == 2 ? Self.pins(parts[1]) : []
    }

    // MARK: Host and port

    private static func authority(_ text: Substring) throws(JoinLinkError) -> (host: String, port: UInt16) {
        guard !text.contains("@") else { throw .user }
        var host = text
        var port = standardPort
        let end = text.first == "[" ? text.lastIndex(of: "]") ?? text.startIndex : text.startIndex
        if let colon = text[end...].lastIndex(of: ":") {
            host = text[..<colon]
            let digits = text[text.index(after: colon)...]
            guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let number = UInt16(digits), number > 0
            else { throw .port(String(digits)) }
            port = number
        }
        // Without brackets the end of an address would be taken for a port.
        guard host.first == "[" || !host.contains(":") else { throw .bracketsMissing(String(text)) }
        let written = try decoded(host)
        guard !written.contains(where: \.isWhitespace) else { throw .blank }
        do throws(HostNameError) { return (try HostName(written).text, port) } catch { throw .host(error) }
    }

    // MARK: Room and pins

    private static func room(_ text: Substring) throws(JoinLinkError) -> String {
        guard !text.contains("/") else { throw .severalRooms }
        let name = try decoded(text)
        guard let room = RoomName(name), room.text == name else { throw .room(name) }
        return name
    }

    private static func pins(_ query: Substring) throws(JoinLinkError) -> [String] {
        var pins: [String] = []
        for item in query.split(separator: "&", omittingEmptySubsequences: false) {
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts[0] == "pin" else { throw .unknown(String(parts[0])) }
            let pin = try parts.count == 2 ? decoded(parts[1]) : ""
            guard ExpectedServer.isWellFormed(pin: pin) else { throw .pin(pin) }
            guard pins.count < maximumPins else { throw .tooManyPins }
            pins.append(pin)
        }
        return pins
    }

    // MARK: Percent-encoding (RFC 3986 section 2.1)

    private static func decoded(_ text: Substring) throws(JoinLinkError) -> String {
        var bytes: [UInt8] = []
        var rest = Substring(text).utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                throw .encoding(String(text))
            }
            bytes.append(high << 4 | low)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .encoding(String(text)) }
        return text
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.reduce(into: "") { encoded, byte in
            let character = Character(Unicode.Scalar(byte))
            if character.isASCII, character.isLetter || character.isNumber || "-._~".contains(character) {
                encoded.append(character)
            } else {
                encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
    }
}

extension JoinLink: CustomStringConvertible {
    /// The link, in ASCII.
    public var description: String {
        // An interface's name is set off by an encoded percent sign (RFC 6874).
        let host = host.contains(":") ? "[\(host.replacing("%", with: "%25"))]" : host
        let query = pins.map { "pin=\($0)" }.joined(separator: "&")
        return "\(Self.scheme)\(host):\(port)/\(room.map(Self.encoded) ?? "")"
            + (query.isEmpty ? "" : "?\(query)")
    }
}

/// Why a text is no link.
public enum JoinLinkError: Error, Equatable, Sendable {
    case blank
    case bracketsMissing(String)
    case encoding(String)
    case fragment
    case host(HostNameError)
    case noLink
    case pin(String)
    case port(String)
    case room(String)
    case severalRooms
    case tooLong
    case tooManyPins
    case unknown(String)
    case user
}

extension JoinLinkError: CustomStringConvertible {
    /// One lower-case sentence without a full stop.
    public var description: String {
        switch self {
        case .blank: "the link has a blank or a control character in it"
        case .bracketsMissing(let text): "\(text) in the link is neither a host nor a host with a port"
        case .encoding(let text): "\(text) in the link is not percent-encoded UTF-8"
        case .fragment: "the link has a # in it, which means nothing here"
        case .host(let error): "the link names no host: \(error)"
        case .noLink: "that is no link: one begins with snug://"
        case .pin(let pin): "\"\(pin)\" in the link is no fingerprint of a key"
        case .port(let port): "\"\(port)\" in the link is no port"
        case .room(let name): "\"\(name)\" in the link cannot be the name of a room"
        case .severalRooms: "the link names more than one room"
        case .tooLong: "the link has more than \(JoinLink.maximumBytes) bytes"
        case .tooManyPins: "the link has more than \(JoinLink.maximumPins) pins"
        case .unknown(let key): "\"\(key)\" in the link is not known to this version"
        case .user: "the link has an @ in it, and no room asks for a user"
        }
    }

    /// What to do about it, one sentence.
    public var hint: String {
        switch self {
        case .bracketsMissing, .host:
            "write the host as a name, or as an address such as 192.0.2.7 or [2001:db8::1]"
        case .blank, .encoding, .tooLong: "copy it again from where it came from, all of it and in quotes"
        case .fragment: "take the # and what is behind it out; in a room's name it is written %23"
        case .noLink:
            "the form is 'snug://host:port/room?pin=sha256:…', and a server shows one when it starts"
        case .pin: "copy it again from where it came from: a pin is sha256: and 44 characters of base64"
        case .port: "write a number from 1 to 65535 behind the host, or none for \(JoinLink.standardPort)"
        case .room: "write the room as the list of rooms shows it, without its #"
        case .severalRooms: "name one room; a slash in its name is written %2F"
        case .tooManyPins: "leave those that the server has no more"
        case .unknown: "a link has pin=sha256:… behind its question mark, and nothing else"
        case .user: "leave out what is in front of the @; your name goes with --name"
        }
    }
}
