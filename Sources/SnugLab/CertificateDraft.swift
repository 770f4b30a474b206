// SPDX-License-Identifier: Apache-2.0

internal import CGnuTLS
internal import SnugSystem
internal import SnugTransport

/// An X.509 certificate (RFC 5280) in the making; ends with its owner.
struct CertificateDraft: ~Copyable {
    let handle: gnutls_x509_crt_t

    private init() throws(GnuTLSFailure) {
        var handle: gnutls_x509_crt_t?
        let outcome = gnutls_x509_crt_init(&handle)
        guard let handle else { throw GnuTLSFailure(code: GnuTLSCode(outcome), call: "gnutls_x509_crt_init") }
        self.handle = handle
    }

    /// A draft with what every certificate has: version, serial number, dates, subject, key and the key's identifier.
    static func begin(
        commonName: String,
        key: borrowing X509PrivateKey,
        notBefore: UnixTime,
        notAfter: UnixTime
    ) throws(GnuTLSFailure) -> CertificateDraft {
        let draft = try CertificateDraft()
        let handle = draft.handle
        try check(gnutls_x509_crt_set_version(handle, 3), during: "gnutls_x509_crt_set_version")
        try draft.setRandomSerial()
        try check(
            gnutls_x509_crt_set_activation_time(handle, notBefore.seconds),
            during: "gnutls_x509_crt_set_activation_time"
        )
        try check(
            gnutls_x509_crt_set_expiration_time(handle, notAfter.seconds),
            during: "gnutls_x509_crt_set_expiration_time"
        )
        let length = UInt32(clamping: commonName.utf8.count)
        try check(
            gnutls_x509_crt_set_dn_by_oid(handle, GNUTLS_OID_X520_COMMON_NAME, 0, commonName, length),
            during: "gnutls_x509_crt_set_dn_by_oid"
        )
        try check(gnutls_x509_crt_set_key(handle, key.handle), during: "gnutls_x509_crt_set_key")
        let identifier = try draft.keyIdentifier()
        try check(
            gnutls_x509_crt_set_subject_key_id(handle, identifier, identifier.count),
            during: "gnutls_x509_crt_set_subject_key_id"
        )
        return draft
    }

    /// Lets the key sign certificates, but none that can sign further ones.
    borrowing func makeAuthority() throws(GnuTLSFailure) {
        try check(
            gnutls_x509_crt_set_basic_constraints(handle, 1, 0),
            during: "gnutls_x509_crt_set_basic_constraints"
        )
        try setKeyUsage(GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN)
    }

    /// Lets the key do nothing but answer to `names` for one purpose.
    borrowing func makeLeaf(names: [SubjectName], purpose: CertificatePurpose) throws(GnuTLSFailure) {
        try check(
            gnutls_x509_crt_set_basic_constraints(handle, 0, -1),
            during: "gnutls_x509_crt_set_basic_constraints"
        )
        // Key exchange is ephemeral: even an RSA key only signs.
        try setKeyUsage(GNUTLS_KEY_DIGITAL_SIGNATURE)
        try check(
            gnutls_x509_crt_set_key_purpose_oid(handle, purpose.objectIdentifier, 0),
            during: "gnutls_x509_crt_set_key_purpose_oid"
        )
        for name in names {
            let outcome =
                switch name {
                case .address(let bytes): append(bytes, as: GNUTLS_SAN_IPADDRESS)
                case .host(let host): append(Array(host.utf8), as: GNUTLS_SAN_DNSNAME)
                }
            try check(outcome, during: "gnutls_x509_crt_set_subject_alt_name")
        }
    }

    /// Signs the draft as its own authority, after which it cannot be changed.
    borrowing func signItself(with key: borrowing X509PrivateKey) throws(GnuTLSFailure) {
        try sign(by: handle, try keyIdentifier(), key)
    }

    /// Signs the draft, after which it cannot be changed.
    borrowing func sign(
        by issuer: X509Certificate,
        key: borrowing X509PrivateKey
    ) throws(GnuTLSFailure) {
        try sign(by: issuer.handle, issuer.subjectKeyIdentifier, key)
    }

    private borrowing func sign(
        by issuer: gnutls_x509_crt_t,
        _ identifier: [UInt8],
        _ key: borrowing X509PrivateKey
    ) throws(GnuTLSFailure) {
        try check(
            gnutls_x509_crt_set_authority_key_id(handle, identifier, identifier.count),
            during: "gnutls_x509_crt_set_authority_key_id"
        )
        try check(
            gnutls_x509_crt_sign2(handle, issuer, key.handle, key.signatureDigest, 0),
            during: "gnutls_x509_crt_sign2"
        )
    }

    borrowing func exportPEM() throws(GnuTLSFailure) -> [UInt8] { try X509Certificate.exportPEM(handle) }

    private borrowing func setRandomSerial() throws(GnuTLSFailure) {
        var serial = [UInt8](repeating: 0, count: 20)
        try check(gnutls_rnd(GNUTLS_RND_NONCE, &serial, serial.count), during: "gnutls_rnd")
        // 20 octets, positive and in the shortest form, whatever was drawn (RFC 5280 section 4.1.2.2).
        serial[0] = serial[0] & 0x7F | 0x40
        try check(
            gnutls_x509_crt_set_serial(handle, serial, serial.count),
            during: "gnutls_x509_crt_set_serial"
        )
    }

    private borrowing func setKeyUsage(_ usage: Int32) throws(GnuTLSFailure) {
        try check(
            gnutls_x509_crt_set_key_usage(handle, UInt32(usage)),
            during: "gnutls_x509_crt_set_key_usage"
        )
    }

    private borrowing func append(_ bytes: [UInt8], as kind: gnutls_x509_subject_alt_name_t) -> Int32 {
        gnutls_x509_crt_set_subject_alt_name(
            handle,
            kind,
            bytes,
            UInt32(clamping: bytes.count),
            UInt32(GNUTLS_FSAN_APPEND)
        )
    }

    /// SHA-1 of the public key, which every tool computes the same way (RFC 5280 section 4.2.1.2).
    private borrowing func keyIdentifier() throws(GnuTLSFailure) -> [UInt8] {
        var identifier = [UInt8](repeating: 0, count: 20)
        var count = identifier.count
        try check(
            gnutls_x509_crt_get_key_id(handle, GNUTLS_KEYID_USE_SHA1.rawValue, &identifier, &count),
            during: "gnutls_x509_crt_get_key_id"
        )
        return identifier
    }

    deinit {
        gnutls_x509_crt_deinit(handle)
    }
}

extension CertificatePurpose {
    fileprivate var objectIdentifier: String {
        switch self {
        case .client: GNUTLS_KP_TLS_WWW_CLIENT
        case .server: GNUTLS_KP_TLS_WWW_SERVER
        }
    }
}
