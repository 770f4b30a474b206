// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

extension SocketChannel {
    /// Connects to the first of `addresses` that answers, waiting for each at most `timeout`.
    ///
    /// The one call here that waits: a client has nothing else to do yet.
    public static func connect(
        to addresses: [SocketAddress],
        timeout: Duration
    ) throws(SystemError) -> SocketChannel {
        var failure = SystemError(code: EADDRNOTAVAIL, call: "connect")
        for address in addresses {
            do { return try connect(to: address, timeout: timeout) } catch { failure = error }
        }
        throw failure
    }

    private static func connect(to address: SocketAddress, timeout: Duration) throws(SystemError)
        -> SocketChannel
    {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let number = try Syscalls.run("socket") { socket(address.family, kind, 0) }
        let owned = OwnedDescriptor(owning: number)
        // A line typed is a line sent: without this the last one of a burst waits up to 40 ms (tcp(7)).
        var on: Int32 = 1
        setsockopt(number, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        do {
            try Syscalls.run("connect") { address.withSystemAddress { Glibc.connect(number, $0, $1) } }
        } catch  where error.code == EINPROGRESS {
            try waitForConnection(number, timeout: timeout)
        }
        return SocketChannel(owning: owned)
    }

    private static func waitForConnection(_ number: Int32, timeout: Duration) throws(SystemError) {
        let deadline = MonotonicTime.now + timeout
        var entries = [Polling.Entry(number, for: .writable)]
        while entries[0].readiness.isEmpty {
            guard MonotonicTime.now < deadline else { throw SystemError(code: ETIMEDOUT, call: "connect") }
            Polling.wait(for: &entries, until: deadline)
        }
        var outcome: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        try Syscalls.run("getsockopt") { getsockopt(number, SOL_SOCKET, SO_ERROR, &outcome, &length) }
        guard outcome == 0 else { throw SystemError(code: outcome, call: "connect") }
    }
}
