// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming

/// What is on its way to the server: bytes that the connection has not taken, and lines whose arrival nobody has
/// acknowledged.
///
/// It holds no more than what the session lets be under way at once.
struct OutgoingLines: Sendable {
    /// Frames, or the rest of one, that the connection has not taken yet.
    private(set) var unsent: [UInt8] = []

    /// In the order of the stream; what was acknowledged is gone.
    private var lines: [(text: String, end: Int)] = []

    /// How far the stream had come, in our bytes and in those that travel, each time that the connection took some.
    private var writes: [(streamEnd: Int, wireEnd: Int)] = []

    private var queuedBytes = 0
    private var wireBytes = 0

    /// Puts a frame at the end; one that is a `line` is kept until its arrival is certain.
    mutating func append(frameHolding text: String, isLine: Bool) throws(FramingError) {
        let before = unsent.count
        try FrameEncoder.encode(text.utf8, appendingTo: &unsent)
        queuedBytes += unsent.count - before
        if isLine { lines.append((text, queuedBytes)) }
    }

    /// Notes that the connection took the first `count` bytes of ``unsent``.
    ///
    /// - Parameter unacknowledged: what of all that it took was not acknowledged, before and afterwards. If some was
    ///   acknowledged in between, the write seems smaller than it was, and what it held counts as under way for longer.
    mutating func took(_ count: Int, unacknowledged: (before: Int, after: Int)) {
        unsent.removeFirst(count)
        wireBytes += max(0, unacknowledged.after - unacknowledged.before)
        writes.append((queuedBytes - unsent.count, wireBytes))
    }

    /// Forgets the lines that have arrived: all but those in the last `unacknowledged` bytes that travelled.
    mutating func noteArrival(unacknowledged: Int) {
        let arrived = wireBytes - unacknowledged
        let whole = writes.prefix { unacknowledged == 0 || $0.wireEnd <= arrived }
        guard let streamEnd = whole.last?.streamEnd else { return }
        writes.removeFirst(whole.count)
        lines.removeFirst(lines.prefix { $0.end <= streamEnd }.count)
    }

    /// The lines that may not have arrived.
    var doubtful: DoubtfulLines { DoubtfulLines(lines.map(\.text)) }
}

/// Lines of our own that may not have arrived when a chat ended.
public struct DoubtfulLines: Equatable, Sendable {
    /// The last of them, in the order in which they were said, as they were typed: clean them before showing them.
    public let last: [String]

    /// How many there are in all.
    public let count: Int

    private static let maximumShown = 10
}

extension DoubtfulLines {
    init(_ lines: [String]) { self.init(last: lines.suffix(Self.maximumShown), count: lines.count) }
}
