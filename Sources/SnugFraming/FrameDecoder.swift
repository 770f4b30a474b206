// SPDX-License-Identifier: Apache-2.0

/// Cuts a stream of bytes, which arrives in any split, into frames.
///
/// Owned by one connection. Memory follows what has really arrived, never what a peer announces, and an
/// empty decoder holds none, so that thousands of idle connections cost nothing here.
public struct FrameDecoder: Sendable {
    /// How many frames ever became complete, read or not.
    ///
    /// A deadline for unfinished frames is met whenever this number has changed.
    public private(set) var completedFrames: UInt64 = 0

    private var buffer: [UInt8] = []
    /// Where in `buffer` the first unread frame begins.
    private var head = 0
    private var waitingFrames = 0
    private var tail = Tail()
    private var failure: FramingError?

    /// Creates a decoder at the beginning of a stream.
    public init() {}

    /// Takes the next bytes of the stream.
    ///
    /// An announced length over `FrameLimits.maximumPayloadBytes` throws at its fourth byte, before any of
    /// that frame's body is kept: what follows it is dropped, the frames before it stay readable with
    /// `next()`, and every later call throws the same error.
    public mutating func append(_ bytes: RawSpan) throws(FramingError) {
        if let failure { throw failure }
        let partialHeaderBytes = tail.headerBytes

        var offset = 0
        while offset < bytes.byteCount {
            guard tail.headerBytes == FrameLimits.headerBytes else {
                tail.takeHeaderByte(bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
                offset += 1
                try finishHeader(at: offset, of: bytes, partialHeaderBytes: partialHeaderBytes)
                continue
            }
            let taken = min(tail.missingBodyBytes, bytes.byteCount - offset)
            tail.missingBodyBytes -= taken
            offset += taken
            finishFrameIfWhole()
        }
        keep(bytes)
    }

    /// The payload of the next complete frame, or nil until one is complete.
    public mutating func next() -> [UInt8]? {
        guard waitingFrames > 0 else { return nil }
        let bodyStart = head + FrameLimits.headerBytes
        let announced = buffer[head..<bodyStart].reduce(0) { $0 << 8 | Int($1) }
        let payload = Array(buffer[bodyStart..<bodyStart + announced])

        head = bodyStart + announced
        waitingFrames -= 1
        releaseReadBytes()
        return payload
    }

    /// Whether `next()` would return a frame.
    public var hasFrame: Bool { waitingFrames > 0 }

    /// The number of bytes that are kept and not read yet, headers included.
    public var unreadBytes: Int { buffer.count - head }

    /// Whether the bytes so far end inside a frame, in its header or in its body.
    public var isMidFrame: Bool { tail.headerBytes > 0 }

    /// The memory behind the decoder, in bytes.
    var heldBytes: Int { buffer.capacity }
}

/// The frame at the end of the stream, which is not complete yet.
private struct Tail {
    var headerBytes = 0
    var announced: UInt32 = 0
    var missingBodyBytes = 0

    mutating func takeHeaderByte(_ byte: UInt8) {
        announced = announced << 8 | UInt32(byte)
        headerBytes += 1
    }
}

extension FrameDecoder {
    /// Judges the announced length as soon as its fourth byte, which ends at `offset`, is known.
    private mutating func finishHeader(
        at offset: Int,
        of bytes: RawSpan,
        partialHeaderBytes: Int
    ) throws(FramingError) {
        guard tail.headerBytes == FrameLimits.headerBytes else { return }
        guard tail.announced <= UInt32(FrameLimits.maximumPayloadBytes) else {
            let error = FramingError.oversizedFrame(announcedBytes: tail.announced)
            failure = error
            tail = Tail()
            dropLyingHeader(endingAt: offset, of: bytes, partialHeaderBytes: partialHeaderBytes)
            throw error
        }
        tail.missingBodyBytes = Int(tail.announced)
        finishFrameIfWhole()
    }

    private mutating func finishFrameIfWhole() {
        guard tail.missingBodyBytes == 0 else { return }
        tail = Tail()
        waitingFrames += 1
        completedFrames += 1
    }

    /// Keeps the whole frames before the header that ends at `offset`, and nothing of that one.
    private mutating func dropLyingHeader(
        endingAt offset: Int,
        of bytes: RawSpan,
        partialHeaderBytes: Int
    ) {
        if offset >= FrameLimits.headerBytes {
            keep(bytes.extracting(first: offset - FrameLimits.headerBytes))
        } else {
            buffer.removeLast(partialHeaderBytes)
        }
        releaseReadBytes()
    }

    private mutating func keep(_ bytes: RawSpan) {
        bytes.withUnsafeBytes { buffer.append(contentsOf: $0) }
    }

    /// Gives memory back: all of it when nothing is left, else by moving what is left to an array of its size.
    ///
    /// A byte is moved only when at least as many bytes before it have been read, or when its frame has
    /// become the only one, which happens once; so the moves cost no more than the bytes did to arrive.
    private mutating func releaseReadBytes() {
        if unreadBytes == 0 {
            buffer = []
        } else if waitingFrames == 0 || head >= max(unreadBytes, FrameLimits.maximumPayloadBytes) {
            buffer = Array(buffer[head...])
        } else {
            return
        }
        head = 0
    }
}
