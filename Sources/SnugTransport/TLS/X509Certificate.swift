// SPDX-License-Identifier: Apache-2.0

internal import CGnuTLS

/// One certificate, read.
final class X509Certificate {
    private let certificate: gnutls_x509_crt_t

    /// The leaf that the peer of a session presented.
    convenience init?(presentedTo session: gnutls_session_t) {
        var count: UInt32 = 0
        guard let chain = gnutls_certificate_get_peers(session, &count), count > 0 else { return nil }
        self.init(chain.pointee, GNUTLS_X509_FMT_DER)
    }

    /// The first certificate in a PEM text.
    convenience init?(pem: [UInt8]) {
        // Owned by us until GnuTLS has read it.
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: pem.count, alignment: 1)
        copy.copyBytes(from: pem)
        defer { copy.deallocate() }
        self.init(gnutls_datum_t(borrowing: UnsafeRawBufferPointer(copy)), GNUTLS_X509_FMT_PEM)
    }

    /// One of the chain that a server presents; nil behind its end.
    convenience init?(number: UInt32, presentedWith credentials: gnutls_certificate_credentials_t) {
        var encoded = gnutls_datum_t()
        guard gnutls_certificate_get_crt_raw(credentials, 0, number, &encoded) == GNUTLS_E_SUCCESS else {
            return nil
        }
        self.init(encoded, GNUTLS_X509_FMT_DER)
    }

    private init?(_ encoded: gnutls_datum_t, _ format: gnutls_x509_crt_fmt_t) {
        var certificate: gnutls_x509_crt_t?
        guard gnutls_x509_crt_init(&certificate) == GNUTLS_E_SUCCESS, let certificate else { return nil }
        self.certificate = certificate
        var encoded = encoded
        guard gnutls_x509_crt_import(certificate, &encoded, format) == GNUTLS_E_SUCCESS else { return nil }
    }

    deinit { gnutls_x509_crt_deinit(certificate) }

    var isSelfSigned: Bool { gnutls_x509_crt_check_issuer(certificate, certificate) != 0 }

    /// The last second in which it is valid.
    var expiry: UnixTime { UnixTime(seconds: gnutls_x509_crt_get_expiration_time(certificate)) }

    var issuer: String {
        var text = gnutls_datum_t()
        guard gnutls_x509_crt_get_issuer_dn3(certificate, &text, 0) == GNUTLS_E_SUCCESS, let data = text.data
        else { return "" }
        defer { snug_gnutls_free(data) }
        return String(decoding: UnsafeBufferPointer(start: data, count: Int(text.size)), as: UTF8.self)
    }

    var pin: String {
        var digest = [UInt8](repeating: 0, count: 32)
        var count = digest.count
        gnutls_x509_crt_get_key_id(certificate, GNUTLS_KEYID_USE_SHA256.rawValue, &digest, &count)
        return "sha256:" + Base64.encode(digest)
    }

    /// DNS names and addresses among the subject alternative names.
    var names: [String] {
        var names: [String] = []
        // A certificate may hold any number of names; nobody reads more than a few.
        for index in 0..<UInt32(16) {
            var value = [UInt8](repeating: 0, count: 256)
            var count = value.count
            let kind = gnutls_x509_crt_get_subject_alt_name(certificate, index, &value, &count, nil)
            guard kind >= 0 else { break }
            let bytes = value.prefix(count)
            switch UInt32(kind) {
            case GNUTLS_SAN_DNSNAME.rawValue: names.append(String(decoding: bytes, as: UTF8.self))
            case GNUTLS_SAN_IPADDRESS.rawValue:
                names += SocketAddress.text(ofRawAddress: Array(bytes)).map { [$0] } ?? []
            default: break
            }
        }
        return names
    }
}

enum Base64 {
    /// The standard alphabet with padding (RFC 4648 section 4), by GnuTLS.
    static func encode(_ bytes: [UInt8]) -> String {
        bytes.withUnsafeBytes { bytes in
            var input = gnutls_datum_t(borrowing: bytes)
            var output = gnutls_datum_t()
            guard gnutls_base64_encode2(&input, &output) == GNUTLS_E_SUCCESS, let data = output.data else {
                return ""
            }
            defer { snug_gnutls_free(data) }
            return String(decoding: UnsafeBufferPointer(start: data, count: Int(output.size)), as: UTF8.self)
        }
    }
}
