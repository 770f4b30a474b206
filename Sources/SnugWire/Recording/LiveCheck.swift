// SPDX-License-Identifier: Apache-2.0

public import SnugSystem

/// Whether a capture on the loopback interface shows the same bytes as the tap did.
public struct LiveCheck: Equatable, Sendable {
    /// Every stream of every recording was found on the interface, byte for byte.
    public let matched: Bool

    /// How many packets were captured.
    public let packets: Int

    /// How many streams were compared, two for each connection.
    public let streams: Int

    /// What was compared and what came of it, one sentence.
    public let description: String

    /// Puts the packets' streams together and compares them with the recordings' streams.
    public init(_ recordings: [RunRecording], against caught: LoopbackSniffer.Catch) {
        var assembly = StreamAssembly()
        for packet in caught.packets { assembly.take(packet) }
        var streams = 0
        var different = 0
        for capture in recordings.map(\.capture) {
            for (number, connection) in capture.connections.enumerated() {
                for direction in CapturedSegment.Direction.allCases {
                    streams += 1
                    let seen = assembly.stream(of: connection, direction)
                    if seen != capture.stream(of: number, direction) { different += 1 }
                }
            }
        }
        matched = different == 0 && streams > 0
        packets = caught.packets.count
        self.streams = streams
        let loss = caught.lost == 0 ? "" : "; the system had no room for \(caught.lost) packets"
        description =
            matched
            ? "all \(streams) streams of the tap were seen on the interface too, in \(packets) packets, byte for byte"
            : "\(different) of \(streams) streams are not the same on the interface\(loss)"
    }
}

/// Puts TCP streams together from packets (RFC 9293).
struct StreamAssembly {
    private var streams: [Flow: Stream] = [:]

    private struct Flow: Hashable {
        let source: CapturedConnection.Endpoint
        let destination: CapturedConnection.Endpoint
    }

    private struct Stream {
        /// The sequence number of the first byte.
        let start: UInt32
        /// What was seen, by its place in the stream.
        var pieces: [UInt32: [UInt8]] = [:]
    }

    /// Takes in one IPv4 packet; what is not TCP, or belongs to a stream whose beginning was not seen, is left out.
    mutating func take(_ packet: [UInt8]) {
        guard let segment = TCPSegment(packet) else { return }
        let flow = Flow(source: segment.source, destination: segment.destination)
        if segment.isSynchronizing { streams[flow] = Stream(start: segment.sequence &+ 1) }
        guard let start = streams[flow]?.start, !segment.payload.isEmpty else { return }
        let place = segment.sequence &- start
        // A packet that was sent again may be longer than the first time, never shorter.
        if streams[flow]?.pieces[place]?.count ?? 0 < segment.payload.count {
            streams[flow]?.pieces[place] = segment.payload
        }
    }

    /// The bytes of one direction up to the first gap.
    func stream(of connection: CapturedConnection, _ direction: CapturedSegment.Direction) -> [UInt8] {
        let flow =
            direction == .toServer
            ? Flow(source: connection.client, destination: connection.server)
            : Flow(source: connection.server, destination: connection.client)
        guard let pieces = streams[flow]?.pieces.sorted(by: { $0.key < $1.key }) else { return [] }
        return pieces.reduce(into: []) { bytes, piece in
            guard Int(piece.key) <= bytes.count else { return }
            bytes += piece.value.dropFirst(bytes.count - Int(piece.key))
        }
    }
}

/// What matters of one TCP segment in one IPv4 packet.
private struct TCPSegment {
    let source: CapturedConnection.Endpoint
    let destination: CapturedConnection.Endpoint
    let sequence: UInt32
    let isSynchronizing: Bool
    let payload: [UInt8]

    /// Nil for anything else than whole TCP in IPv4 (RFC 791, RFC 9293).
    init?(_ packet: [UInt8]) {
        guard packet.count >= 20, packet[0] >> 4 == 4, packet[9] == 6 else { return nil }
        let headerBytes = Int(packet[0] & 0x0f) * 4
        let totalBytes = Int(packet[2]) << 8 | Int(packet[3])
        guard headerBytes >= 20, totalBytes <= packet.count, headerBytes + 20 <= totalBytes else {
            return nil
        }
        let segment = packet[headerBytes..<totalBytes]
        let base = segment.startIndex
        let dataOffset = Int(segment[base + 12] >> 4) * 4
        guard dataOffset >= 20, dataOffset <= segment.count else { return nil }
        source = CapturedConnection.Endpoint(
            address: Array(packet[12..<16]),
            port: UInt16(segment[base]) << 8 | UInt16(segment[base + 1])
        )
        destination = CapturedConnection.Endpoint(
            address: Array(packet[16..<20]),
            port: UInt16(segment[base + 2]) << 8 | UInt16(segment[base + 3])
        )
        sequence = segment[base + 4..<base + 8].reduce(0) { $0 << 8 | UInt32($1) }
        isSynchronizing = segment[base + 13] & 0x02 != 0
        payload = Array(segment[(base + dataOffset)...])
    }
}
