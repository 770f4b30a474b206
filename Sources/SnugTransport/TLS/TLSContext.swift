// SPDX-License-Identifier: Apache-2.0

internal import CGnuTLS

/// Which TLS versions and algorithms are offered and accepted.
public enum TLSPolicy: String, CaseIterable, Sendable {
    /// TLS 1.3 alone, with 256-bit AEAD.
    case modern

    /// TLS 1.3, and TLS 1.2 with ECDHE and AEAD for peers that have nothing newer.
    case compat

    /// A GnuTLS priority string (gnutls_priority_init(3)) from nothing upwards: `NORMAL` would bring TLS 1.0 and
    /// CBC, and even `SECURE128` brings RSA key exchange, where several of GnuTLS's past holes were.
    func priority(forServer isServer: Bool) -> String {
        var parts = [
            "NONE:+VERS-TLS1.3:+ECDHE-ECDSA:+AES-256-GCM:+CHACHA20-POLY1305:+AEAD",
            "+SIGN-EDDSA-ED25519:+SIGN-ECDSA-SECP256R1-SHA256:+SIGN-ECDSA-SECP384R1-SHA384",
            "+SIGN-RSA-PSS-RSAE-SHA256:+GROUP-X25519:+GROUP-SECP256R1:+COMP-NULL:+CTYPE-X509",
        ]
        if self == .compat {
            parts.append(
                "+VERS-TLS1.2:+ECDHE-RSA:+AES-128-GCM:+SIGN-ECDSA-SHA256:+SIGN-ECDSA-SHA384:+SIGN-RSA-SHA256"
            )
        }
        parts.append(isServer ? "%SERVER_PRECEDENCE" : "%PROFILE_MEDIUM")
        return parts.joined(separator: ":")
    }
}

/// Whom a client trusts to vouch for servers.
public enum TrustAnchors: Sendable {
    /// The certificates in this PEM text and nobody else.
    case authorities(pem: [UInt8])

    /// The authorities that the operating system trusts.
    case system
}

/// Told of one line of a session's key log (NSS key log format, RFC 9850), without its newline.
///
/// Called on the thread of the session's connection.
public typealias KeyLogObserver = @Sendable (_ line: String) -> Void

/// Credentials and algorithms that sessions share.
///
/// Unchecked Sendable: nothing here is changed after `init`, and GnuTLS allows sessions on any number of threads to
/// read the same credentials and priorities (manual, "Thread safety"). A reload therefore makes a new context, and
/// this one goes with its last session.
public final class TLSContext: @unchecked Sendable {
    let credentials: gnutls_certificate_credentials_t
    let priority: gnutls_priority_t
    let keyLog: KeyLogObserver?

    /// A server's context from a PEM chain, leaf first, and its private key in PEM.
    public convenience init(
        certificateChain: [UInt8],
        privateKey: borrowing SecretBytes,
        policy: TLSPolicy
    ) throws(TLSConfigurationError) {
        try self.init(policy: policy, isServer: true, keyLog: nil)
        let outcome = certificateChain.withUnsafeBytes { chain in
            privateKey.withBytes { key in
                var chain = gnutls_datum_t(borrowing: chain)
                var key = gnutls_datum_t(borrowing: key)
                return gnutls_certificate_set_x509_key_mem2(
                    credentials,
                    &chain,
                    &key,
                    GNUTLS_X509_FMT_PEM,
                    nil,
                    0
                )
            }
        }
        // A positive outcome is an index, not a failure (gnutls_certificate_set_x509_key_mem2(3)).
        guard outcome < 0 else { return }
        throw outcome == GNUTLS_E_CERTIFICATE_KEY_MISMATCH
            ? .keyDoesNotMatchCertificate : .unusableCertificate(GnuTLSCode(outcome))
    }

    /// The last second in which all certificates that a server presents are valid; nil for a client.
    public var expiry: UnixTime? {
        var earliest: UnixTime?
        for number in UInt32(0)... {
            guard let certificate = X509Certificate(number: number, presentedWith: credentials) else { break }
            earliest = min(earliest ?? certificate.expiry, certificate.expiry)
        }
        return earliest
    }

    /// A client's context that trusts `trust` and nobody else.
    ///
    /// - Parameter dangerousKeyLog: told of every session's keys, with which its whole traffic can be read.
    public convenience init(
        trust: TrustAnchors,
        policy: TLSPolicy,
        dangerousKeyLog: KeyLogObserver? = nil
    ) throws(TLSConfigurationError) {
        try self.init(policy: policy, isServer: false, keyLog: dangerousKeyLog)
        let count =
            switch trust {
            case .system: gnutls_certificate_set_x509_system_trust(credentials)
            case .authorities(let pem):
                pem.withUnsafeBytes { pem in
                    var datum = gnutls_datum_t(borrowing: pem)
                    return gnutls_certificate_set_x509_trust_mem(credentials, &datum, GNUTLS_X509_FMT_PEM)
                }
            }
        guard count > 0 else { throw .noTrustedAuthority }
    }

    private init(
        policy: TLSPolicy,
        isServer: Bool,
        keyLog: KeyLogObserver?
    ) throws(TLSConfigurationError) {
        var credentials: gnutls_certificate_credentials_t?
        let allocated = gnutls_certificate_allocate_credentials(&credentials)
        guard let credentials else { throw .unusableCertificate(GnuTLSCode(allocated)) }
        var priority: gnutls_priority_t?
        let parsed = gnutls_priority_init2(&priority, policy.priority(forServer: isServer), nil, 0)
        guard let priority else {
            gnutls_certificate_free_credentials(credentials)
            throw .unusablePolicy(GnuTLSCode(parsed))
        }
        self.credentials = credentials
        self.priority = priority
        self.keyLog = keyLog
    }

    deinit {
        gnutls_certificate_free_credentials(credentials)
        gnutls_priority_deinit(priority)
    }
}

/// Why certificates, keys or algorithms cannot be used.
public enum TLSConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
    case certificateNotUsable(String)
    case keyDoesNotMatchCertificate
    case noTrustedAuthority
    case unusableCertificate(GnuTLSCode)
    case unusablePolicy(GnuTLSCode)

    /// One lower-case sentence without a full stop.
    public var description: String {
        switch self {
        case .certificateNotUsable(let reason): "the certificate cannot serve clients: \(reason)"
        case .keyDoesNotMatchCertificate: "the private key does not belong to the certificate"
        case .noTrustedAuthority: "there is no certificate to trust in it"
        case .unusableCertificate(let code): "the certificate or its key cannot be read: \(code)"
        case .unusablePolicy(let code): "this build of GnuTLS lacks an algorithm that is needed: \(code)"
        }
    }

    /// What to do about it, one sentence.
    public var hint: String {
        switch self {
        case .keyDoesNotMatchCertificate: "give the key that the certificate was made with"
        case .certificateNotUsable, .unusableCertificate, .noTrustedAuthority:
            "make new ones with: snug-server make-certs --force"
        case .unusablePolicy: "install a newer libgnutls"
        }
    }
}

extension gnutls_datum_t {
    /// A view for calls that only read; valid as long as `bytes` is.
    init(borrowing bytes: UnsafeRawBufferPointer) {
        let base = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
        self.init(data: base, size: UInt32(clamping: bytes.count))
    }
}
