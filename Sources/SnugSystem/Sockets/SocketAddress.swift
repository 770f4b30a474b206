// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// An IPv4 or IPv6 address with a port.
public struct SocketAddress: Equatable, Sendable, CustomStringConvertible {
    private let storage: sockaddr_storage

    init(_ storage: sockaddr_storage) {
        self.storage = storage
    }

    /// The addresses a host name or address literal stands for (getaddrinfo(3)), each once, in the system's order.
    ///
    /// The name is looked up on the caller's thread, which may take seconds.
    public static func resolve(host: String, port: UInt16) throws(ResolutionError) -> [SocketAddress] {
        // Both of them, whatever a hosts file leaves out (RFC 6761 section 6.3).
        if ["localhost", "localhost."].contains(host.lowercased()) {
            return [loopback(port: port), ipv6(in6addr_loopback, port: port)]
        }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let outcome = getaddrinfo(host, String(port), &hints, &list)
        guard outcome == 0 else {
            throw ResolutionError(host: host, reason: String(cString: gai_strerror(outcome)))
        }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = list
        while let entry = next?.pointee {
            if let address = entry.ai_addr.flatMap(SocketAddress.init(pointer:)), !addresses.contains(address)
            {
                addresses.append(address)
            }
            next = entry.ai_next
        }
        guard !addresses.isEmpty else {
            throw ResolutionError(host: host, reason: "it has no address for TCP")
        }
        return addresses
    }

    /// 127.0.0.1 with `port`.
    public static func loopback(port: UInt16) -> SocketAddress {
        ipv4(INADDR_LOOPBACK, port: port)
    }

    /// All IPv4 and all IPv6 addresses of this machine, to listen on.
    public static func everywhere(port: UInt16) -> [SocketAddress] {
        [ipv4(INADDR_ANY, port: port), ipv6(in6addr_any, port: port)]
    }

    private static func ipv4(_ address: in_addr_t, port: UInt16) -> SocketAddress {
        var system = sockaddr_in()
        system.sin_family = sa_family_t(AF_INET)
        system.sin_port = port.bigEndian
        system.sin_addr = in_addr(s_addr: address.bigEndian)
        return withUnsafeBytes(of: system) { SocketAddress(bytes: $0) }
    }

    private static func ipv6(_ address: in6_addr, port: UInt16) -> SocketAddress {
        var system = sockaddr_in6()
        system.sin6_family = sa_family_t(AF_INET6)
        system.sin6_port = port.bigEndian
        system.sin6_addr = address
        return withUnsafeBytes(of: system) { SocketAddress(bytes: $0) }
    }

