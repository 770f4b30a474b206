// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A connection to a Unix socket that waits for its peer, each time for so long at most.
///
/// For programs that do one thing and end; loops use descriptors that do not wait.
public struct UnixConnection: ~Copyable {
    /// Who listens there.
    public let peer: PeerProcess

    private let socket: OwnedDescriptor

    /// Connects to the socket at `path`.
    ///
    /// - Parameter patience: for each wait; one that takes longer fails with EAGAIN.
    public init(path: String, patience: Duration) throws(UnixSocketFault) {
        let address = try UnixAddress(path)
        do throws(SystemError) {
            let socket = try UnixAddress.openSocket(waits: true)
            let number = socket.number
            var time = Self.limit(patience)
            for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
                try Syscalls.run("setsockopt") {
                    setsockopt(number, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
                }
            }
            try Syscalls.run("connect") { address.withSystemAddress { connect(number, $0, $1) } }
            peer = try PeerProcess(peerOf: number)
            self.socket = socket
        } catch { throw .system(error) }
    }

    /// At least the shortest one: none at all would be no limit.
    private static func limit(_ patience: Duration) -> timeval {
        let (seconds, attoseconds) = max(patience, .microseconds(1)).components
        return timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
    }

    /// The socket alone, which does not wait any more.
    ///
    /// Only of a server that may be believed: in a folder that all can write to, a path may be anybody's.
    public consuming func intoSocket() throws(UnixSocketFault) -> OwnedDescriptor {
        guard peer.mayBeBelieved else { throw .foreignServer(peer) }
        let number = socket.number
        do throws(SystemError) {
            let flags = try Syscalls.run("fcntl") { fcntl(number, F_GETFL) }
            try Syscalls.run("fcntl") { fcntl(number, F_SETFL, flags | O_NONBLOCK) }
        } catch { throw .system(error) }
        return socket
    }

    /// Sends all of `bytes`.
    public func write(_ bytes: [UInt8]) throws(SystemError) {
        var rest = bytes[...]
        let number = socket.number
        while !rest.isEmpty {
            let count = try rest.span.bytes.withUnsafeBytes { (bytes) throws(SystemError) in
                try Syscalls.run("send") {
                    send(number, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
                }
            }
            rest = rest.dropFirst(count)
        }
    }

    /// Waits for something to come, and returns at most `limit` bytes of it; empty at the end of the stream.
    public func read(atMost limit: Int) throws(SystemError) -> [UInt8] {
        try Polling.read(socket.number, atMost: limit)
    }
}

extension UnixSocketFault {
    /// Why nobody can be talked to at `path`, in one lower-case sentence without a full stop.
    public func reason(at path: String) -> String {
        switch self {
        case .foreignServer(let process): "another user's program listens at \(path): \(process)"
        case .pathIsEmpty: "the control socket has no path"
        case .pathTooLong(let limit): "the path of a control socket has at most \(limit) bytes: \(path)"
        case .system(let error) where error.isNotPermitted:
            "the control socket \(path) is not for you: you have no right to it"
        case .system(let error) where error.isTimeout: "the server at \(path) does not answer"
        case .system(let error): "no server answers at \(path): \(error.reason)"
        case .folder, .foreignSocket, .inUse, .otherFile: "\(path) is no control socket"
        }
    }
}

extension SystemError {
    /// The peer took longer than it was to be waited for.
    public var isTimeout: Bool { code == EAGAIN }

    /// Nobody listens there, or nothing is there.
    public var isNobodyThere: Bool { [ECONNREFUSED, ENOENT, ENOTDIR].contains(code) }
}
