// SPDX-License-Identifier: Apache-2.0

/// Who somebody is, whatever it is called at the moment, from entering until leaving.
///
/// The number of the event with which it came, so that no two people ever share one, restarts included.
public struct PersonID: Hashable, Comparable, Sendable {
    /// The number behind the id.
    public let rawValue: UInt64

    /// Makes an id of a number that a ``Chat`` gave before.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Whether `left` came before `right`.
    public static func < (left: PersonID, right: PersonID) -> Bool {
        left.rawValue < right.rawValue
    }
}

extension PersonID: CustomStringConvertible {
    /// The number, for a log.
    public var description: String { String(rawValue) }
}

/// One of the servers that share one order of requests; 0 is a server that shares none.
public struct NodeNumber: Hashable, Comparable, Sendable {
    /// No number reaches it.
    public static let bound: UInt32 = 1 << 24

    /// The number.
    public let rawValue: UInt32

    /// Makes a number; nil if it is too large for the ids of sessions.
    public init?(_ number: UInt64) {
        guard number < Self.bound else { return nil }
        self.init(ofFewBits: number)
    }

    fileprivate init(ofFewBits number: UInt64) { rawValue = UInt32(truncatingIfNeeded: number) }

    /// A server that shares no order with others.
    public static let alone = NodeNumber(ofFewBits: 0)

    /// The order in which they came.
    public static func < (left: NodeNumber, right: NodeNumber) -> Bool {
        left.rawValue < right.rawValue
    }
}

extension NodeNumber: CustomStringConvertible {
    /// The number, for a log.
    public var description: String { String(rawValue) }
}

/// One connection of a person; given by whoever asks for it (node and counter), and never again.
public struct SessionID: Hashable, Comparable, Sendable {
    private static let counterBits: UInt64 = 40

    /// The number behind the id.
    public let rawValue: UInt64

    /// Makes an id of a number that no other connection has.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Makes the id of a node's connection; nil once the node has had 2^40 of them.
    public init?(_ node: NodeNumber, counter: UInt64) {
        guard counter >> Self.counterBits == 0 else { return nil }
        rawValue = UInt64(node.rawValue) << Self.counterBits | counter
    }

    /// The server that the connection is with.
    public var node: NodeNumber { NodeNumber(ofFewBits: rawValue >> Self.counterBits) }

    /// An order, so that several sessions are always dealt with in the same one.
    public static func < (left: SessionID, right: SessionID) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// Which room is meant, whatever other room has the same name.
///
/// The number of the event with which it was opened: a room that is opened anew under an old name, or beside a private
/// one, is another room and must not be given that one's history.
public struct RoomID: Hashable, Comparable, Sendable {
    /// The room that everyone enters and that always exists.
    public static let main = RoomID(rawValue: 0)

    /// The number behind the id.
    public let rawValue: UInt64

    /// Makes an id of a number that a ``Chat`` gave before.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Whether `left` was opened before `right`.
    public static func < (left: RoomID, right: RoomID) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// A point in time: milliseconds since 1970-01-01 00:00 UTC.
public struct ChatTime: Hashable, Comparable, Sendable {
    /// The milliseconds.
    public let milliseconds: Int64

    /// Makes a point in time.
    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// Whether `left` is earlier.
    public static func < (left: ChatTime, right: ChatTime) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// The time so many milliseconds later; the last one that there is if it would be later than that.
    public func adding(milliseconds other: Int64) -> ChatTime {
        let (sum, isTooLarge) = milliseconds.addingReportingOverflow(other)
        return ChatTime(milliseconds: isTooLarge ? (other < 0 ? .min : .max) : sum)
    }
}

/// 32 bytes that are compared and never interpreted, such as a SHA-256, without memory of their own.
public struct Bytes32: Hashable, Comparable, Sendable {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    /// All of them zeros.
    package static let zero = Bytes32(filling: [])

    /// Takes exactly 32 bytes; nil for any other number.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.init(filling: bytes)
    }

    /// Takes at most 32 bytes, and zeros behind them.
    init(filling bytes: [UInt8]) {
        withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes.prefix($0.count)) }
    }

    /// The bytes.
    public var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }

    /// The bytes as figures, two for each.
    package var hexadecimal: String {
        let figures = Array("0123456789abcdef")
        return String(bytes.flatMap { [figures[Int($0 >> 4)], figures[Int($0 & 15)]] })
    }

    /// Whether both are the same bytes.
    public static func == (left: Bytes32, right: Bytes32) -> Bool {
        left.words == right.words
    }

    /// The order of the bytes.
    public static func < (left: Bytes32, right: Bytes32) -> Bool {
        left.bigEndian < right.bigEndian
    }

    /// Hashes what is compared.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }

    private var bigEndian: (UInt64, UInt64, UInt64, UInt64) {
        (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
    }
}