    private init(bytes: UnsafeRawBufferPointer) {
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) { $0.copyMemory(from: bytes) }
        self.init(storage)
    }

    /// The same address with another port.
    public func with(port: UInt16) -> SocketAddress {
        var storage = storage
        withUnsafeMutableBytes(of: &storage) {
            $0.storeBytes(of: port.bigEndian, toByteOffset: Self.portOffset, as: UInt16.self)
        }
        return SocketAddress(storage)
    }

    /// An address of 4 bytes (IPv4) or 16 (IPv6); nil for any other number of bytes.
    public init?(rawAddress raw: [UInt8], port: UInt16) {
        if raw.count == 4 {
            self = Self.ipv4(raw.reduce(0) { $0 << 8 | in_addr_t($1) }, port: port)
        } else if raw.count == 16 {
            var address = in6_addr()
            withUnsafeMutableBytes(of: &address) { $0.copyBytes(from: raw) }
            self = Self.ipv6(address, port: port)
        } else {
            return nil
        }
    }

    /// Nil for an address of another family.
    private init?(pointer: UnsafeMutablePointer<sockaddr>) {
        let count: Int
        switch Int32(pointer.pointee.sa_family) {
        case AF_INET: count = MemoryLayout<sockaddr_in>.size
        case AF_INET6: count = MemoryLayout<sockaddr_in6>.size
        default: return nil
        }
        self.init(bytes: UnsafeRawBufferPointer(start: pointer, count: count))
    }

    /// Where sin_port and sin6_port stand, both of them (ip(7), ipv6(7)).
    private static let portOffset = 2

    /// The port, in host order.
    public var port: UInt16 {
        withUnsafeBytes(of: storage) {
            UInt16(bigEndian: $0.loadUnaligned(fromByteOffset: Self.portOffset, as: UInt16.self))
        }
    }

    /// The address never leaves the machine: 127.0.0.0/8, ::1, or the former written as IPv6.
    public var isLoopback: Bool {
        let raw = rawAddress
        if raw.count == 4 { return raw[0] == 127 }
        return raw == [UInt8](repeating: 0, count: 15) + [1]
    }

    /// The address stands for all of the machine's: 0.0.0.0 or ::.
    var isWildcard: Bool { rawAddress.allSatisfy { $0 == 0 } }

    /// The interface that a link-local IPv6 address belongs to (RFC 4007 section 6); 0 for other addresses.
    private var zone: UInt32 {
        guard family == AF_INET6 else { return 0 }
        // sin6_scope_id stands behind the address (ipv6(7)).
        return withUnsafeBytes(of: storage) { $0.loadUnaligned(fromByteOffset: 24, as: UInt32.self) }
    }

    /// The address alone: 4 bytes of IPv4, or 16 of IPv6.
    public var addressBytes: [UInt8] { rawAddress }

    /// What one subscriber of a network can be told apart by: the IPv4 address, or an IPv6 address's first 64 bits.
    public var subscriber: [UInt8] {
        let raw = rawAddress
        return raw.count == 4 ? raw : Array(raw.prefix(8))
    }

    /// A ``subscriber`` as people write it: `192.0.2.7` or `2001:db8:1:2::/64`.
    public static func text(ofSubscriber subscriber: [UInt8]) -> String {
        guard subscriber.count == 8 else { return text(ofRawAddress: subscriber) ?? "?" }
        return (text(ofRawAddress: subscriber + [UInt8](repeating: 0, count: 8)) ?? "?") + "/64"
    }

    /// `127.0.0.1:9443`, `[::1]:9443` or `[fe80::1%eth0]:9443`.
    public var description: String { Self.text(host: host, port: port) }

    /// The address without its port, as people write it.
    private var host: String {
        let zone = zone
        return (Self.text(ofRawAddress: rawAddress) ?? "?")
            + (zone == 0 ? "" : "%\(Self.interfaceName(zone))")
    }

    /// The addresses of this machine, as people write them (getifaddrs(3)).
    public static var ofThisMachine: [String] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        var hosts: [String] = []
        var next = list
        while let entry = next?.pointee {
            if let address = entry.ifa_addr.flatMap(SocketAddress.init(pointer:)) {
                hosts.append(address.host)
            }
            next = entry.ifa_next
        }
        return hosts
    }

    /// A host with a port, as people write them: an IPv6 address is put into brackets (RFC 3986 section 3.2.2).
    public static func text(host: String, port: UInt16) -> String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    private static func interfaceName(_ index: UInt32) -> String {
        var name = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
        guard if_indextoname(index, &name) != nil else { return String(index) }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    public static func == (left: SocketAddress, right: SocketAddress) -> Bool {
        left.rawAddress == right.rawAddress && left.port == right.port && left.zone == right.zone
    }

    /// Whether `text` is an IPv4 or IPv6 address rather than a name.
    package static func isLiteral(_ text: String) -> Bool { rawAddress(ofLiteral: text) != nil }

    /// The bytes of an IPv4 or IPv6 address; nil for a name.
    package static func rawAddress(ofLiteral text: String) -> [UInt8]? {
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var raw = [UInt8](repeating: 0, count: count)
            if inet_pton(family, text, &raw) == 1 { return raw }
        }
        return nil
    }

    /// An IPv4 or IPv6 address of so many bytes as people write it; nil if it is neither.
    package static func text(ofRawAddress raw: [UInt8]) -> String? {
        guard raw.count == 4 || raw.count == 16 else { return nil }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(raw.count == 4 ? AF_INET : AF_INET6, raw, &text, socklen_t(text.count)) != nil else {
            return nil
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The address without its port, 4 or 16 bytes; an IPv4 address that was mapped into IPv6 is IPv4 again.
    public var rawAddress: [UInt8] {
        let isIPv4 = family == AF_INET
        let raw = withUnsafeBytes(of: storage) { isIPv4 ? Array($0[4..<8]) : Array($0[8..<24]) }
        return Self.unmapped(raw)
    }

    /// The four bytes of an IPv4 address that was mapped into IPv6 (RFC 4291 section 2.5.5.2); others as they are.
    package static func unmapped(_ raw: [UInt8]) -> [UInt8] {
        let mappedPrefix = [UInt8](repeating: 0, count: 10) + [0xff, 0xff]
        return raw.count == 16 && raw.starts(with: mappedPrefix) ? Array(raw.suffix(4)) : raw
    }

    package var family: Int32 { Int32(storage.ss_family) }

    func withSystemAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        let length = socklen_t(
            family == AF_INET ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
        )
        return withUnsafeBytes(of: storage) { bytes in
            // sockaddr_storage is made to be read as any of the addresses (socket(7)), and is never empty.
            body(bytes.assumingMemoryBound(to: sockaddr.self).baseAddress.unsafelyUnwrapped, length)
        }
    }

    /// Gives a socket this address (bind(2)).
    package func bind(_ socket: Int32) throws(SystemError) {
        try Syscalls.run("bind") { withSystemAddress { Glibc.bind(socket, $0, $1) } }
    }

    /// What a socket is bound to: with port 0 asked for, at the port that the kernel chose (getsockname(2)).
    package static func ofSocket(_ socket: Int32) throws(SystemError) -> SocketAddress {
        try filled { (address, length) throws(SystemError) in
            try Syscalls.run("getsockname") { getsockname(socket, address, length) }
        }
    }

    /// Runs a call such as accept4(2) that fills in an address.
    static func filled<Failure: Error>(
        by body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) throws(Failure) -> Void
    ) throws(Failure) -> SocketAddress {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        try withUnsafeMutableBytes(of: &storage) { (bytes) throws(Failure) in
            try body(bytes.assumingMemoryBound(to: sockaddr.self).baseAddress.unsafelyUnwrapped, &length)
        }
        return SocketAddress(storage)
    }
}

/// A host name that could not be turned into an address.
public struct ResolutionError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The name that was asked for.
    public let host: String

    /// The resolver's words.
    public let reason: String

    /// One lower-case sentence without a full stop.
    public var description: String { "the address of \(host) cannot be found: \(reason)" }
}
