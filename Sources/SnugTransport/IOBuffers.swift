// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// The scratch memory of one loop, lent to each transport verb in turn.
///
/// Owned by one loop and used only on its thread. Ten thousand quiet connections share this one set.
public final class IOBuffers {
    /// A connection gets at most this many records opened before the others have their turn.
    public static let recordsPerRead = 32

    /// The largest plaintext of one record (RFC 8446 section 5.1), and so of one write.
    public static let bytesPerWrite = 16_384

    static let bytesPerReceive = 65_536

    /// Room for a partial record left over from before and one receive behind it.
    let input: UnsafeMutableRawBufferPointer

    /// Plaintext is never longer than the ciphertext it came from, so the same size always suffices.
    let plaintext: UnsafeMutableRawBufferPointer

    /// Where records are put on their way to one send, by a verb that empties it first.
    let output = OutgoingBytes()

    /// Overwrite plaintext as soon as it was lent once: for a loop whose peers send passphrases.
    public var wipesPlaintext = false

    /// Allocates the buffers, about 160 KiB.
    public init() {
        let bytes = RecordHeader.bytes + RecordHeader.maximumFragmentBytes + Self.bytesPerReceive
        input = .allocate(byteCount: bytes, alignment: 16)
        plaintext = .allocate(byteCount: bytes, alignment: 16)
    }

    deinit {
        // Plaintext of members passed through here.
        plaintext.overwrite()
        input.deallocate()
        plaintext.deallocate()
    }

    /// Lends the memory that ``withPlaintext(bytes:_:)`` lends on, for a transport's read to fill from its beginning.
    ///
    /// - Returns: what the read is to return if that is all that it has to say: how many bytes there are, or that
    ///   there are none.
    public func fillPlaintext<Failure: Error>(
        _ body: (inout OutputRawSpan) throws(Failure) -> Void
    ) throws(Failure) -> ReadResult {
        var span = OutputRawSpan(buffer: plaintext, initializedCount: 0)
        try body(&span)
        let count = span.finalize(for: plaintext)
        return count == 0 ? .wouldBlock : .plaintext(bytes: count)
    }

    /// Lends the first `count` bytes of what the last read produced.
    public func withPlaintext<Result, Failure: Error>(
        bytes count: Int,
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let lent = UnsafeMutableRawBufferPointer(rebasing: plaintext[..<count])
        defer { if wipesPlaintext { lent.overwrite() } }
        return try body(UnsafeRawBufferPointer(lent).bytes)
    }
}

/// Bytes that wait for one send, in memory that is used again for the next.
///
/// A class, because GnuTLS's push callback appends to it while the transport that lent it is being mutated.
final class OutgoingBytes {
    private var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 32_768, alignment: 16)
    private(set) var count = 0

    deinit { memory.deallocate() }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }

    func removeAll() { count = 0 }

    func append(_ bytes: UnsafeRawBufferPointer) {
        reserve(bytes.count)
        UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyMemory(from: bytes)
        count += bytes.count
    }

    private func reserve(_ additional: Int) {
        guard count + additional > memory.count else { return }
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(memory.count * 2, count + additional),
            alignment: 16
        )
        larger.copyMemory(from: bytes)
        memory.deallocate()
        memory = larger
    }
}
