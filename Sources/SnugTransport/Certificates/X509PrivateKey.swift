// SPDX-License-Identifier: Apache-2.0

internal import CGnuTLS

/// A kind of key for a certificate.
public enum KeyAlgorithm: Equatable, Sendable {
    /// Edwards curve 25519 (RFC 8410): as fast as P-256, but not every client knows it.
    case ed25519

    /// ECDSA on NIST P-256, which every TLS client knows (RFC 8446 section 9.1).
    case p256

    /// RSA with so many bits: slow, and with fewer than 2048 no client may accept it.
    case rsa(bits: UInt32)
}

/// A private key that GnuTLS holds; ends with its owner.
struct X509PrivateKey: ~Copyable {
    let handle: gnutls_x509_privkey_t

    /// What signatures with this key are made of, as gnutls_x509_crt_sign2(3) wants it.
    let signatureDigest: gnutls_digest_algorithm_t

    private init(for algorithm: KeyAlgorithm) throws(GnuTLSFailure) {
        var handle: gnutls_x509_privkey_t?
        let outcome = gnutls_x509_privkey_init(&handle)
        guard let handle else {
            throw GnuTLSFailure(code: GnuTLSCode(outcome), call: "gnutls_x509_privkey_init")
        }
        self.handle = handle
        // Ed25519 hashes in its own way (RFC 8032) and takes no other.
        signatureDigest = algorithm == .ed25519 ? GNUTLS_DIG_UNKNOWN : GNUTLS_DIG_SHA256
    }

    static func generate(_ algorithm: KeyAlgorithm) throws(GnuTLSFailure) -> X509PrivateKey {
        let key = try X509PrivateKey(for: algorithm)
        let (kind, bits) =
            switch algorithm {
            case .ed25519: (GNUTLS_PK_EDDSA_ED25519, UInt32(0))
            case .p256: (GNUTLS_PK_ECDSA, SNUG_P256_BITS)
            case .rsa(let bits): (GNUTLS_PK_RSA, bits)
            }
        try check(
            gnutls_x509_privkey_generate(key.handle, kind, bits, 0),
            during: "gnutls_x509_privkey_generate"
        )
        return key
    }

    /// The key in PKCS #8, in PEM and unencrypted (RFC 5958, RFC 7468).
    borrowing func exportPEM() throws(GnuTLSFailure) -> SecretBytes {
        var exported = gnutls_datum_t()
        let outcome = gnutls_x509_privkey_export2_pkcs8(
            handle,
            GNUTLS_X509_FMT_PEM,
            nil,
            GNUTLS_PKCS_PLAIN.rawValue,
            &exported
        )
        try check(outcome, during: "gnutls_x509_privkey_export2_pkcs8")
        let bytes = UnsafeMutableRawBufferPointer(start: exported.data, count: Int(exported.size))
        defer {
            gnutls_memset(exported.data, 0, bytes.count)
            snug_gnutls_free(exported.data)
        }
        return SecretBytes(copying: bytes.bytes)
    }

    deinit {
        gnutls_x509_privkey_deinit(handle)
    }
}
