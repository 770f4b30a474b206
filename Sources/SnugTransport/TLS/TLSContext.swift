// SPDX-License-Identifier: Apache-2.0

internal import CGnuTLS
public import SnugSystem

/// Whom a client trusts to vouch for servers.
public enum TrustAnchors: Sendable {
    /// The certificates in this PEM text and nobody else.
    case authorities(pem: [UInt8])

    /// No authority: only a server whose key is pinned can be verified; see ``ExpectedServer/pins``.
    case nobody

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
    let priority: TLSPriority
    let keyLog: KeyLogObserver?

    /// The application protocols (RFC 7301) to offer or to take, the best first; none leaves ALPN out.
    let applicationProtocols: [String]

    /// The key that a client shows to those servers that ask for one.
    let clientKey: ClientKey?

    /// The last second in which all certificates that a server presents are valid; nil for a client.
    public let expiry: UnixTime?

    /// What is odd about a server's certificates, and keeps some clients out at most.
    public let warnings: [CertificateWarning]

    /// What clients can ask for a server by, in the order of its certificate and without wildcards; empty for a client.
    public let serverNames: [String]

    /// The fingerprint of a server's key, in the form of a ``PeerIdentity/pin``; nil for a client.
    public let serverPin: String?

    /// More certificates make no chain: GnuTLS follows no longer one (DEFAULT_MAX_VERIFY_DEPTH).
    static let chainLimit = 16

    /// A server's context from a PEM chain, leaf first, and its private key in PEM.
    ///
    /// - Parameter applicationProtocols: those it speaks, the best first (RFC 7301). A client that offers none of them
    ///   and others is refused with the alert no_application_protocol; one that offers none at all is not.
    public convenience init(
        certificateChain: [UInt8],
        privateKey: borrowing SecretBytes,
        policy: TLSPolicy,
        applicationProtocols: [String] = []
    ) throws(TLSConfigurationError) {
        let chain = try CertificateList.certificates(in: certificateChain)
        try self.init(chain: chain, privateKey, policy, applicationProtocols, warnings: [])
    }

    convenience init(
        chain: CertificateList,
        _ privateKey: borrowing SecretBytes,
        _ policy: TLSPolicy,
        _ applicationProtocols: [String],
        warnings: [CertificateWarning]
    ) throws(TLSConfigurationError) {
        let key = try Self.key(in: privateKey)
        try self.init(policy, .server, applicationProtocols, presenting: chain, warnings: warnings)
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
    /// - Parameters:
    ///   - applicationProtocols: those to offer, the best first (RFC 7301).
    ///   - clientKey: shown to a server that was verified and asks for one. With it nothing older than TLS 1.3 is
    ///     offered, whatever `policy` says, so that it is never shown to anybody else.
    ///   - dangerousKeyLog: told of every session's keys, with which its whole traffic can be read.
    public convenience init(
        trust: TrustAnchors,
        policy: TLSPolicy,
        applicationProtocols: [String] = [],
        clientKey: ClientKey? = nil,
        dangerousKeyLog: KeyLogObserver? = nil
    ) throws(TLSConfigurationError) {
        let role = clientKey == nil ? TLSRole.client : .clientWithKey
        try self.init(policy, role, applicationProtocols, clientKey: clientKey, keyLog: dangerousKeyLog)
        switch trust {
        case .system:
            guard gnutls_certificate_set_x509_system_trust(credentials) > 0 else { throw .noSystemTrust }
        case .authorities(let pem):
            try self.trust(.certificates(in: pem))
        case .nobody: break
        }
        guard let clientKey else { return }
        let outcome = clientKey.present(with: credentials)
        guard outcome < 0 else { return }
        throw .library(GnuTLSFailure(code: GnuTLSCode(outcome), call: "gnutls_certificate_set_rawpk_key_mem"))
    }

    convenience init(
        trusting authorities: CertificateList,
        _ policy: TLSPolicy
    ) throws(TLSConfigurationError) {
        try self.init(policy, .client, [])
        try trust(authorities)
    }

    private func trust(_ authorities: CertificateList) throws(TLSConfigurationError) {
        let count = authorities.withHandles { gnutls_certificate_set_x509_trust(credentials, $0, $1) }
        guard count <= 0 else { return }
        throw .library(GnuTLSFailure(code: GnuTLSCode(count), call: "gnutls_certificate_set_x509_trust"))
    }

    private init(
        _ policy: TLSPolicy,
        _ role: TLSRole,
        _ applicationProtocols: [String],
        clientKey: ClientKey? = nil,
        keyLog: KeyLogObserver? = nil,
        presenting chain: CertificateList? = nil,
        warnings: [CertificateWarning] = []
    ) throws(TLSConfigurationError) {
        do throws(PolicyFault) { priority = try policy.makePriority(for: role) } catch {
            throw .policy(error)
        }
        var credentials: gnutls_certificate_credentials_t?
        let allocated = gnutls_certificate_allocate_credentials(&credentials)
        guard let credentials else {
            let call = "gnutls_certificate_allocate_credentials"
            throw .library(GnuTLSFailure(code: GnuTLSCode(allocated), call: call))
        }
        self.credentials = credentials
        self.applicationProtocols = applicationProtocols
        self.clientKey = clientKey
        self.keyLog = keyLog
        expiry = chain?.expiry()
        serverNames = chain?.certificates[0].namesToAskFor ?? []
        serverPin = chain?.certificates[0].pin
        self.warnings = warnings
    }

    deinit { gnutls_certificate_free_credentials(credentials) }
}

extension gnutls_datum_t {
    /// A view for calls that only read; valid as long as `bytes` is.
    init(borrowing bytes: UnsafeRawBufferPointer) {
        let base = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
        self.init(data: base, size: UInt32(clamping: bytes.count))
    }
}
