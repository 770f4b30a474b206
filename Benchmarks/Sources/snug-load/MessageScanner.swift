// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Cuts a stream into messages without copying them, except one that arrived in two pieces.
struct MessageScanner {
    private let dialect: Dialect
    /// The beginning of a message whose end has not arrived.
    private var rest: [UInt8] = []

    init(_ dialect: Dialect) { self.dialect = dialect }

    /// Calls `body` for each message that `bytes` completes, without its length or line end.
    mutating func scan(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
        if rest.isEmpty {
            let scanned = wholeMessages(in: bytes, body)
            rest += bytes[scanned...]
        } else {
            rest += bytes
            let scanned = rest.withUnsafeBytes { wholeMessages(in: $0, body) }
            rest.removeFirst(scanned)
        }
    }

    @inline(__always)
    private func wholeMessages(
        in bytes: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer) -> Void
    ) -> Int {
        var start = 0
        while start < bytes.count {
            let remaining = UnsafeRawBufferPointer(rebasing: bytes[start...])
            guard let message = dialect.isFramed ? frame(in: remaining) : line(in: remaining) else { break }
            body(UnsafeRawBufferPointer(rebasing: remaining[message.body]))
            start += message.bytes
        }
        return start
    }

    private func frame(in bytes: UnsafeRawBufferPointer) -> (body: Range<Int>, bytes: Int)? {
        guard bytes.count >= 4 else { return nil }
        let end = 4 + Int(UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self)))
        return end <= bytes.count ? (4..<end, end) : nil
    }

    private func line(in bytes: UnsafeRawBufferPointer) -> (body: Range<Int>, bytes: Int)? {
        guard let base = bytes.baseAddress, let found = memchr(base, 0x0a, bytes.count) else { return nil }
        let end = UnsafeRawPointer(found) - base
        return (0..<(end > 0 && bytes[end - 1] == 0x0d ? end - 1 : end), end + 1)
    }
}