/// A key that a person has proved to have: the SHA-256 of its public key (SubjectPublicKeyInfo).
public struct PersonKey: Hashable, Comparable, Sendable {
    /// The digest.
    public let digest: Bytes32

    /// Makes a key of its digest.
    public init(_ digest: Bytes32) {
        self.digest = digest
    }

    /// The order of the bytes.
    public static func < (left: PersonKey, right: PersonKey) -> Bool {
        left.digest < right.digest
    }
}

extension PersonKey: CustomStringConvertible {
    /// `sha256:` and the digest in base64 (RFC 4648 section 4), as people and messages name it.
    public var description: String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        let digest = digest.bytes
        var text: [UInt8] = []
        for start in stride(from: 0, to: digest.count, by: 3) {
            let group = digest[start...].prefix(3)
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for index in 0..<4 {
                text.append(
                    index <= group.count ? alphabet[bits >> (18 - 6 * index) & 63] : UInt8(ascii: "=")
                )
            }
        }
        return "sha256:" + String(decoding: text, as: UTF8.self)
    }
}

/// The SHA-256 of a token, with which somebody whose connection was cut proves to be the same.
///
/// The token itself is made, and hashed, elsewhere: whoever reads a stored digest can resume nothing with it.
public struct TokenDigest: Hashable, Comparable, Sendable {
    /// The digest.
    public let digest: Bytes32

    /// Makes a token's digest.
    public init(_ digest: Bytes32) {
        self.digest = digest
    }

    /// The order of the bytes.
    public static func < (left: TokenDigest, right: TokenDigest) -> Bool {
        left.digest < right.digest
    }
}

/// What bans by address compare: an IPv4 address, or the first 64 bits of an IPv6 one, which one customer has whole.
public struct AddressKey: Hashable, Comparable, Sendable {
    private let isIPv4: Bool
    private let value: UInt64

    /// Takes the 4 or 16 bytes of an address as they are on the wire; nil for any other number.
    ///
    /// An IPv4 address in an IPv6 one (::ffff:0:0/96) is that IPv4 address.
    public init?(addressBytes: some Collection<UInt8>) {
        let mapped: [UInt8] = Array(repeating: 0, count: 10) + [0xFF, 0xFF]
        let compared: any Collection<UInt8>
        switch addressBytes.count {
        case 4: compared = addressBytes
        case 16 where addressBytes.starts(with: mapped): compared = addressBytes.dropFirst(12)
        case 16: compared = addressBytes.prefix(8)
        default: return nil
        }
        self.init(comparing: Array(compared))
    }

    /// Takes what `bytes` gave; nil for any other number of bytes than 4 or 8.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 4 || bytes.count == 8 else { return nil }
        self.init(comparing: Array(bytes))
    }

    private init(comparing bytes: [UInt8]) {
        isIPv4 = bytes.count == 4
        value = bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Four bytes of an IPv4 address, or the first eight of an IPv6 address.
    public var bytes: [UInt8] {
        let all = (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(56 - 8 * $0)) }
        return isIPv4 ? Array(all.suffix(4)) : all
    }

    /// An order: IPv4 first, then that of the bytes.
    public static func < (left: AddressKey, right: AddressKey) -> Bool {
        left.isIPv4 == right.isIPv4 ? left.value < right.value : left.isIPv4
    }
}

/// A client's own name for a line of its stay, so that sending it again does not say it again.
public struct Ref: Hashable, Sendable {
    /// The most bytes that it has.
    public static let maximumBytes = 32

    private let bytes: Bytes32

    /// Takes 1 to 32 characters of printable ASCII; nil for anything else.
    public init?(_ text: String) {
        let utf8 = text.utf8
        guard (1...Self.maximumBytes).contains(utf8.count), utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else { return nil }
        bytes = Bytes32(filling: Array(utf8))
    }

    /// What the client wrote.
    public var text: String { String(decoding: bytes.bytes.prefix { $0 != 0 }, as: UTF8.self) }
}
