// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem
public import SnugTransport

extension SocketChannel {
    /// Connects to `port` of 127.0.0.1 from another address of the loopback network, as if from another machine.
    public static func connect(port: UInt16, from source: String) throws -> SocketChannel {
        let number = try checked(
            "socket",
            socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        )
        let owned = OwnedDescriptor(owning: number)
        var on: Int32 = 1
        setsockopt(number, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        try withAddress(source, port: 0) { try checked("bind", bind(number, $0, $1)) }
        try withAddress("127.0.0.1", port: port) { try checked("connect", Glibc.connect(number, $0, $1)) }
        try checked("fcntl", fcntl(number, F_SETFL, O_NONBLOCK))
        return SocketChannel(owning: owned)
    }

    private static func withAddress(
        _ text: String,
        port: UInt16,
        _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Void
    ) rethrows {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        inet_pton(AF_INET, text, &address.sin_addr)
        try withUnsafeBytes(of: &address) {
            guard let base = $0.assumingMemoryBound(to: sockaddr.self).baseAddress else { return }
            try body(base, socklen_t($0.count))
        }
    }

    @discardableResult
    private static func checked(_ call: String, _ outcome: Int32) throws -> Int32 {
        guard outcome != -1 else {
            throw CannotConnect(description: "\(call) failed: \(String(cString: strerror(errno)))")
        }
        return outcome
    }
}

private struct CannotConnect: Error, CustomStringConvertible {
    let description: String
}
