// SPDX-License-Identifier: Apache-2.0

internal import CGnuTLS
public import SnugSystem

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

    /// The last second in which all certificates that a server presents are valid; nil for a client.
    public let expiry: UnixTime?

    /// What is odd about a server's certificates, and keeps some clients out at most.
    public let warnings: [CertificateWarning]

    /// More certificates make no chain: GnuTLS follows no longer one (DEFAULT_MAX_VERIFY_DEPTH).
    static let chainLimit = 16

    /// A server's context from a PEM chain, leaf first, and its private key in PEM.
    public convenience init(
        certificateChain: [UInt8],
        privateKey: borrowing SecretBytes,
        policy: TLSPolicy
    ) throws(TLSConfigurationError) {
        try self.init(chain: try .certificates(in: certificateChain), privateKey, policy, warnings: [])
    }

    convenience init(
        chain: CertificateList,
        _ privateKey: borrowing SecretBytes,
        _ policy: TLSPolicy,
        warnings: [CertificateWarning]
    ) throws(TLSConfigurationError) {
        let key = try Self.key(in: privateKey)
        try self.init(policy, isServer: true, keyLog: nil, chain: chain, warnings: warnings)
        guard let leaf = key.index(in: chain.certificates) else { throw .key(.ofAnotherCertificate) }
        guard leaf == 0 else {
            // The key of an authority behind the server's certificate is the wrong one.
            guard !chain.certificates[leaf].isAuthority || chain.certificates[0].isAuthority else {
                throw .key(.ofAnotherCertificate)
            }
            throw .certificate(.leafNotFirst(number: leaf + 1))
        }
        let count = chain.certificates.count
        guard count <= Self.chainLimit else { throw .certificate(.tooMany(count)) }
        let outcome = key.present(chain, with: credentials)
        guard outcome < 0 else { return }
        throw .library(GnuTLSFailure(code: GnuTLSCode(outcome), call: "gnutls_certificate_set_x509_key"))
    }

    private static func key(
        in pem: borrowing SecretBytes
    ) throws(TLSConfigurationError) -> X509PrivateKey {
        do throws(PrivateKeyFault) { return try X509PrivateKey.read(pem: pem) } catch { throw .key(error) }
    }

    /// A client's context that trusts `trust` and nobody else.
    ///
    /// - Parameter dangerousKeyLog: told of every session's keys, with which its whole traffic can be read.
    public convenience init(
        trust: TrustAnchors,
        policy: TLSPolicy,
        dangerousKeyLog: KeyLogObserver? = nil
    ) throws(TLSConfigurationError) {
        switch trust {
        case .system:
            try self.init(policy, isServer: false, keyLog: dangerousKeyLog, chain: nil, warnings: [])
            guard gnutls_certificate_set_x509_system_trust(credentials) > 0 else { throw .noSystemTrust }
        case .authorities(let pem):
            try self.init(trusting: try .certificates(in: pem), policy, keyLog: dangerousKeyLog)
        }
    }

    convenience init(
        trusting authorities: CertificateList,
        _ policy: TLSPolicy,
        keyLog: KeyLogObserver?
    ) throws(TLSConfigurationError) {
        try self.init(policy, isServer: false, keyLog: keyLog, chain: nil, warnings: [])
        let count = authorities.withHandles { gnutls_certificate_set_x509_trust(credentials, $0, $1) }
        guard count <= 0 else { return }
        throw .library(GnuTLSFailure(code: GnuTLSCode(count), call: "gnutls_certificate_set_x509_trust"))
    }

    private init(
        _ policy: TLSPolicy,
        isServer: Bool,
        keyLog: KeyLogObserver?,
        chain: CertificateList?,
        warnings: [CertificateWarning]
    ) throws(TLSConfigurationError) {
        var credentials: gnutls_certificate_credentials_t?
        let allocated = gnutls_certificate_allocate_credentials(&credentials)
        guard let credentials else {
            let call = "gnutls_certificate_allocate_credentials"
            throw .library(GnuTLSFailure(code: GnuTLSCode(allocated), call: call))
        }
        do throws(PolicyFault) {
            priority = try policy.makePriority(forServer: isServer)
        } catch {
            gnutls_certificate_free_credentials(credentials)
            throw .policy(error)
        }
        self.credentials = credentials
        self.keyLog = keyLog
        self.warnings = warnings
        expiry = chain?.expiry()
    }

    deinit {
        gnutls_certificate_free_credentials(credentials)
        gnutls_priority_deinit(priority)
    }
}

extension gnutls_datum_t {
    /// A view for calls that only read; valid as long as `bytes` is.
    init(borrowing bytes: UnsafeRawBufferPointer) {
        let base = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
        self.init(data: base, size: UInt32(clamping: bytes.count))
    }
}
