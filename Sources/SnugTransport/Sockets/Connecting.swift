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
        let tcp = Int32(IPPROTO_TCP)
        // A line typed is a line sent: without this the last one of a burst waits up to 40 ms (tcp(7)).
        try Syscalls.setOption(TCP_NODELAY, at: tcp, to: 1, on: number)
        // What was not sent yet can still be taken back, by ``reset()``.
        try Syscalls.setOption(TCP_NOTSENT_LOWAT, at: tcp, to: unsentBytes, on: number)
        // No TCP_USER_TIMEOUT: that would also end the connection to a server that is there, but takes nothing because
        // more was sent than the rate allows.
        try PeerSilence.limit(on: number)
        do {
            try Syscalls.run("connect") { address.withSystemAddress { Glibc.connect(number, $0, $1) } }
        } catch  where error.code == EINPROGRESS {
            try waitForConnection(number, timeout: timeout)
        }
        return SocketChannel(owning: owned)
    }

    /// What the kernel may hold back of what a client has written but the network or the server cannot take yet.
    private static let unsentBytes: Int32 = 16_384

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
