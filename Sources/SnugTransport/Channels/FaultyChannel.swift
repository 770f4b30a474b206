// SPDX-License-Identifier: Apache-2.0

public import SnugSystem

/// A channel on a bad day: it cuts, flips, drips or resets what crosses it, to see what the layers above make of it.
public struct FaultyChannel<Base: ByteChannel & ~Copyable>: ByteChannel, ~Copyable {
    /// What goes wrong; offsets count the bytes of one direction from the start of the connection.
    public enum Fault: Sendable {
        /// None: the channel behaves.
        case none

        /// The peer's stream seems to end (FIN) after so many received bytes.
        case cutReceived(after: Int)

        /// Never more than so many bytes in one receive or send.
        case drip(bytes: Int)

        /// The lowest bit of this received byte is turned over.
        case flipReceivedBit(ofByte: Int)

        /// Every receive and send fails once so many bytes were received.
        case reset(SystemErrorCode, afterReceived: Int)
    }

    /// An error number (errno(3)).
    public typealias SystemErrorCode = Int32

    private var base: Base
    private let fault: Fault
    private var received = 0

    /// Takes over `base` and lets `fault` happen to it.
    public init(owning base: consuming Base, fault: Fault) {
        self.base = base
        self.fault = fault
    }

    public var descriptor: Int32? { base.descriptor }
    public var unacknowledgedBytes: Int { base.unacknowledgedBytes }
    public var unansweredFor: Duration? { base.unansweredFor }

    public mutating func receive(
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> ChannelResult {
        let allowed = try receiveAllowance(for: buffer.count)
        guard allowed > 0 else { return .endOfStream }
        let result = try base.receive(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<allowed]))
        guard case .transferred(let count) = result else { return result }
        if case .flipReceivedBit(let offset) = fault, (received..<received + count).contains(offset) {
            buffer[offset - received] ^= 1
        }
        received += count
        return result
    }

    public mutating func send(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> ChannelResult {
        switch fault {
        case .cutReceived, .flipReceivedBit, .none: return try base.send(bytes)
        case .drip(let limit): return try base.send(UnsafeRawBufferPointer(rebasing: bytes.prefix(limit)))
        case .reset(let code, let limit):
            guard received < limit else { throw SystemError(code: code, call: "send") }
            return try base.send(bytes)
        }
    }

    private func receiveAllowance(for count: Int) throws(SystemError) -> Int {
        switch fault {
        case .cutReceived(let limit): return min(count, limit - received)
        case .drip(let bytes): return min(count, bytes)
        case .flipReceivedBit, .none: return count
        case .reset(let code, let limit):
            guard received < limit else { throw SystemError(code: code, call: "recv") }
            return min(count, limit - received)
        }
    }

    public mutating func cork() { base.cork() }

    public mutating func shutdownWrite() { base.shutdownWrite() }

    public consuming func close() { base.close() }
    public consuming func reset() { base.reset() }
}
