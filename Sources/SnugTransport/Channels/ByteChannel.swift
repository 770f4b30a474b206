// SPDX-License-Identifier: Apache-2.0

public import SnugSystem

/// What lies below the security layer: a socket, a pair in memory, or something that wraps one of them.
///
/// Owned by one transport. No verb waits.
public protocol ByteChannel: ~Copyable {
    /// The descriptor to watch for readiness; nil for a channel that lives in memory.
    var descriptor: Int32? { get }

    /// How many bytes the peer's machine has not acknowledged; see ``Transport/unacknowledgedBytes``.
    var unacknowledgedBytes: Int { get }

    /// How long the peer's machine has owed an answer; see ``Transport/unansweredFor``.
    var unansweredFor: Duration? { get }

    /// Receives into `buffer`, possibly less than fits; `.endOfStream` is the peer's FIN.
    mutating func receive(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> ChannelResult

    /// Sends a prefix of `bytes`; never `.endOfStream`.
    mutating func send(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> ChannelResult

    /// What is sent from now on may wait for what follows it, up to the end, to travel in one packet with it.
    mutating func cork()

    /// Tells the peer that no more will be sent (FIN); a second time changes nothing. Failure is of no use to anyone: the
    /// peer is gone then.
    mutating func shutdownWrite()

    /// Releases the channel; what the peer has not taken may still go on its way.
    consuming func close()

    /// Releases the channel together with what the peer has not taken (a socket: RST, RFC 9293 section 3.5).
    consuming func reset()
}

/// The outcome of one receive or send.
public enum ChannelResult: Equatable, Sendable {
    case endOfStream
    case transferred(bytes: Int)
    case wouldBlock
}

extension ByteChannel where Self: ~Copyable {
    public var unacknowledgedBytes: Int { 0 }
    public var unansweredFor: Duration? { nil }

    mutating func receiveOrFail(
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(TransportError) -> ChannelResult {
        do { return try receive(into: buffer) } catch { throw .system(error) }
    }

    /// Sends as much of `bytes` as the channel takes in one call and returns how much that was.
    mutating func sendOrFail(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
        guard !bytes.isEmpty else { return 0 }
        do {
            guard case .transferred(let count) = try send(bytes) else { return 0 }
            return count
        } catch { throw .system(error) }
    }
}
