// SPDX-License-Identifier: Apache-2.0

/// The five bytes in front of every TLS record (RFC 8446 section 5.1).
struct RecordHeader {
    static let bytes = 5

    /// 2^14 bytes of plaintext and 256 of expansion (RFC 8446 section 5.2).
    static let maximumFragmentBytes = 16_640

    static let alert: UInt8 = 21
    static let handshake: UInt8 = 22

    let fragmentBytes: Int

    /// Reads the header at the start of `bytes`; nil while there are fewer than five.
    ///
    /// GnuTLS must not see a header that cannot be one: Debian's build still takes SSLv2 hellos.
    init?(_ bytes: UnsafeRawBufferPointer) throws(PeerFault) {
        guard bytes.count >= Self.bytes else { return nil }
        fragmentBytes = Int(bytes[3]) << 8 | Int(bytes[4])
        let isKnownType = (20...23).contains(bytes[0])
        guard isKnownType, bytes[1] == 3, (1...Self.maximumFragmentBytes).contains(fragmentBytes) else {
            throw .malformedRecord
        }
    }

    /// A malformed header counts as a whole record: opening it is what reports it.
    static func isWholeRecord(at bytes: UnsafeRawBufferPointer) -> Bool {
        guard let header = try? RecordHeader(bytes) else { return bytes.count >= Self.bytes }
        return bytes.count >= Self.bytes + header.fragmentBytes
    }
}
