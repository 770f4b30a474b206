// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
internal import SnugProtocol

/// One message in a stream: a frame where nothing is encrypted, a record where TLS is.
struct WireUnit: Equatable, Sendable {
    let connection: Int
    let direction: CapturedSegment.Direction

    /// Where it stands in its stream, header included.
    let range: Range<Int>

    /// The index in ``Capture/segments`` of the segment that completed it.
    ///
    /// What caused what is read from this, not from the time: a clock may stand still between two segments.
    let order: Int

    /// When it was complete.
    let time: Duration

    /// Whether it was complete before `other`, in one segment as in two.
    func precedes(_ other: WireUnit) -> Bool {
        (order, range.lowerBound) < (other.order, other.range.lowerBound)
    }
}

/// One direction of one connection, put together, with the segment that brought each byte.
struct TimedStream {
    let connection: Int
    let direction: CapturedSegment.Direction
    let bytes: [UInt8]
    private let ends: [(offset: Int, order: Int, time: Duration)]

    init(_ capture: Capture, _ connection: Int, _ direction: CapturedSegment.Direction) {
        self.connection = connection
        self.direction = direction
        var bytes: [UInt8] = []
        var ends: [(offset: Int, order: Int, time: Duration)] = []
        for (order, segment) in capture.segments.enumerated()
        where segment.connection == connection && segment.direction == direction {
            bytes += segment.bytes
            ends.append((bytes.count, order, segment.time))
        }
        self.bytes = bytes
        self.ends = ends
    }

    /// The message in `range`, or nil if the stream ends before it does.
    func unit(_ range: Range<Int>) -> WireUnit? {
        guard let end = ends.first(where: { $0.offset >= range.upperBound }) else { return nil }
        return WireUnit(
            connection: connection,
            direction: direction,
            range: range,
            order: end.order,
            time: end.time
        )
    }

    /// Whether it is unencrypted and begins as a client's does that speaks level 1.
    var beginsLevelOne: Bool { LevelChoice(firstBytes: bytes) == .levelOne }

    /// What a frame of an unencrypted stream holds, without its header.
    func payload(of frame: WireUnit) -> [UInt8] {
        Array(bytes[frame.range].dropFirst(FrameLimits.headerBytes))
    }

    /// The frames of an unencrypted stream, as far as it is one.
    var frames: [WireUnit] {
        var decoder = FrameDecoder()
        var start = beginsLevelOne ? LevelChoice.preface.count : 0
        // A stream that breaks the protocol is shown up to where it does.
        do throws(FramingError) { try decoder.append(Array(bytes[start...]).span.bytes) } catch {}
        var units: [WireUnit] = []
        while let payload = decoder.next() {
            let end = start + FrameLimits.headerBytes + payload.count
            if let unit = unit(start..<end) { units.append(unit) }
            start = end
        }
        return units
    }
}

extension Capture {
    /// Both directions of every connection.
    var streams: [TimedStream] {
        connections.indices.flatMap { connection in
            CapturedSegment.Direction.allCases.map { TimedStream(self, connection, $0) }
        }
    }

    /// All that crossed the wire above TCP.
    var byteCount: Int { segments.reduce(0) { $0 + $1.bytes.count } }
}
