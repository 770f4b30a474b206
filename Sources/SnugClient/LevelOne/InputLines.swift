// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// Lines out of a descriptor, as they come; empty ones are none.
struct InputLines {
    /// More than a line can have: what is longer comes in parts, of which a server refuses the first.
    static let longestLine = 16_384

    let descriptor: Int32
    private var bytes: [UInt8] = []
    private var isAtEnd = false

    /// Those of a descriptor that stays open for as long.
    init(of descriptor: Int32) { self.descriptor = descriptor }

    /// Whether there is no line any more, and none will come.
    var hasEnded: Bool { isAtEnd && bytes.isEmpty }

    /// Takes in what has come; waits if nothing has.
    mutating func take() throws(SystemError) {
        let more = try Polling.read(descriptor, atMost: Self.longestLine)
        bytes += more
        isAtEnd = more.isEmpty
    }

    /// The next line that is here as a whole, without its end.
    mutating func next() -> String? {
        while let end = bytes.firstIndex(of: 0x0A) ?? endOfLast {
            var line = bytes[..<end]
            if line.last == 0x0D { line.removeLast() }
            let text = String(decoding: line, as: UTF8.self)
            bytes.removeFirst(bytes.dropFirst(end).first == 0x0A ? end + 1 : end)
            if !text.allSatisfy(\.isWhitespace) { return text }
        }
        return nil
    }

    /// Where a line without an end is over all the same.
    private var endOfLast: Int? {
        guard !bytes.isEmpty else { return nil }
        return isAtEnd || bytes.count > Self.longestLine ? min(bytes.count, Self.longestLine) : nil
    }
}
