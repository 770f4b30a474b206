// SPDX-License-Identifier: Apache-2.0

/// Everything the members of one loop still have to be sent, once for all of them.
///
/// Each member keeps only a position in it. A line costs one copy per loop instead of one per member, members in step
/// send the very same bytes, and a member that stopped reading holds nothing but what it has not read: a limit on
/// every member's distance to the end bounds the whole.
///
/// Positions count bytes since the loop began; they never wrap within the life of a machine.
struct SharedBacklog {
    /// The position behind the last byte.
    private(set) var end = 0

    private var bytes: [UInt8]
    private var start = 0
    /// The most bytes that were here since the memory was new: so much of it is resident.
    private var touchedBytes = 0

    /// Room for a reader that stops, so that nothing has to be moved (and be there twice) while its backlog grows.
    ///
    /// As long as nothing is written there it costs addresses and no memory.
    private let reservedBytes: Int

    /// Memory worth keeping while nothing waits.
    private static let keptBytes = 65_536

    private static let maximumReservedBytes = 1_048_576

    /// - Parameter limitBytes: what may wait for one member before it is dropped.
    init(limitBytes: Int) {
        reservedBytes = min(limitBytes, Self.maximumReservedBytes) + 2 * Self.keptBytes
        bytes = []
        bytes.reserveCapacity(reservedBytes)
    }

    /// How many bytes are here, those included that all have been sent already.
    var keptBytes: Int { bytes.count }

    mutating func append(_ frame: some Collection<UInt8>) {
        bytes += frame
        end += frame.count
        touchedBytes = max(touchedBytes, bytes.count)
    }

    /// Lends the bytes at `range`, which must not have been discarded.
    func withBytes<Result, Failure: Error>(
        _ range: Range<Int>,
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(bytes.span.bytes.extracting(range.lowerBound - start..<range.upperBound - start))
    }

    /// Forgets everything before `position`.
    ///
    /// Bytes move only when at least as many go as stay, so each is moved at most once on average.
    mutating func discard(before position: Int) {
        if position == end {
            empty()
            start = end
        } else if position - start > end - position {
            bytes.removeFirst(position - start)
            start = position
        }
    }

    private mutating func empty() {
        let isWorthKeeping = touchedBytes <= Self.keptBytes
        bytes.removeAll(keepingCapacity: isWorthKeeping)
        guard !isWorthKeeping else { return }
        bytes.reserveCapacity(reservedBytes)
        touchedBytes = 0
    }
}
