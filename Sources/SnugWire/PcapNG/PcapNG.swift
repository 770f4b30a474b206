// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// Recordings as files that Wireshark, tshark and tcpdump read (pcapng, draft-ietf-opsawg-pcapng).
public enum PcapNG {
    /// The recording as one pcapng file.
    ///
    /// - Parameter includingKeys: puts the sessions' keys in front of the packets (a Decryption Secrets Block), so that
    ///   whoever opens the file reads the chat in clear.
    public static func file(of recording: RunRecording, includingKeys: Bool = false) -> [UInt8] {
        var writer = PcapNGWriter()
        writer.beginSection(comment: includingKeys ? "\(provenance) \(keyWarning)" : provenance)
        writer.describeInterface()
        if includingKeys { writer.add(keyLog: recording.keyLog) }
        let start = Duration.seconds(recording.startedAt.seconds)
        for packet in ReconstructedPackets(recording).packets {
            writer.add(packet.bytes, at: start + packet.time, comment: packet.comment)
        }
        return writer.bytes
    }

    private static let provenance = """
        The payloads are what crossed a real socket on loopback, as a relay between client and server saw it. The \
        IPv4 and TCP headers around them are reconstructed from what the relay knew; times are the relay's, up to \
        some microseconds.
        """

    private static let keyWarning =
        "The session keys are in this file: whoever has it can read everything in it."
}

/// Puts the blocks of a pcapng file one behind the other, in little-endian order.
private struct PcapNGWriter {
    private(set) var bytes: [UInt8] = []

    private static let endOfOptions: UInt16 = 0

    /// Section Header Block, with a length that is left open.
    mutating func beginSection(comment: String) {
        var body = Self.littleEndian(UInt32(0x1a2b_3c4d))
        body += Self.littleEndian(UInt16(1)) + Self.littleEndian(UInt16(0))
        body += Self.littleEndian(UInt64.max)
        body += Self.option(1, Array(comment.utf8))
        body += Self.option(4, Array("snug-wire".utf8))
        body += Self.option(Self.endOfOptions, [])
        addBlock(0x0a0d_0d0a, body)
    }

    /// Interface Description Block: raw IP packets (LINKTYPE_RAW), times in nanoseconds.
    mutating func describeInterface() {
        var body = Self.littleEndian(UInt16(101)) + Self.littleEndian(UInt16(0))
        body += Self.littleEndian(UInt32(0))
        body += Self.option(2, Array("relay".utf8))
        body += Self.option(9, [9])
        body += Self.option(Self.endOfOptions, [])
        addBlock(1, body)
    }

    /// Decryption Secrets Block with a TLS key log; it goes before the packets, for readers that go through a file once.
    mutating func add(keyLog: [UInt8]) {
        let body = Self.littleEndian(UInt32(0x544c_534b)) + Self.littleEndian(UInt32(clamping: keyLog.count))
        addBlock(10, body + Self.padded(keyLog))
    }

    /// Enhanced Packet Block.
    mutating func add(_ packet: [UInt8], at time: Duration, comment: String?) {
        let (seconds, attoseconds) = time.components
        let nanoseconds = UInt64(clamping: seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
        var body = Self.littleEndian(UInt32(0))
        body += Self.littleEndian(UInt32(truncatingIfNeeded: nanoseconds >> 32))
        body += Self.littleEndian(UInt32(truncatingIfNeeded: nanoseconds))
        body += Self.littleEndian(UInt32(clamping: packet.count))
        body += Self.littleEndian(UInt32(clamping: packet.count))
        body += Self.padded(packet)
        if let comment { body += Self.option(1, Array(comment.utf8)) + Self.option(Self.endOfOptions, []) }
        addBlock(6, body)
    }

    private mutating func addBlock(_ type: UInt32, _ body: [UInt8]) {
        let length = Self.littleEndian(UInt32(clamping: body.count + 12))
        bytes += Self.littleEndian(type) + length + body + length
    }

    private static func option(_ code: UInt16, _ value: [UInt8]) -> [UInt8] {
        littleEndian(code) + littleEndian(UInt16(clamping: value.count)) + padded(value)
    }

    private static func padded(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
    }

    private static func littleEndian(_ number: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
        stride(from: 0, to: number.bitWidth, by: 8).map { UInt8(truncatingIfNeeded: number >> $0) }
    }
}
