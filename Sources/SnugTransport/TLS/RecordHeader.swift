// SPDX-License-Identifier: Apache-2.0

internal import CGnuTLS

/// The five bytes in front of every TLS record (RFC 8446 section 5.1).
struct RecordHeader {
    static let bytes = 5

    /// 2^14 bytes of plaintext and 256 of expansion (RFC 8446 section 5.2).
    static let maximumFragmentBytes = 16_640

    static let alert: UInt8 = 21
    static let handshake: UInt8 = 22
    private static let applicationData: UInt8 = 23

    /// A header that cannot be one, and the alert that says so.
    struct Malformed: Error {
        let alert: gnutls_alert_description_t
    }

    let fragmentBytes: Int

    /// Reads the header at the start of `bytes`; nil while there are fewer than five.
    ///
    /// GnuTLS must not see a header that cannot be one: Debian's build still takes SSLv2 hellos.
    init?(_ bytes: UnsafeRawBufferPointer) throws(Malformed) {
        guard bytes.count >= Self.bytes else { return nil }
        fragmentBytes = Int(bytes[3]) << 8 | Int(bytes[4])
        guard (20...23).contains(bytes[0]) else { throw Malformed(alert: GNUTLS_A_UNEXPECTED_MESSAGE) }
        guard bytes[1] == 3 else { throw Malformed(alert: GNUTLS_A_PROTOCOL_VERSION) }
        guard fragmentBytes <= Self.maximumFragmentBytes else {
            throw Malformed(alert: GNUTLS_A_RECORD_OVERFLOW)
        }
        // Encrypted, it lacks the tag that would prove it; otherwise it is empty where it must not be (section 5.1).
        guard fragmentBytes > 0 else {
            throw Malformed(
                alert: bytes[0] == Self.applicationData
                    ? GNUTLS_A_BAD_RECORD_MAC : GNUTLS_A_UNEXPECTED_MESSAGE
            )
        }
    }

    /// A malformed header counts as a whole record: opening it is what reports it.
    static func isWholeRecord(at bytes: UnsafeRawBufferPointer) -> Bool {
        guard let header = try? RecordHeader(bytes) else { return bytes.count >= Self.bytes }
        return bytes.count >= Self.bytes + header.fragmentBytes
    }
}
