// SPDX-License-Identifier: Apache-2.0

/// Writes lines to a descriptor that can fail and later work again, such as a file on a full disk.
///
/// For one thread at a time.
public final class LineWriter {
    private let descriptor: Int32
    private var isMidLine = false

    /// Writes to `descriptor`, which stays its owner's.
    public init(to descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Writes all of a line, waiting for the reader if need be.
    ///
    /// A line that was cut off by a failure is ended before the next one begins.
    public func write(_ line: String) throws(SystemError) {
        let bytes = Array("\(isMidLine ? "\n" : "")\(line)\n".utf8)
        var rest = bytes[...]
        defer {
            if let last = bytes[..<rest.startIndex].last { isMidLine = last != UInt8(ascii: "\n") }
        }
        try Polling.write(&rest, to: descriptor)
    }
}
