// SPDX-License-Identifier: Apache-2.0

/// The packets that a recording's connections would have been on a quiet network without loss.
struct ReconstructedPackets {
    /// In the order of time.
    private(set) var packets: [Packet] = []

    private var conversations: [Conversation]
    private var clock = Duration.zero
    private let labels: EventLabels

    /// One IPv4 packet.
    struct Packet: Equatable {
        var time: Duration
        var bytes: [UInt8]
        /// What the packet was about in the chat, where the recording knows.
        var comment: String?
    }

    /// What happened to a connection, and when.
    private enum Happening {
        case opened(Int)
        case carried(CapturedSegment)
        case closed(Int)
    }

    init(_ recording: RunRecording) {
        let capture = recording.capture
        labels = EventLabels(recording.truth)
        conversations = capture.connections.enumerated().map { Conversation($1, number: $0) }
        for (time, happening) in Self.happenings(in: capture) {
            clock = max(clock, time)
            switch happening {
            case .opened(let number): open(number)
            case .carried(let segment): carry(segment)
            case .closed(let number):
                close(number, first: capture.connections[number].closedFirstBy ?? .toServer)
            }
        }
    }

    private static func happenings(in capture: Capture) -> [(Duration, Happening)] {
        var happenings: [(time: Duration, rank: Int, happening: Happening)] = []
        for (number, connection) in capture.connections.enumerated() {
            happenings.append((connection.openedAt, 0, .opened(number)))
            if let time = connection.closedAt { happenings.append((time, 2, .closed(number))) }
        }
        for segment in capture.segments where capture.connections.indices.contains(segment.connection) {
            happenings.append((segment.time, 1, .carried(segment)))
        }
        // The sort is stable: segments of one time keep their order.
        return happenings.sorted { ($0.time, $0.rank) < ($1.time, $1.rank) }.map { ($0.time, $0.happening) }
    }

    private mutating func open(_ number: Int) {
        add(number, .toServer, [.synchronize], comment: labels.opening(number))
        add(number, .toClient, [.synchronize, .acknowledge])
        add(number, .toServer, [.acknowledge])
    }

    private mutating func carry(_ segment: CapturedSegment) {
        var rest = segment.bytes[...]
        while !rest.isEmpty {
            let payload = rest.prefix(Conversation.maximumSegmentBytes)
            rest = rest.dropFirst(payload.count)
            add(
                segment.connection,
                segment.direction,
                rest.isEmpty ? [.push, .acknowledge] : [.acknowledge],
                payload,
                comment: labels.label(for: segment)
            )
        }
        add(segment.connection, segment.direction.opposite, [.acknowledge])
    }

    private mutating func close(_ number: Int, first: CapturedSegment.Direction) {
        add(number, first, [.finish, .acknowledge])
        add(number, first.opposite, [.finish, .acknowledge])
        add(number, first, [.acknowledge])
    }

    private mutating func add(
        _ number: Int,
        _ direction: CapturedSegment.Direction,
        _ flags: TCPFlags,
        _ payload: ArraySlice<UInt8> = [],
        comment: String? = nil
    ) {
        let bytes = conversations[number].packet(direction, flags, payload)
        packets.append(Packet(time: clock, bytes: bytes, comment: comment))
        // No two packets at one time, or a reader could put them into another order.
        clock += .microseconds(1)
    }
}

/// The TCP state of one connection (RFC 9293), from which its packets' headers follow.
private struct Conversation {
    private var client: Side
    private var server: Side

    /// What fits an Ethernet frame behind 20 bytes each of IPv4 and TCP header.
    static let maximumSegmentBytes = 1_460

    private struct Side {
        let endpoint: CapturedConnection.Endpoint
        var sequence: UInt32
        var identification: UInt16 = 0
    }

    init(_ connection: CapturedConnection, number: Int) {
        // Any start will do; streams that begin at different numbers are easier to tell apart.
        let start = UInt32(truncatingIfNeeded: number &+ 1) &* 1_000_000
        client = Side(endpoint: connection.client, sequence: start)
        server = Side(endpoint: connection.server, sequence: start &+ 500_000)
    }

