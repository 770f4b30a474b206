// SPDX-License-Identifier: Apache-2.0

/// A stream without any security: what is written is what an eavesdropper reads.
///
/// It exists to be compared with ``TLSTransport``, under the same contract.
public struct PlainTransport<Channel: ByteChannel & ~Copyable>: Transport, ~Copyable {
    public var paddingMultiple = 0

    private var channel: Channel
    private var sendIsBlocked = false

    /// Takes the channel over; it is closed with the transport.
    public init(owning channel: consuming Channel) {
        self.channel = channel
    }

    public var descriptor: Int32? { channel.descriptor }
    public var wantsWrite: Bool { sendIsBlocked }
    public var hasBufferedInput: Bool { false }
    public var isMidRecord: Bool { false }
    public var unacknowledgedBytes: Int { channel.unacknowledgedBytes }
    public var unansweredFor: Duration? { channel.unansweredFor }

    public mutating func handshake(_ buffers: IOBuffers) throws(TransportError) -> HandshakeProgress {
        .complete(.plain)
    }

    public mutating func read(_ buffers: IOBuffers) throws(TransportError) -> ReadResult {
        let target = UnsafeMutableRawBufferPointer(rebasing: buffers.plaintext[..<IOBuffers.bytesPerReceive])
        switch try channel.receiveOrFail(into: target) {
        case .endOfStream: return .endOfStream
        case .transferred(let count): return .plaintext(bytes: count)
        case .wouldBlock: return .wouldBlock
        }
    }

    public mutating func write(_ bytes: RawSpan, _ buffers: IOBuffers) throws(TransportError) -> Int {
        let allowed = min(bytes.byteCount, IOBuffers.bytesPerWrite)
        let taken = try bytes.withUnsafeBytes { (bytes) throws(TransportError) in
            try channel.sendOrFail(UnsafeRawBufferPointer(rebasing: bytes[..<allowed]))
        }
        sendIsBlocked = taken < allowed
        return taken
    }

    public mutating func flush(_ buffers: IOBuffers) throws(TransportError) {
        // Nothing is kept here: a short write is the caller's to continue, and now it may try.
        sendIsBlocked = false
    }

    public mutating func cork() { channel.cork() }

    public mutating func finish(_ buffers: IOBuffers) throws(TransportError) {
        channel.shutdownWrite()
    }

    public consuming func close() { channel.close() }
    public consuming func reset() { channel.reset() }
}
