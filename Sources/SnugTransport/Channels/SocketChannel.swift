// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import SnugSystem

/// A connected, non-blocking stream socket.
public struct SocketChannel: ByteChannel, ~Copyable {
    private let socket: OwnedDescriptor
    private let patienceOnceClosed: Duration?
    private var sendFlags = Int32(MSG_NOSIGNAL)

    /// For a peer that is gone or stuck when a server ends its connection; left alone, the kernel would try for minutes.
    private static let patienceWithAccepted = Duration.seconds(1)

    /// Takes over a connected socket, which must be non-blocking already.
    ///
    /// - Parameter patienceOnceClosed: how long the kernel holds on, once this is closed, to bytes that the peer does
    ///   not take; nil leaves it as it is.
    public init(owning socket: consuming OwnedDescriptor, patienceOnceClosed: Duration? = nil) {
        self.socket = socket
        self.patienceOnceClosed = patienceOnceClosed
    }

    /// Takes over what a ``ListeningSocket`` accepted.
    public init(accepted socket: consuming OwnedDescriptor) {
        self.init(owning: socket, patienceOnceClosed: Self.patienceWithAccepted)
    }

    /// Connects to whichever of `addresses` answers first; see ``OwnedDescriptor/connect(to:timeout:)``.
    public static func connect(
        to addresses: [SocketAddress],
        timeout: Duration
    ) throws(UnreachableError) -> SocketChannel {
        SocketChannel(owning: try OwnedDescriptor.connect(to: addresses, timeout: timeout))
    }

    public var descriptor: Int32? { socket.number }
    public var unacknowledgedBytes: Int { PeerSilence.unacknowledgedBytes(on: socket.number) }
    public var unansweredFor: Duration? { PeerSilence.unanswered(on: socket.number) }

    public mutating func receive(
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> ChannelResult {
        let number = socket.number
        guard
            let count = try Syscalls.unlessWouldBlock(
                "recv",
                { recv(number, buffer.baseAddress, buffer.count, 0) }
            )
        else { return .wouldBlock }
        return count == 0 ? .endOfStream : .transferred(bytes: count)
    }

    public mutating func send(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> ChannelResult {
        let number = socket.number
        let flags = sendFlags
        guard
            let count = try Syscalls.unlessWouldBlock(
                "send",
                { Glibc.send(number, bytes.baseAddress, bytes.count, flags) }
            )
        else { return .wouldBlock }
        return .transferred(bytes: count)
    }

    public mutating func cork() {
        sendFlags |= Int32(MSG_MORE)
    }

    public mutating func shutdownWrite() {
        shutdown(socket.number, Int32(SHUT_WR))
    }

    public consuming func close() {
        if let patienceOnceClosed { PeerSilence.limitStuckOutput(on: socket.number, to: patienceOnceClosed) }
        socket.close()
    }

    public consuming func reset() {
        // To linger for no time is to reset (socket(7)). Should that fail, closing is what is left.
        var immediately = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket.number, SOL_SOCKET, SO_LINGER, &immediately, socklen_t(MemoryLayout<linger>.size))
        socket.close()
    }
}
