// SPDX-License-Identifier: Apache-2.0

internal import CGnuTLS

@testable internal import SnugTransport

extension TLSTransport where Channel: ~Copyable {
    /// A record that holds nothing, which TLS 1.3 allows and this project's peers never send.
    mutating func testOnlySendEmptyRecord(
        paddingBytes: Int,
        _ buffers: IOBuffers
    ) throws(TransportError) {
        try testOnlySend(buffers) { session in
            var nothing: UInt8 = 0
            gnutls_record_send2(session, &nothing, 0, paddingBytes, 0)
        }
    }

    /// A KeyUpdate (RFC 8446 section 4.6.3), which this project's peers never send of their own accord.
    mutating func testOnlySendKeyUpdate(_ buffers: IOBuffers) throws(TransportError) {
        try testOnlySend(buffers) { gnutls_session_key_update($0, 0) }
    }
}
