// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// A TCP socket that accepts connections without waiting.
public struct ListeningSocket: ~Copyable {
    private let socket: OwnedDescriptor

    /// The address that is really bound: with port 0 asked for, the port that the kernel chose.
    public let address: SocketAddress

    /// Given up to accept one connection when the process is out of descriptors; see ``accept()``.
    private var reserve: OwnedDescriptor?

    /// One member's share of kernel memory for what it has not read yet, in bytes.
    ///
    /// Left alone, the kernel would take up to 4 MiB for a member that stopped reading before anyone noticed.
    static let sendBufferBytes: Int32 = 131_072

    /// And for what it has sent that was not read yet.
    ///
    /// Left alone, the kernel would take in up to 32 MiB from a member that sends faster than it may. This still lets
    /// through 200 KB/s with 300 ms on the way, which is several times what the rate limit takes.
    static let receiveBufferBytes: Int32 = 65_536

    /// Binds and listens.
    ///
    /// - Parameters:
    ///   - stuckTimeout: how long the kernel holds on to bytes that a peer does not take, whether it is gone (then no
    ///     less than ``PeerSilence/limit`` is of use) or has closed its window.
    ///   - takesIPv4: whether a socket for all IPv6 addresses of the machine takes those of IPv4 as well (ipv6(7)).
    public init(
        address wanted: SocketAddress,
        stuckTimeout: Duration = PeerSilence.limit,
        takesIPv4: Bool = true
    ) throws(SystemError) {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let number = try Syscalls.run("socket") { Glibc.socket(wanted.family, kind, 0) }
        let socket = OwnedDescriptor(owning: number)
        try Syscalls.setOption(SO_REUSEADDR, at: SOL_SOCKET, to: 1, on: number)
        try Self.setOptions(of: number, stuckTimeout)
        if wanted.family == AF_INET6 {
            let isAlone: Int32 = takesIPv4 ? 0 : 1
            try Syscalls.setOption(IPV6_V6ONLY, at: Int32(IPPROTO_IPV6), to: isAlone, on: number)
        }
        try wanted.bind(number)
        try Self.listen(on: number)
        address = try .ofSocket(number)
        self.socket = socket
        reserve = Self.openReserve()
    }

    /// Accepts connections on a socket that a service manager has opened; nil if another took it first.
    ///
    /// - Parameter stuckTimeout: see ``init(address:stuckTimeout:takesIPv4:)``.
    public init?(_ passed: PassedSocket, stuckTimeout: Duration = PeerSilence.limit) throws(SystemError) {
        guard let socket = passed.take() else { return nil }
        let number = socket.number
        let flags = try Syscalls.run("fcntl") { fcntl(number, F_GETFL) }
        try Syscalls.run("fcntl") { fcntl(number, F_SETFL, flags | O_NONBLOCK) }
        try Self.setOptions(of: number, stuckTimeout)
        try Self.listen(on: number)
        address = try .ofSocket(number)
        self.socket = socket
        reserve = Self.openReserve()
    }

    /// Accepted sockets inherit all of these, which saves a call each (tcp(7)).
    private static func setOptions(of number: Int32, _ stuckTimeout: Duration) throws(SystemError) {
        try Syscalls.setOption(SO_SNDBUF, at: SOL_SOCKET, to: sendBufferBytes, on: number)
        try Syscalls.setOption(SO_RCVBUF, at: SOL_SOCKET, to: receiveBufferBytes, on: number)
        try Syscalls.setOption(TCP_NODELAY, at: Int32(IPPROTO_TCP), to: 1, on: number)
        try PeerSilence.limit(on: number)
        PeerSilence.limitStuckOutput(on: number, to: stuckTimeout)
    }

    private static func listen(on number: Int32) throws(SystemError) {
        try Syscalls.run("listen") { Glibc.listen(number, 4_096) }
    }

    /// The descriptor to watch for readiness.
    public var descriptor: Int32 { socket.number }

    /// Takes the next connection that waits.
    ///
    /// Out of descriptors, it accepts and closes one by means of a reserve and says so: a listener that stayed
    /// readable would spin its loop.
    public mutating func accept() throws(SystemError) -> AcceptResult {
        var accepted: Int32?
        do {
            let peer = try SocketAddress.filled { (address, length) throws(SystemError) in
                accepted = try acceptNext(address, length)
            }
            guard let accepted else { return .nobodyWaits }
            let owned = OwnedDescriptor(owning: accepted)
            return .accepted(owned, from: peer)
        } catch  where error.code == EMFILE || error.code == ENFILE {
            reserve = nil
            defer { reserve = Self.openReserve() }
            var dropped: Int32?
            let peer = try SocketAddress.filled { (address, length) throws(SystemError) in
                dropped = try acceptNext(address, length)
            }
            guard let dropped else { return .nobodyWaits }
            OwnedDescriptor(owning: dropped).close()
            return .outOfDescriptors(peer)
        } catch  where Self.concernsOnePeer(error.code) {
            return .peerVanished
        }
    }

    private func acceptNext(
        _ address: UnsafeMutablePointer<sockaddr>?,
        _ length: UnsafeMutablePointer<socklen_t>?
    ) throws(SystemError) -> Int32? {
        let number = socket.number
        return try Syscalls.unlessWouldBlock("accept4") { accept_nonblocking(number, address, length) }
    }

    /// Errors that accept(2) passes on from the network: this connection is lost, the listener is not.
    private static func concernsOnePeer(_ code: Int32) -> Bool {
        [
            ECONNABORTED, EPROTO, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH, EOPNOTSUPP,
            ENETUNREACH, EPERM,
        ]
        .contains(code)
    }

    private static func openReserve() -> OwnedDescriptor? {
        let number = open("/dev/null", O_RDONLY | O_CLOEXEC)
        return number == -1 ? nil : OwnedDescriptor(owning: number)
    }
}

/// The outcome of one accept.
public enum AcceptResult: ~Copyable {
    /// A connected stream socket that does not wait.
    case accepted(OwnedDescriptor, from: SocketAddress)
    /// Nobody waits.
    case nobodyWaits
    /// A connection was closed unserved, because the process may not open more descriptors.
    case outOfDescriptors(SocketAddress)
    /// The peer gave up before it was accepted.
    case peerVanished
}
