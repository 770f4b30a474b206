// SPDX-License-Identifier: Apache-2.0

public import SnugSystem

/// A channel that shows every byte that crosses it to an observer: an eavesdropper's seat.
public struct RecordingChannel<Base: ByteChannel & ~Copyable>: ByteChannel, ~Copyable {
    /// Called on the thread of the connection, right after the bytes went.
    public typealias Observer = @Sendable (_ direction: Direction, _ bytes: [UInt8]) -> Void

    /// Seen from the end that is recorded.
    public enum Direction: Sendable {
        case received
        case sent
    }

    private var base: Base
    private let observer: Observer

    /// Takes over `base` and reports to `observer`.
    public init(owning base: consuming Base, observer: @escaping Observer) {
        self.base = base
        self.observer = observer
    }

    public var descriptor: Int32? { base.descriptor }
    public var unacknowledgedBytes: Int { base.unacknowledgedBytes }
    public var unansweredFor: Duration? { base.unansweredFor }

    public mutating func receive(
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> ChannelResult {
        let result = try base.receive(into: buffer)
        if case .transferred(let count) = result { observer(.received, Array(buffer[..<count])) }
        return result
    }

    public mutating func send(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> ChannelResult {
        let result = try base.send(bytes)
        if case .transferred(let count) = result { observer(.sent, Array(bytes[..<count])) }
        return result
    }

    public mutating func cork() { base.cork() }

    public mutating func shutdownWrite() { base.shutdownWrite() }

    public consuming func close() { base.close() }
    public consuming func reset() { base.reset() }
}
