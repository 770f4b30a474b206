// SPDX-License-Identifier: Apache-2.0

package import CGnuTLS
package import SnugSystem

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
package struct X509PrivateKey: ~Copyable {
    package let handle: gnutls_x509_privkey_t

    /// What signatures with this key are made of, as gnutls_x509_crt_sign2(3) wants it.
    package let signatureDigest: gnutls_digest_algorithm_t

    private init(signatureDigest: gnutls_digest_algorithm_t) throws(GnuTLSFailure) {
        var handle: gnutls_x509_privkey_t?
        let outcome = gnutls_x509_privkey_init(&handle)
        guard let handle else {
            throw GnuTLSFailure(code: GnuTLSCode(outcome), call: "gnutls_x509_privkey_init")
        }
        self.handle = handle
        self.signatureDigest = signatureDigest
    }

    private init(imported handle: gnutls_x509_privkey_t) {
        self.handle = handle
        let algorithm = gnutls_x509_privkey_get_pk_algorithm(handle)
        let edwards = [GNUTLS_PK_EDDSA_ED25519, GNUTLS_PK_EDDSA_ED448].map { Int32(bitPattern: $0.rawValue) }
        signatureDigest = edwards.contains(algorithm) ? GNUTLS_DIG_UNKNOWN : GNUTLS_DIG_SHA256
    }

    /// Reads the private key in a PEM text, beside which there may be other things.
    package static func read(pem: borrowing SecretBytes) throws(PrivateKeyFault) -> X509PrivateKey {
        try pem.withBytes { (pem) throws(PrivateKeyFault) in
            guard let block = PEMBlock.all(in: pem).first(where: \.isPrivateKey) else {
                throw .content(FileContent(of: pem))
            }
            let text = UnsafeRawBufferPointer(rebasing: pem[block.range])
            let (handle, outcome) = imported(text, GNUTLS_X509_FMT_PEM)
            guard let handle else { throw .damaged(GnuTLSCode(outcome)) }
            return X509PrivateKey(imported: handle)
        }
    }

    /// Reads a private key in DER.
    static func read(der: borrowing SecretBytes) throws(GnuTLSFailure) -> X509PrivateKey {
        let (handle, outcome) = der.withBytes { imported($0, GNUTLS_X509_FMT_DER) }
        guard let handle else {
            throw GnuTLSFailure(code: GnuTLSCode(outcome), call: "gnutls_x509_privkey_import2")
        }
        return X509PrivateKey(imported: handle)
    }

    /// What GnuTLS says to an attempt to read `bytes` as a private key.
    static func importOutcome(of bytes: UnsafeRawBufferPointer, _ format: gnutls_x509_crt_fmt_t) -> Int32 {
        let (handle, outcome) = imported(bytes, format)
        gnutls_x509_privkey_deinit(handle)
        return outcome
    }

    private static func imported(
        _ bytes: UnsafeRawBufferPointer,
        _ format: gnutls_x509_crt_fmt_t
    ) -> (gnutls_x509_privkey_t?, Int32) {
        var handle: gnutls_x509_privkey_t?
        var outcome = gnutls_x509_privkey_init(&handle)
        guard outcome == GNUTLS_E_SUCCESS else { return (nil, outcome) }
        var datum = gnutls_datum_t(borrowing: bytes)
        outcome = gnutls_x509_privkey_import2(handle, &datum, format, nil, 0)
        guard outcome < 0 else { return (handle, outcome) }
        gnutls_x509_privkey_deinit(handle)
        return (nil, outcome)
    }

    /// A digest of the public key; ``X509Certificate/keyIdentifier(_:)`` is the same for its certificate.
    borrowing func identifier(_ digest: gnutls_keyid_flags_t) -> [UInt8] {
        var identifier = [UInt8](repeating: 0, count: 64)
        var count = identifier.count
        guard gnutls_x509_privkey_get_key_id(handle, digest.rawValue, &identifier, &count) == GNUTLS_E_SUCCESS
        else { return [] }
        return Array(identifier.prefix(count))
    }

    /// Which of `certificates` was made for this key.
    package borrowing func index(in certificates: [X509Certificate]) -> Int? {
        let identifier = identifier(GNUTLS_KEYID_USE_SHA256)
        guard !identifier.isEmpty else { return nil }
        return certificates.firstIndex { $0.keyIdentifier(GNUTLS_KEYID_USE_SHA256) == identifier }
    }

    /// Gives a server this key and the certificates that begin with its own; GnuTLS copies both.
    borrowing func present(
        _ chain: CertificateList,
        with credentials: gnutls_certificate_credentials_t
    ) -> Int32 {
        let handle = handle
        return chain.withHandles { gnutls_certificate_set_x509_key(credentials, $0, $1, handle) }
    }

    package static func generate(_ algorithm: KeyAlgorithm) throws(GnuTLSFailure) -> X509PrivateKey {
        // Ed25519 hashes in its own way (RFC 8032) and takes no other.
        let digest = algorithm == .ed25519 ? GNUTLS_DIG_UNKNOWN : GNUTLS_DIG_SHA256
        let key = try X509PrivateKey(signatureDigest: digest)
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

    var isEd25519: Bool {
        gnutls_x509_privkey_get_pk_algorithm(handle) == Int32(bitPattern: GNUTLS_PK_EDDSA_ED25519.rawValue)
    }

    /// The public key in DER (SubjectPublicKeyInfo, RFC 5280 section 4.1.2.7).
    borrowing func exportPublicKey() throws(GnuTLSFailure) -> [UInt8] {
        var pair: gnutls_privkey_t?
        var publicKey: gnutls_pubkey_t?
        defer {
            gnutls_privkey_deinit(pair)
            gnutls_pubkey_deinit(publicKey)
        }
        try check(gnutls_privkey_init(&pair), during: "gnutls_privkey_init")
        try check(gnutls_pubkey_init(&publicKey), during: "gnutls_pubkey_init")
        try check(gnutls_privkey_import_x509(pair, handle, 0), during: "gnutls_privkey_import_x509")
        try check(gnutls_pubkey_import_privkey(publicKey, pair, 0, 0), during: "gnutls_pubkey_import_privkey")
        var exported = gnutls_datum_t()
        try check(
            gnutls_pubkey_export2(publicKey, GNUTLS_X509_FMT_DER, &exported),
            during: "gnutls_pubkey_export2"
        )
        defer { snug_gnutls_free(exported.data) }
        return Array(UnsafeBufferPointer(start: exported.data, count: Int(exported.size)))
    }

    /// The key in PKCS #8, in PEM and unencrypted (RFC 5958, RFC 7468).
    package borrowing func exportPEM() throws(GnuTLSFailure) -> SecretBytes {
        try export(GNUTLS_X509_FMT_PEM)
    }

    /// The key in PKCS #8, in DER and unencrypted (RFC 5958).
    borrowing func exportDER() throws(GnuTLSFailure) -> SecretBytes { try export(GNUTLS_X509_FMT_DER) }

    private borrowing func export(_ format: gnutls_x509_crt_fmt_t) throws(GnuTLSFailure) -> SecretBytes {
        var exported = gnutls_datum_t()
        let outcome = gnutls_x509_privkey_export2_pkcs8(
            handle,
            format,
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
