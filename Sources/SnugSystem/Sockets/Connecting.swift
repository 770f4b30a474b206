// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

extension OwnedDescriptor {
    /// Connects to whichever of `addresses` answers first (RFC 8305, "Happy Eyeballs").
    ///
    /// The families take turns. An attempt begins when the one before it has failed, or has lasted a quarter of a second
    /// without an answer, and goes on beside the later ones for at most `timeout`. The one call here that waits: a
    /// client has nothing else to do yet.
    ///
    /// - Returns: a stream socket that does not wait.
    public static func connect(
        to addresses: [SocketAddress],
        timeout: Duration
    ) throws(UnreachableError) -> OwnedDescriptor {
        var waiting = addresses.alternatingFamilies[...]
        var attempts: [Attempt] = []
        var failures: [UnreachableError.Failure] = []
        var nextStart = MonotonicTime.now
        while !waiting.isEmpty || !attempts.isEmpty {
            if attempts.isEmpty || nextStart <= .now, let address = waiting.popFirst() {
                nextStart = .now + attemptDelay
                do throws(SystemError) {
                    attempts.append(try Attempt(address, until: .now + timeout))
                } catch {
                    failures.append(UnreachableError.Failure(address: address, error: error))
                    nextStart = .now
                    continue
                }
            }
            Attempt.wait(for: attempts, until: waiting.isEmpty ? .never : nextStart)
            for attempt in attempts {
                do throws(SystemError) {
                    if let socket = try attempt.takeSocket() { return socket }
                } catch {
                    failures.append(UnreachableError.Failure(address: attempt.address, error: error))
                    attempts.removeAll { $0 === attempt }
                    nextStart = .now
                }
            }
        }
        throw UnreachableError(failures: failures)
    }

    /// The "Connection Attempt Delay" that RFC 8305 recommends in section 5.
    private static let attemptDelay = Duration.milliseconds(250)
}

/// No address could be connected to.
public struct UnreachableError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What became of one address.
    public struct Failure: Equatable, Sendable {
        public let address: SocketAddress
        public let error: SystemError
    }

    /// One for each address, in the order in which they failed.
    public let failures: [Failure]

    /// One lower-case phrase that names each address.
    public var description: String {
        failures.map { "\($0.address): \($0.error.reason)" }.joined(separator: "; ")
    }
}

/// A connection that is not there yet, to one of several addresses.
private final class Attempt {
    let address: SocketAddress
    private let deadline: MonotonicTime
    private var socket: OwnedDescriptor?
    private var isDecided = false

    init(_ address: SocketAddress, until deadline: MonotonicTime) throws(SystemError) {
        self.address = address
        self.deadline = deadline
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let number = try Syscalls.run("socket") { Glibc.socket(address.family, kind, 0) }
        let owned = OwnedDescriptor(owning: number)
        let tcp = Int32(IPPROTO_TCP)
        // A line typed is a line sent: without this the last one of a burst waits up to 40 ms (tcp(7)).
        try Syscalls.setOption(TCP_NODELAY, at: tcp, to: 1, on: number)
        // What was not sent yet can still be taken back, by resetting the connection.
        try Syscalls.setOption(TCP_NOTSENT_LOWAT, at: tcp, to: Self.unsentBytes, on: number)
        // No TCP_USER_TIMEOUT: that would also end the connection to a server that is there, but takes nothing because
        // more was sent than the rate allows.
        try PeerSilence.limit(on: number)
        do {
            try Syscalls.run("connect") { address.withSystemAddress { Glibc.connect(number, $0, $1) } }
        } catch  where error.code == EINPROGRESS {
            // It is decided later.
        }
        socket = consume owned
    }

    /// What the kernel may hold back of what a client has written but the network or the server cannot take yet.
    private static let unsentBytes: Int32 = 16_384

    /// Waits until something is decided about one of `attempts`, or it is time for another one.
    static func wait(for attempts: [Attempt], until time: MonotonicTime) {
        var entries = attempts.map { Polling.Entry($0.number, for: .writable) }
        let deadline = attempts.map(\.deadline).reduce(time, min)
        Polling.wait(for: &entries, until: deadline)
        for (attempt, entry) in zip(attempts, entries) { attempt.isDecided = !entry.readiness.isEmpty }
    }

    private var number: Int32 {
        switch socket {
        case .some(let socket): socket.number
        case nil: -1
        }
    }

    /// The connection once it is there; nil as long as nothing is decided.
    func takeSocket() throws(SystemError) -> OwnedDescriptor? {
        guard isDecided else {
            if deadline <= .now { throw SystemError(code: ETIMEDOUT, call: "connect") }
            return nil
        }
        var outcome: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        let number = number
        try Syscalls.run("getsockopt") { getsockopt(number, SOL_SOCKET, SO_ERROR, &outcome, &length) }
        guard outcome == 0 else { throw SystemError(code: outcome, call: "connect") }
        return socket.take()
    }
}

extension [SocketAddress] {
    /// One of each family in turn, the first one's first (RFC 8305 section 4).
    fileprivate var alternatingFamilies: [SocketAddress] {
        let firsts = filter { $0.family == first?.family }
        let others = filter { $0.family != first?.family }
        return (0..<Swift.max(firsts.count, others.count)).flatMap { index in
            [firsts, others].compactMap { $0.indices.contains(index) ? $0[index] : nil }
        }
    }
}
