// SPDX-License-Identifier: Apache-2.0

internal import CGnuTLS
internal import Glibc
internal import SnugSystem

/// A host as people write it, brought into the one form that the resolver and TLS understand.
///
/// It may be a name, whose letters beyond ASCII are encoded (RFC 5891), an IPv4 address, or an IPv6 address, also in
/// brackets or with the interface that a link-local one needs: `fe80::1%eth0`.
public struct HostName: Equatable, Sendable {
    /// The name in ASCII, or the address in its usual form.
    public let text: String

    /// Reads what somebody wrote; a URL or a host with a port is refused, with what to write instead.
    public init(_ written: String) throws(HostNameError) {
        let trimmed = written.trimmingWhiteSpace
        guard !trimmed.isEmpty else { throw .empty }
        if let mark = trimmed.firstRange(of: "://") {
            throw .url(Self.authority(trimmed[mark.upperBound...]))
        }
        let host = trimmed.first == "[" && trimmed.last == "]" ? trimmed.dropFirst().dropLast() : trimmed[...]
        if host.contains(":") || host.contains("%") {
            text = try Self.address(host, in: trimmed)
        } else if host.count < trimmed.count {
            throw .malformed(trimmed)
        } else if let address = Self.ipv4(host) {
            text = address
        } else {
            text = try Self.encoded(host)
        }
    }

    // MARK: Names

    /// A name is at most 253 bytes, each of its labels 1 to 63 (RFC 1035 section 2.3.4).
    private static let maximumBytes = 253
    private static let labelBytes = 1...63

    private static func encoded(_ name: Substring) throws(HostNameError) -> String {
        // Judged before as well: what it cannot encode, such as an underscore in another script, the library leaves out.
        let isASCII = name.utf8.allSatisfy { $0 < 0x80 }
        guard name.utf8.allSatisfy({ $0 >= 0x80 || isPartOfAName($0) }), isASCII || !name.contains("_") else {
            throw .malformed(String(name))
        }
        var datum = gnutls_datum_t()
        let outcome = String(name).withCString { gnutls_idna_map($0, UInt32(strlen($0)), &datum, 0) }
        guard outcome == GNUTLS_E_SUCCESS, let data = datum.data else { throw .malformed(String(name)) }
        defer { snug_gnutls_free(data) }
        let encoded = String(
            decoding: UnsafeBufferPointer(start: data, count: Int(datum.size)),
            as: UTF8.self
        )
        let labels = (encoded.hasSuffix(".") ? encoded.dropLast() : encoded[...])
            .split(separator: ".", omittingEmptySubsequences: false)
        // A number alone is a port that went astray, and the resolver would take it for an address.
        guard encoded.utf8.count <= maximumBytes, encoded.utf8.allSatisfy(isPartOfAName),
            UInt64(encoded) == nil,
            labels.allSatisfy({ labelBytes.contains($0.utf8.count) })
        else { throw .malformed(String(name)) }
        // Digits and dots of another script are those of an address.
        return ipv4(encoded[...]) ?? encoded
    }

    /// Letters, digits, hyphens, and the underscore that containers have in their names.
    private static func isPartOfAName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-_.".utf8.contains(byte)
        }
    }

    // MARK: Addresses

    /// An IPv4 address in its usual form, also of one such as `127.1` (inet_aton(3)); nil for a name.
    private static func ipv4(_ host: Substring) -> String? {
        var address = in_addr()
        guard host.contains("."), inet_aton(String(host), &address) != 0 else { return nil }
        return withUnsafeBytes(of: address) { SocketAddress.text(ofRawAddress: Array($0)) }
    }

    /// An IPv6 address in its usual form, with its interface if it is link-local; IPv4 if it is that, mapped.
    private static func address(_ host: Substring, in written: String) throws(HostNameError) -> String {
        let parts = host.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        guard let raw = SocketAddress.rawAddress(ofLiteral: String(parts[0])), raw.count == 16,
            let address = SocketAddress.text(ofRawAddress: SocketAddress.unmapped(raw))
        else { throw hostWithPort(written) }
        let isLinkLocal = raw[0] == 0xFE && raw[1] & 0xC0 == 0x80
        guard isLinkLocal else {
            if parts.count == 2 { throw .needlessInterface(address) }
            return address
        }
        // To the kernel a colon is the end of an interface's name.
        if parts.count == 2, let colon = host.lastIndex(of: ":"), parts[1].contains(":") {
            guard let port = UInt16(host[host.index(after: colon)...]),
                let name = try? HostName(String(host[..<colon]))
            else { throw .malformed(written) }
            throw .port(port, behind: name)
        }
        guard parts.count == 2, if_nametoindex(String(parts[1])) != 0 || isIndex(parts[1]) else {
            throw .interfaceMissing(address, named: parts.count == 2 ? String(parts[1]) : nil)
        }
        return "\(address)%\(parts[1])"
    }

    private static func isIndex(_ zone: Substring) -> Bool {
        var name = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
        return UInt32(zone).map { if_indextoname($0, &name) != nil } ?? false
    }

    // MARK: Ports

    /// What is wrong with a host that has a colon and is no address: a port, or everything.
    private static func hostWithPort(_ written: String) -> HostNameError {
        guard let (host, port) = split(written[...]), let port, host.first == "[" || !host.contains(":"),
            let name = try? HostName(String(host))
        else { return .malformed(written) }
        return .port(port, behind: name)
    }

    private static func authority(_ rest: Substring) -> HostNameError.Authority? {
        let authority = rest.prefix { !"/?#".contains($0) }.split(separator: "@").last ?? ""
        guard let (host, port) = split(authority), let name = try? HostName(String(host)) else { return nil }
        return HostNameError.Authority(host: name, port: port)
    }

    /// The host, and the number behind its last colon if there is one.
    private static func split(_ text: Substring) -> (host: Substring, port: UInt16?)? {
        guard let colon = text.lastIndex(of: ":"), text.last != "]" else { return (text, nil) }
        guard let port = UInt16(text[text.index(after: colon)...]) else { return nil }
        return (text[..<colon], port)
    }
}

/// Why what somebody wrote is no host.
public enum HostNameError: Error, Equatable, Sendable {
    case empty
    /// A link-local address whose interface is not said, or is not there.
    case interfaceMissing(String, named: String?)
    case malformed(String)
    case needlessInterface(String)
    case port(UInt16, behind: HostName)
    /// Nil if the URL holds no host that could be one.
    case url(Authority?)

    /// What a URL says about the server.
    public struct Authority: Equatable, Sendable {
        public let host: HostName
        public let port: UInt16?
    }
}

extension HostNameError: CustomStringConvertible {
    /// One lower-case sentence without a full stop.
    public var description: String {
        switch self {
        case .empty: "the host is empty"
        case .interfaceMissing(let address, named: nil):
            "\(address) is there once on each interface, and it is not said which is meant"
        case .interfaceMissing(_, named: let name?): "this machine has no interface \(name)"
        case .malformed(let text): "\(text) is neither a host name nor an address"
        case .needlessInterface(let address):
            "\(address) belongs to no interface: only addresses that begin with fe80 do"
        case .port: "a host has no port in it"
        case .url: "a host is a name or an address, and no URL"
        }
    }
}

extension String {
    fileprivate var trimmingWhiteSpace: String {
        guard let last = lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(self[...last].drop(while: \.isWhitespace))
    }
}
