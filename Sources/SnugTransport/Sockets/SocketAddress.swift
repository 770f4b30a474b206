// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// An IPv4 or IPv6 address with a port.
public struct SocketAddress: Equatable, Sendable, CustomStringConvertible {
    private let storage: sockaddr_storage

    init(_ storage: sockaddr_storage) {
        self.storage = storage
    }

    /// The addresses a host name or address literal stands for (getaddrinfo(3)), in the system's order.
    ///
    /// The name is looked up on the caller's thread, which may take seconds.
    public static func resolve(host: String, port: UInt16) throws(ResolutionError) -> [SocketAddress] {
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
            if let address = SocketAddress(entry) { addresses.append(address) }
            next = entry.ai_next
        }
        return addresses
    }

    /// 127.0.0.1 with `port`.
    public static func loopback(port: UInt16) -> SocketAddress {
        let address = sockaddr_in(
            sin_family: sa_family_t(AF_INET),
            sin_port: port.bigEndian,
            sin_addr: in_addr(s_addr: INADDR_LOOPBACK.bigEndian),
            sin_zero: (0, 0, 0, 0, 0, 0, 0, 0)
        )
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) { storage in
            withUnsafeBytes(of: address) { storage.copyMemory(from: $0) }
        }
        return SocketAddress(storage)
    }

    private init?(_ entry: addrinfo) {
        guard entry.ai_family == AF_INET || entry.ai_family == AF_INET6, let address = entry.ai_addr else {
            return nil
        }
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) {
            $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(entry.ai_addrlen)))
        }
        self.init(storage)
    }

    /// The port, in host order.
    public var port: UInt16 {
        var port: UInt16 = 0
        // sin_port and sin6_port stand at the same place (ip(7), ipv6(7)).
        withUnsafeBytes(of: storage) { port = $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self) }
        return UInt16(bigEndian: port)
    }

    /// The address never leaves the machine: 127.0.0.0/8, ::1, or the former written as IPv6.
    public var isLoopback: Bool {
        let raw = rawAddress
        if raw.count == 4 { return raw[0] == 127 }
        return raw == [UInt8](repeating: 0, count: 15) + [1]
    }

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

    /// `127.0.0.1:9443` or `[::1]:9443`.
    public var description: String {
        let text = Self.text(ofRawAddress: rawAddress) ?? "?"
        return text.contains(":") ? "[\(text)]:\(port)" : "\(text):\(port)"
    }

    public static func == (left: SocketAddress, right: SocketAddress) -> Bool {
        left.rawAddress == right.rawAddress && left.port == right.port
    }

    /// Whether `text` is an IPv4 or IPv6 address rather than a name.
    static func isLiteral(_ text: String) -> Bool {
        var address = in6_addr()
        return inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1
    }

    static func text(ofRawAddress raw: [UInt8]) -> String? {
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
        let mappedPrefix = [UInt8](repeating: 0, count: 10) + [0xff, 0xff]
        return raw.starts(with: mappedPrefix) ? Array(raw.suffix(4)) : raw
    }

    var family: Int32 { Int32(storage.ss_family) }

    func withSystemAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        let length = socklen_t(
            family == AF_INET ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
        )
        return withUnsafeBytes(of: storage) { bytes in
            // sockaddr_storage is made to be read as any of the addresses (socket(7)), and is never empty.
            body(bytes.assumingMemoryBound(to: sockaddr.self).baseAddress.unsafelyUnwrapped, length)
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
