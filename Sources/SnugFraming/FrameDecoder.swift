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
    /// Where in `buffer` the first frame begins that ``lookAhead(_:)`` has not seen.
    private var lookedAheadTo = 0
    private var tail = Tail()
    private var failure: FramingError?

    /// Whether memory is overwritten before it is given back: for as long as secrets pass through.
    ///
    /// What ``next()`` returned is its caller's to overwrite.
    public var overwritesMemory: Bool

    /// Creates a decoder at the beginning of a stream.
    public init(overwritingMemory: Bool = false) {
        overwritesMemory = overwritingMemory
    }

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
        let bodyEnd = bodyStart + announcedBytes(at: head)
        let payload = Array(buffer[bodyStart..<bodyEnd])

        if overwritesMemory { overwriteBuffer(head..<bodyEnd) }
        head = bodyEnd
        waitingFrames -= 1
        releaseReadBytes()
        return payload
    }

    /// Forgets what is kept, as at the end of a stream.
    public mutating func removeAll() {
        replaceBuffer(with: [])
        head = 0
        lookedAheadTo = 0
        waitingFrames = 0
        tail = Tail()
    }

    /// Whether `next()` would return a frame.
    public var hasFrame: Bool { waitingFrames > 0 }

    /// How many frames wait.
    public var frameCount: Int { waitingFrames }

    /// How many bytes of payload `next()` would return; nil if no frame is complete.
    public var nextPayloadBytes: Int? { waitingFrames > 0 ? announcedBytes(at: head) : nil }

    /// Lends the payload of each complete frame that waits and was not looked at before, the oldest first, until `body`
    /// says that it has found what it looks for.
    public mutating func lookAhead(_ body: (RawSpan) -> Bool) -> Bool {
        var start = max(head, lookedAheadTo)
        let end = buffer.count - tail.keptBytes
        while start < end {
            let bodyStart = start + FrameLimits.headerBytes
            let bodyEnd = bodyStart + announcedBytes(at: start)
            lookedAheadTo = bodyEnd
            if body(buffer.span.bytes.extracting(bodyStart..<bodyEnd)) { return true }
            start = bodyEnd
        }
        return false
    }

    /// The number of bytes that are kept and not read yet, headers included.
    public var unreadBytes: Int { buffer.count - head }

    /// Whether the bytes so far end inside a frame, in its header or in its body.
    public var isMidFrame: Bool { tail.headerBytes > 0 }

    /// The memory behind the decoder, in bytes.
    var heldBytes: Int { buffer.capacity }

    /// What is in that memory, frames that were read included.
    var heldMemory: [UInt8] { buffer }
}

/// The frame at the end of the stream, which is not complete yet.
private struct Tail {
    var headerBytes = 0
    var announced: UInt32 = 0
    var missingBodyBytes = 0

    /// How many bytes of the frame are here.
    var keptBytes: Int {
        headerBytes < FrameLimits.headerBytes ? headerBytes : headerBytes + Int(announced) - missingBodyBytes
    }

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
        if overwritesMemory, buffer.count + bytes.byteCount > buffer.capacity {
            var larger: [UInt8] = []
            larger.reserveCapacity(2 * (buffer.count + bytes.byteCount))
            larger += buffer
            replaceBuffer(with: larger)
        }
        bytes.withUnsafeBytes { buffer.append(contentsOf: $0) }
    }

    private func announcedBytes(at start: Int) -> Int {
        buffer[start..<start + FrameLimits.headerBytes].reduce(0) { $0 << 8 | Int($1) }
    }

    /// Gives memory back: all of it when nothing is left, else by moving what is left to an array of its size.
    ///
    /// A byte is moved only when at least as many bytes before it have been read, or when its frame has
    /// become the only one, which happens once; so the moves cost no more than the bytes did to arrive.
    private mutating func releaseReadBytes() {
        if unreadBytes == 0 {
            replaceBuffer(with: [])
        } else if waitingFrames == 0 || head >= max(unreadBytes, FrameLimits.maximumPayloadBytes) {
            replaceBuffer(with: Array(buffer[head...]))
        } else {
            return
        }
        lookedAheadTo = max(0, lookedAheadTo - head)
        head = 0
    }

    private mutating func replaceBuffer(with bytes: [UInt8]) {
        if overwritesMemory { overwriteBuffer(0..<buffer.count) }
        buffer = bytes
    }

    private mutating func overwriteBuffer(_ range: Range<Int>) {
        buffer.withUnsafeMutableBytes { overwrite(UnsafeMutableRawBufferPointer(rebasing: $0[range])) }
    }
}

/// Not inlined, where the compiler could see that nobody reads these bytes again and leave the overwriting out.
@inline(never)
private func overwrite(_ bytes: UnsafeMutableRawBufferPointer) {
    _ = bytes.initializeMemory(as: UInt8.self, repeating: 0)
}
