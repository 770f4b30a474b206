// SPDX-License-Identifier: Apache-2.0

/// A ClientHello made by hand (RFC 8446 section 4.1.2), so that it can be wrong in one way and right in all others.
public struct CraftedHello {
    public var legacyVersion: [UInt8] = [3, 3]
    public var sessionID = [UInt8](repeating: 0x5A, count: 32)
    public var cipherSuites: [UInt16]
    public var compressionMethods: [UInt8] = [0]

    /// In the order in which they are sent, with their numbers in IANA's list.
    public var extensions: [(type: UInt16, body: [UInt8])]

    /// Offers TLS 1.3 alone, with all that this project's server accepts.
    public static var tls13: CraftedHello {
        CraftedHello(
            cipherSuites: [0x1302, 0x1303],
            extensions: [
                (ExtensionType.supportedVersions, [2, 3, 4]),
                (ExtensionType.supportedGroups, [0, 4, 0, 0x1D, 0, 0x17]),
                signatureAlgorithms,
                // An X25519 share can be any 32 bytes (RFC 7748 section 5).
                (ExtensionType.keyShare, [0, 36, 0, 0x1D, 0, 32] + [UInt8](repeating: 9, count: 32)),
            ]
        )
    }

    /// Offers TLS 1.2, with ECDHE and AES-GCM.
    public static var tls12: CraftedHello {
        CraftedHello(
            cipherSuites: [0xC02C, 0xC02B],
            extensions: [
                (ExtensionType.supportedGroups, [0, 4, 0, 0x1D, 0, 0x17]),
                (ExtensionType.pointFormats, [1, 0]),
                signatureAlgorithms,
                (ExtensionType.renegotiationInfo, [0]),
            ]
        )
    }

    public enum ExtensionType {
        public static let serverName: UInt16 = 0
        public static let supportedGroups: UInt16 = 10
        public static let pointFormats: UInt16 = 11
        public static let signatureAlgorithms: UInt16 = 13
        public static let heartbeat: UInt16 = 15
        public static let padding: UInt16 = 21
        public static let compressCertificate: UInt16 = 27
        public static let sessionTicket: UInt16 = 35
        public static let preSharedKey: UInt16 = 41
        public static let earlyData: UInt16 = 42
        public static let supportedVersions: UInt16 = 43
        public static let pskKeyExchangeModes: UInt16 = 45
        public static let keyShare: UInt16 = 51
        public static let renegotiationInfo: UInt16 = 0xFF01
    }

    private static let signatureAlgorithms: (UInt16, [UInt8]) = (
        ExtensionType.signatureAlgorithms, [0, 8, 8, 7, 4, 3, 5, 3, 8, 4]
    )

    /// The handshake message, its four bytes of type and length in front.
    public var message: [UInt8] {
        let offered = extensions.flatMap { Self.number($0.type) + Self.counted($0.body, lengthBytes: 2) }
        let body =
            legacyVersion + [UInt8](repeating: 0xA5, count: 32) + Self.counted(sessionID, lengthBytes: 1)
            + Self.counted(cipherSuites.flatMap(Self.number), lengthBytes: 2)
            + Self.counted(compressionMethods, lengthBytes: 1) + Self.counted(offered, lengthBytes: 2)
        return [1] + Self.counted(body, lengthBytes: 3)
    }

    /// The message in one record, or in as many as its length takes.
    public var records: [UInt8] { Self.records(of: message, fragmentBytes: 16_384) }

    /// Handshake bytes in records of at most so many.
    public static func records(of message: [UInt8], fragmentBytes: Int) -> [UInt8] {
        stride(from: 0, to: message.count, by: fragmentBytes).flatMap { start in
            record(22, Array(message[start..<min(start + fragmentBytes, message.count)]))
        }
    }

    /// One record in clear.
    public static func record(_ type: UInt8, _ fragment: [UInt8]) -> [UInt8] {
        [type, 3, 1] + counted(fragment, lengthBytes: 2)
    }

    /// `bytes` behind their number.
    public static func counted(_ bytes: [UInt8], lengthBytes: Int) -> [UInt8] {
        (0..<lengthBytes).reversed().map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) } + bytes
    }

    private static func number(_ value: UInt16) -> [UInt8] {
        [UInt8(value >> 8), UInt8(truncatingIfNeeded: value)]
    }
}

/// What a server made of a ClientHello, as far as its first record tells.
public enum HelloAnswer: Equatable {
    /// A fatal alert with this number (RFC 8446 section 6).
    case alert(UInt8)
    case serverHello(ServerHello)
    /// The connection ended without a word.
    case nothing
    case other([UInt8])

    public struct ServerHello: Equatable {
        public let random: [UInt8]
        public let sessionID: [UInt8]
        public let cipherSuite: [UInt8]
        public let compressionMethod: UInt8
        public let extensions: [UInt16]
    }

    public init(_ bytes: [UInt8]) {
        if bytes.isEmpty {
            self = .nothing
        } else if bytes.count >= 7, bytes[0] == 21, bytes[5] == 2 {
            self = .alert(bytes[6])
        } else if let hello = ServerHello(record: bytes) {
            self = .serverHello(hello)
        } else {
            self = .other(bytes)
        }
    }
}

extension HelloAnswer.ServerHello {
    /// Reads the record at the start of `bytes`; the server is our own, so nothing here is hostile.
    init?(record bytes: [UInt8]) {
        guard bytes.count > 44, bytes[0] == 22, bytes[5] == 2 else { return nil }
        let afterSessionID = 44 + Int(bytes[43])
        guard bytes.count > afterSessionID + 4 else { return nil }
        var offset = afterSessionID + 5
        let end = 9 + Int(bytes[6]) << 16 + Int(bytes[7]) << 8 + Int(bytes[8])
        var types: [UInt16] = []
        while offset + 4 <= min(end, bytes.count) {
            types.append(UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1]))
            offset += 4 + Int(bytes[offset + 2]) << 8 + Int(bytes[offset + 3])
        }
        random = Array(bytes[11..<43])
        sessionID = Array(bytes[44..<afterSessionID])
        cipherSuite = Array(bytes[afterSessionID..<afterSessionID + 2])
        compressionMethod = bytes[afterSessionID + 2]
        extensions = types
    }
}
