// SPDX-License-Identifier: Apache-2.0

import Glibc
public import SnugSystem

/// A port of this machine that nobody listens on and that the kernel gives to nobody else.
///
/// A port that was merely free a moment ago can be another test's by now. Whoever asks for this one by its number gets
/// it all the same, as both sockets carry SO_REUSEADDR and this one does not listen (socket(7)).
public final class ReservedPort: Sendable {
    /// The port at the first of the addresses asked for.
    public let address: SocketAddress

    /// Its number.
    public var number: UInt16 { address.port }

    private let sockets: [BoundSocket]

    /// - Parameter hosts: addresses of which each has the port free.
    public init(_ hosts: String...) throws {
        let first = hosts.first ?? "127.0.0.1"
        var attempts = 100
        while true {
            attempts -= 1
            do {
                let socket = try BoundSocket(first, port: 0)
                let others = try hosts.dropFirst().map { try BoundSocket($0, port: socket.address.port) }
                address = socket.address
                sockets = [socket] + others
                return
            } catch let error as SystemError where error.code == EADDRINUSE && attempts > 0 {
                // What the kernel chose for the first address can be in use at another.
            }
        }
    }
}

private final class BoundSocket: Sendable {
    let address: SocketAddress
    private let socket: OwnedDescriptor

    init(_ host: String, port: UInt16) throws {
        let wanted = try SocketAddress.resolve(host: host, port: port)[0]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let number = try Syscalls.run("socket") { Glibc.socket(wanted.family, kind, 0) }
        socket = OwnedDescriptor(owning: number)
        try Syscalls.setOption(SO_REUSEADDR, at: SOL_SOCKET, to: 1, on: number)
        if wanted.family == AF_INET6 {
            try Syscalls.setOption(IPV6_V6ONLY, at: Int32(IPPROTO_IPV6), to: 1, on: number)
        }
        try wanted.bind(number)
        address = try .ofSocket(number)
    }
}
