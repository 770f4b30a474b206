// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// One subject alternative name of a certificate that was read (RFC 5280 section 4.2.1.6).
package enum CertificateName: Equatable {
    /// The bytes of an address.
    case address([UInt8])

    /// A host name, as its bytes are.
    case host([UInt8])

    /// What names no server: an e-mail address, a URI and the like.
    case other

    /// For people; nil for what names no server.
    var text: String? {
        switch self {
        case .address(let bytes):
            SocketAddress.text(ofRawAddress: bytes) ?? "an address of \(bytes.count) bytes"
        case .host(let bytes): String(decoding: bytes, as: UTF8.self)
        case .other: nil
        }
    }

    /// A name that a client can ask for and that this one is good for.
    var example: String? {
        switch self {
        case .address(let bytes): return SocketAddress.text(ofRawAddress: bytes)
        case .host(let bytes):
            guard flaw == nil else { return nil }
            let text = String(decoding: bytes, as: UTF8.self)
            return bytes.starts(with: Self.wildcard) ? "any" + text.dropFirst() : text
        case .other: return nil
        }
    }

    /// Why no client can ask for a server by this name; nil if one can, or if it names no server.
    var flaw: CertificateNameFlaw? {
        switch self {
        case .address(let bytes): return bytes.count == 4 || bytes.count == 16 ? nil : .noAddress
        case .other: return nil
        case .host(let bytes):
            let text = String(decoding: bytes, as: UTF8.self)
            if SocketAddress.isLiteral(text) { return .addressAsHostName }
            if bytes.last == Self.dot, bytes.count > 1 { return .dotAtTheEnd }
            let isWildcard = bytes.starts(with: Self.wildcard)
            let host = isWildcard ? String(text.dropFirst(2)) : text
            guard SubjectName.isHostName(host) else {
                return bytes.contains(Self.asterisk) ? .wildcard : .noHostName
            }
            // RFC 6125 section 7.2: one for everything below a top-level domain is taken by no careful client.
            return isWildcard && !host.utf8.contains(Self.dot) ? .wildcard : nil
        }
    }

    /// Whether it stands for many names.
    var isWildcard: Bool {
        guard case .host(let bytes) = self else { return false }
        return bytes.starts(with: Self.wildcard)
    }

    private static let asterisk = UInt8(ascii: "*")
    private static let dot = UInt8(ascii: ".")
    private static let wildcard = Array("*.".utf8)
}

/// Why no client can ask for a server by a name that its certificate holds.
public enum CertificateNameFlaw: Equatable, Sendable, CustomStringConvertible {
    /// Clients look for addresses among the addresses.
    case addressAsHostName

    /// Clients leave a dot at the end out.
    case dotAtTheEnd

    /// Neither 4 nor 16 bytes.
    case noAddress

    /// What DNS cannot hold.
    case noHostName

    /// An asterisk that is no whole first label, or has fewer than two labels behind it.
    case wildcard

    /// A phrase to be put behind the name.
    public var description: String {
        switch self {
        case .addressAsHostName: "is an address written as a host name"
        case .dotAtTheEnd: "ends with a dot"
        case .noAddress: "is none of IPv4 or IPv6"
        case .noHostName: "is no host name"
        case .wildcard: "is no wildcard that clients take"
        }
    }
}