    /// The next packet in one direction.
    mutating func packet(
        _ direction: CapturedSegment.Direction,
        _ flags: TCPFlags,
        _ payload: ArraySlice<UInt8>
    ) -> [UInt8] {
        switch direction {
        case .toServer: Self.packet(from: &client, to: server, flags, payload)
        case .toClient: Self.packet(from: &server, to: client, flags, payload)
        }
    }

    private static func packet(
        from source: inout Side,
        to destination: Side,
        _ flags: TCPFlags,
        _ payload: ArraySlice<UInt8>
    ) -> [UInt8] {
        // Before the other side has sent its SYN there is nothing to acknowledge.
        let acknowledged = flags.contains(.acknowledge) ? destination.sequence : 0
        let segment = tcp(
            from: source,
            to: destination,
            acknowledged: acknowledged,
            flags: flags,
            payload: payload
        )
        defer {
            source.identification &+= 1
            source.sequence &+= UInt32(truncatingIfNeeded: payload.count)
            // SYN and FIN take a place in the sequence each.
            if flags.contains(.synchronize) || flags.contains(.finish) { source.sequence &+= 1 }
        }
        return ipv4(from: source, to: destination, payloadBytes: segment.count) + segment
    }

    private static func tcp(
        from source: Side,
        to destination: Side,
        acknowledged: UInt32,
        flags: TCPFlags,
        payload: ArraySlice<UInt8>
    ) -> [UInt8] {
        let options = flags.contains(.synchronize) ? [2, 4] + bigEndian(UInt16(maximumSegmentBytes)) : []
        var segment = bigEndian(source.endpoint.port) + bigEndian(destination.endpoint.port)
        segment += bigEndian(source.sequence) + bigEndian(acknowledged)
        segment += [UInt8(truncatingIfNeeded: (20 + options.count) / 4) << 4, flags.rawValue]
        segment += bigEndian(UInt16.max) + [0, 0, 0, 0] + options + payload
        let pseudoHeader =
            source.endpoint.address + destination.endpoint.address + [0, tcpProtocol]
            + bigEndian(UInt16(truncatingIfNeeded: segment.count))
        segment.replaceSubrange(16..<18, with: internetChecksum(pseudoHeader + segment))
        return segment
    }

    private static func ipv4(from source: Side, to destination: Side, payloadBytes: Int) -> [UInt8] {
        var header: [UInt8] = [0x45, 0] + bigEndian(UInt16(truncatingIfNeeded: 20 + payloadBytes))
        header += bigEndian(source.identification) + [0x40, 0, timeToLive, tcpProtocol, 0, 0]
        header += source.endpoint.address + destination.endpoint.address
        header.replaceSubrange(10..<12, with: internetChecksum(header))
        return header
    }

    private static let tcpProtocol: UInt8 = 6
    private static let timeToLive: UInt8 = 64

    /// The ones' complement of the ones' complement sum of all 16-bit words (RFC 1071).
    private static func internetChecksum(_ bytes: [UInt8]) -> [UInt8] {
        var sum = 0
        for index in stride(from: 0, to: bytes.count, by: 2) {
            sum += Int(bytes[index]) << 8 | (index + 1 < bytes.count ? Int(bytes[index + 1]) : 0)
        }
        while sum >> 16 != 0 { sum = sum & 0xffff + sum >> 16 }
        return bigEndian(~UInt16(truncatingIfNeeded: sum))
    }

    private static func bigEndian(_ number: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
        stride(from: number.bitWidth - 8, through: 0, by: -8).map {
            UInt8(truncatingIfNeeded: number >> $0)
        }
    }
}

/// The flags of a TCP header.
private struct TCPFlags: OptionSet {
    let rawValue: UInt8

    static let finish = TCPFlags(rawValue: 0x01)
    static let synchronize = TCPFlags(rawValue: 0x02)
    static let push = TCPFlags(rawValue: 0x08)
    static let acknowledge = TCPFlags(rawValue: 0x10)
}

extension CapturedSegment.Direction {
    fileprivate var opposite: CapturedSegment.Direction {
        switch self {
        case .toClient: .toServer
        case .toServer: .toClient
        }
    }
}
