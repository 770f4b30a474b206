// SPDX-License-Identifier: Apache-2.0

/// What bytes on a TLS port seem to be when they are not TLS.
public enum PlaintextGuess: CaseIterable, Equatable, Sendable {
    /// It begins like an HTTP request.
    case http

    /// It begins like an IRC client.
    case irc

    /// It begins like a frame of this project's protocol: a chat client without TLS.
    case plainChat

    /// It begins like the PROXY protocol, version 1 or 2, with which load balancers tell the client's address.
    case proxyHeader

    /// It begins like a Redis client.
    case redis

    /// It begins like a client that brings mail.
    case smtp

    /// It begins like SSH.
    case ssh

    /// It is something else.
    case unknown

    /// Judges by what came first, which can be a part of the first message.
    init(firstBytes: UnsafeRawBufferPointer) {
        self =
            Self.isPlainChat(firstBytes)
            ? .plainChat
            : Self.beginnings.first { _, words in words.contains { firstBytes.begin(with: $0) } }?.guess
                ?? .unknown
    }

    /// Words with which only one protocol begins; upper and lower case count as the same.
    private static let beginnings: [(guess: PlaintextGuess, words: [String])] = [
        // The first bytes of version 2's signature, which no text has.
        (.proxyHeader, ["PROXY TCP", "PROXY UNKNOWN", "\r\n\r\n\0"]),
        (.unknown, ["OPTIONS / RTSP/"]),
        (.http, httpMethods.flatMap { ["\($0) /", "\($0) HTTP://", "\($0) HTTPS://"] }),
        (.http, ["CONNECT ", "OPTIONS * ", "PRI * HTTP/2"]),
        (.irc, ["AUTHENTICATE ", "CAP ", "JOIN ", "NICK ", "PASS ", "USER "]),
        (.redis, (1...9).map { "*\($0)\r\n" } + ["PING\r\n"]),
        (.smtp, ["EHLO", "HELO", "LHLO", "MAIL FROM:"]),
        (.ssh, ["SSH-"]),
    ]

    /// RFC 9110 section 9 and RFC 5789.
    private static let httpMethods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"]

    /// A length of less than 64 KiB, and text behind it: many binary protocols have the former as well.
    private static func isPlainChat(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.prefix(2).allSatisfy({ $0 == 0 }) else { return false }
        return bytes.dropFirst(4).prefix(1).allSatisfy { $0 >= UInt8(ascii: " ") && $0 != 0x7F }
    }
}

extension PlaintextGuess: CustomStringConvertible {
    /// A few words.
    public var description: String {
        switch self {
        case .http: "an HTTP request"
        case .irc: "an IRC client"
        case .plainChat: "a chat client without TLS"
        case .proxyHeader: "a PROXY header"
        case .redis: "a Redis client"
        case .smtp: "a mail client (SMTP)"
        case .ssh: "an SSH client"
        case .unknown: "no TLS"
        }
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func begin(with word: String) -> Bool {
        starts(with: word.utf8) { byte, expected in
            let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            return (isLetter ? byte - 0x20 : byte) == expected
        }
    }
}
