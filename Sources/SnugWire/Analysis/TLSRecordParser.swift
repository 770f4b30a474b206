// SPDX-License-Identifier: Apache-2.0

/// A TLS record as anyone on the way sees it (RFC 8446 section 5.1).
struct TLSRecord: Equatable, Sendable {
    /// The outer type; TLS 1.3 shows 23 for everything it encrypts.
    enum ContentType: UInt8, Sendable {
        case changeCipherSpec = 20
        case alert = 21
        case handshake = 22
        case applicationData = 23
    }

    let unit: WireUnit
    let type: ContentType
    let version: UInt16

    /// What follows the header; ciphertext and its tag, once keys are in use.
    let fragment: [UInt8]

    /// Header included.
    var byteCount: Int { unit.range.count }

    /// Five bytes of header, one for the inner type, 16 of tag (RFC 8446 section 5.2).
    static let overheadBytes = 22

    /// Of what was encrypted, padding included.
    var plaintextBytes: Int { byteCount - Self.overheadBytes }

    /// Encrypted alerts are the only records that hold two bytes; the smallest frame has four.
    var isEncryptedAlert: Bool { type == .applicationData && plaintextBytes == 2 }
}

/// Cuts a stream into TLS records.
enum TLSRecordParser {
    private static let headerBytes = 5

    /// 2^14 bytes of plaintext and 256 of expansion (RFC 8446 section 5.2).
    private static let maximumFragmentBytes = 16_640

    /// The whole records at the start of `stream`, up to where it ends or stops being TLS.
    static func records(of stream: TimedStream) -> [TLSRecord] {
        var reader = ByteReader(stream.bytes[...])
        var records: [TLSRecord] = []
        var start = 0
        while let type = reader.number(bytes: 1), let version = reader.number(bytes: 2),
            let count = reader.number(bytes: 2), count <= maximumFragmentBytes,
            let known = TLSRecord.ContentType(rawValue: UInt8(truncatingIfNeeded: type)),
            let fragment = reader.take(count),
            let unit = stream.unit(start..<start + headerBytes + count)
        {
            records.append(
                TLSRecord(
                    unit: unit,
                    type: known,
                    version: UInt16(truncatingIfNeeded: version),
                    fragment: Array(fragment)
                )
            )
            start += headerBytes + count
        }
        return records
    }
}
