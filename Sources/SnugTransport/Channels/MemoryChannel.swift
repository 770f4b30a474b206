// SPDX-License-Identifier: Apache-2.0

public import SnugSystem

/// One end of a ``MemoryWire``: what one end sends the other receives.
///
/// The two ends may be used on different threads.
public struct MemoryChannel: ByteChannel, ~Copyable {
    private let incoming: BoundedPipe
    private let outgoing: BoundedPipe

    fileprivate init(incoming: BoundedPipe, outgoing: BoundedPipe) {
        self.incoming = incoming
        self.outgoing = outgoing
    }

    public var descriptor: Int32? { nil }

    public mutating func receive(
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> ChannelResult {
        incoming.take(into: buffer)
    }

    public mutating func send(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> ChannelResult {
        outgoing.put(bytes)
    }

    public mutating func cork() {}

    public mutating func shutdownWrite() { outgoing.end() }

    public consuming func close() {}
    public consuming func reset() {}

    deinit { outgoing.end() }
}

/// What lies between two memory channels.
public struct MemoryWire: Sendable {
    private let forth: BoundedPipe
    private let back: BoundedPipe

    /// A wire of which each direction holds at most `capacity` bytes before a send would block.
    public init(capacity: Int = 262_144) {
        forth = BoundedPipe(capacity: capacity)
        back = BoundedPipe(capacity: capacity)
    }

    /// One end; to be taken once.
    public func leftEnd() -> MemoryChannel { MemoryChannel(incoming: back, outgoing: forth) }

    /// The other end; to be taken once.
    public func rightEnd() -> MemoryChannel { MemoryChannel(incoming: forth, outgoing: back) }
}

private final class BoundedPipe: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var hasEnded = false
    }

    private let capacity: Int
    private let state = Lock(State())

    init(capacity: Int) { self.capacity = capacity }

    func end() { state.withLock { $0.hasEnded = true } }

    func put(_ bytes: UnsafeRawBufferPointer) -> ChannelResult {
        state.withLock { state in
            let count = min(bytes.count, capacity - state.bytes.count)
            guard count > 0 else { return .wouldBlock }
            state.bytes += bytes[..<count]
            return .transferred(bytes: count)
        }
    }

    func take(into buffer: UnsafeMutableRawBufferPointer) -> ChannelResult {
        state.withLock { state in
            let count = min(buffer.count, state.bytes.count)
            guard count > 0 else { return state.hasEnded ? .endOfStream : .wouldBlock }
            buffer.copyBytes(from: state.bytes[..<count])
            state.bytes.removeFirst(count)
            return .transferred(bytes: count)
        }
    }
}
