// SPDX-License-Identifier: Apache-2.0

/// The first message of a TLS client, which nothing encrypts (RFC 8446 section 4.1.2).
struct ClientHello: Equatable, Sendable {
    /// The name of the server that the client wants (RFC 6066 section 3).
    var serverName: String?

    /// What the client would speak above TLS (RFC 7301).
    var applicationProtocols: [String] = []

    var versions: [UInt16] = []
    var cipherSuites: [UInt16] = []
    var groups: [UInt16] = []

    /// Handshake header included.
    var byteCount = 0

    private static let messageType = 1

    /// Reads the hello in the first handshake records of a client; nil if they hold none, or half of one.
    init?(_ records: [TLSRecord]) {
        let bytes = records.prefix { $0.type == .handshake }.flatMap(\.fragment)
        self.init(handshake: bytes[...])
    }

    init?(handshake bytes: ArraySlice<UInt8>) {
        var message = ByteReader(bytes)
        guard message.number(bytes: 1) == Self.messageType, var body = message.vector(lengthBytes: 3),
            // The version that TLS 1.3 froze at 1.2, 32 random bytes, a session id that means nothing any more.
            body.take(2) != nil, body.take(32) != nil, body.vector(lengthBytes: 1) != nil,
            let suites = body.vector(lengthBytes: 2), body.vector(lengthBytes: 1) != nil,
            var extensions = body.vector(lengthBytes: 2)
        else { return nil }
        cipherSuites = suites.numbers
        while let type = extensions.number(bytes: 2), let content = extensions.vector(lengthBytes: 2) {
            read(content, ofExtension: type)
        }
        byteCount = bytes.count
    }

    private mutating func read(_ content: ByteReader, ofExtension type: Int) {
        var content = content
        switch type {
        case 0:
            guard var names = content.vector(lengthBytes: 2), names.number(bytes: 1) == 0 else { return }
            serverName = names.text(lengthBytes: 2)
        case 10: groups = content.vector(lengthBytes: 2)?.numbers ?? []
        case 16:
            guard var list = content.vector(lengthBytes: 2) else { return }
            while let name = list.text(lengthBytes: 1) { applicationProtocols.append(name) }
        case 43: versions = content.vector(lengthBytes: 1)?.numbers ?? []
        default: break
        }
    }
}

extension ByteReader {
    /// Text behind a length; bytes that are not UTF-8 become U+FFFD.
    fileprivate mutating func text(lengthBytes: Int) -> String? {
        guard let count = number(bytes: lengthBytes), let bytes = take(count) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The names that the registries give to numbers (IANA, TLS parameters); others are shown as hexadecimal.
enum TLSNames {
    static func version(_ number: UInt16) -> String {
        switch number {
        case 0x0303: "TLS 1.2"
        case 0x0304: "TLS 1.3"
        default: hexadecimal(number)
        }
    }

    static func cipherSuite(_ number: UInt16) -> String {
        switch number {
        case 0x00ff: "renegotiation signal"
        case 0x1301: "AES-128-GCM"
        case 0x1302: "AES-256-GCM"
        case 0x1303: "ChaCha20-Poly1305"
        default: hexadecimal(number)
        }
    }

    static func group(_ number: UInt16) -> String {
        switch number {
        case 0x0017: "P-256"
        case 0x0018: "P-384"
        case 0x001d: "X25519"
        case 0x11ec: "X25519MLKEM768"
        default: hexadecimal(number)
        }
    }

    private static func hexadecimal(_ number: UInt16) -> String {
        let digits = String(number, radix: 16)
        return "0x" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
