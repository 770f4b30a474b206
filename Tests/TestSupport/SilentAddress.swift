// SPDX-License-Identifier: Apache-2.0

import Glibc
public import SnugSystem

/// An address of this machine that does not answer, as one behind a firewall: its queue of connections is full, and the
/// kernel drops what asks for another one (listen(2)).
public final class SilentAddress: Sendable {
    public let address: SocketAddress
    private let listener: OwnedDescriptor
    private let filling = Lock<[SocketFiller]>([])

    public struct NotMade: Error {}

    /// - Parameters:
    ///   - host: an IPv4 address of the loopback network.
    ///   - port: 0 for one of the kernel's choice.
    public init(host: String = "127.0.0.1", port: UInt16 = 0) throws {
        listener = OwnedDescriptor(owning: socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
        let number = listener.number
        // So that it can have a port that a test reserved.
        try Syscalls.setOption(SO_REUSEADDR, at: SOL_SOCKET, to: 1, on: number)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        inet_pton(AF_INET, host, &name.sin_addr)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, length) == 0 && listen(number, 0) == 0
                    && getsockname(number, $0, &length) == 0
            }
        }
        guard isListening else { throw NotMade() }
        address = try SocketAddress.resolve(host: host, port: UInt16(bigEndian: name.sin_port))[0]
        // A queue of no length has room for one.
        let first = try SocketFiller(name)
        filling.withLock { $0 = [first] }
    }

    /// From now on whoever asks is answered.
    public func open() {
        let number = listener.number
        listen(number, 64)
    }
}

/// A connection that is there for its place in the queue.
private final class SocketFiller: Sendable {
    private let socket: OwnedDescriptor

    init(_ address: sockaddr_in) throws {
        socket = OwnedDescriptor(owning: Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
        let number = socket.number
        var address = address
        let outcome = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard outcome == 0 else { throw SilentAddress.NotMade() }
    }
}
