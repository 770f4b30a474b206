// SPDX-License-Identifier: Apache-2.0

public import SnugSystem
public import SnugTransport

/// A certificate authority for a lab: it signs whatever it is asked to, and lives in memory alone.
///
/// It can also issue what nobody should accept (expired, for other names, for the wrong purpose), so that people can
/// see what their client says to it.
public struct LabAuthority: ~Copyable {
    /// The authority's own certificate in PEM, for those who are to trust it.
    public let certificatePEM: [UInt8]

    /// The authority's private key in PEM.
    public let privateKeyPEM: SecretBytes

    private let certificate: X509Certificate
    private let key: X509PrivateKey

    /// Makes an authority with a new P-256 key.
    ///
    /// - Parameters:
    ///   - commonName: what it is called, 1 to 64 bytes.
    ///   - notBefore: five minutes ago if nil.
    ///   - notAfter: ten years from now if nil.
    public init(
        commonName: String = "Snug lab CA",
        notBefore: UnixTime? = nil,
        notAfter: UnixTime? = nil
    ) throws(CertificateError) {
        guard (1...commonNameLimitBytes).contains(commonName.utf8.count) else {
            throw .invalidCommonName(commonName)
        }
        do throws(GnuTLSFailure) {
            self = try Self.make(
                commonName: commonName,
                notBefore: notBefore ?? .now + backdating,
                notAfter: notAfter ?? .now + authorityValidity
            )
        } catch {
            throw .notMade(error)
        }
    }

    private static func make(
        commonName: String,
        notBefore: UnixTime,
        notAfter: UnixTime
    ) throws(GnuTLSFailure) -> LabAuthority {
        let key = try X509PrivateKey.generate(.p256)
        let draft = try CertificateDraft.begin(
            commonName: commonName,
            key: key,
            notBefore: notBefore,
            notAfter: notAfter
        )
        try draft.makeAuthority()
        try draft.signItself(with: key)
        let pem = try draft.exportPEM()
        let certificate = try pem.span.bytes.withUnsafeBytes { (pem) throws(GnuTLSFailure) in
            try X509Certificate(pem: pem)
        }
        return try LabAuthority(certificate: certificate, key: key)
    }

    /// Takes an authority that was made before.
    init(certificate: X509Certificate, key: consuming X509PrivateKey) throws(GnuTLSFailure) {
        let certificatePEM = try certificate.exportPEM()
        let privateKeyPEM = try key.exportPEM()
        self.certificatePEM = certificatePEM
        self.privateKeyPEM = privateKeyPEM
        self.certificate = certificate
        self.key = key
    }

    /// The last second in which it is valid, and with it all that it issues.
    var expiry: UnixTime { certificate.expiry }

    /// Whether it issued the first certificate of `list`.
    borrowing func hasIssued(_ list: CertificateList) -> Bool {
        list.certificates[0].isIssued(by: certificate)
    }

    /// Issues a certificate for a new key.
    ///
    /// - Parameters:
    ///   - names: host names and IPv4 or IPv6 addresses; each becomes a subject alternative name.
    ///   - notBefore: five minutes ago if nil; it may as well lie in the future.
    ///   - notAfter: 90 days from now if nil; it may as well lie in the past.
    ///   - purpose: what a peer may be that presents it.
    ///   - algorithm: the kind of the new key.
    public borrowing func issue(
        names: [String],
        notBefore: UnixTime? = nil,
        notAfter: UnixTime? = nil,
        purpose: CertificatePurpose = .server,
        algorithm: KeyAlgorithm = .p256
    ) throws(CertificateError) -> IssuedCertificate {
        let names = try SubjectName.parse(names)
        do throws(GnuTLSFailure) {
            let leafKey = try X509PrivateKey.generate(algorithm)
            return IssuedCertificate(
                certificateChainPEM: try issue(names, for: leafKey, notBefore, notAfter, purpose),
                privateKeyPEM: try leafKey.exportPEM()
            )
        } catch {
            throw .notMade(error)
        }
    }

    /// Issues a certificate for a key that is there, and returns it with the authority's behind it.
    borrowing func issue(
        _ names: [SubjectName],
        for leafKey: borrowing X509PrivateKey,
        _ notBefore: UnixTime?,
        _ notAfter: UnixTime?,
        _ purpose: CertificatePurpose
    ) throws(GnuTLSFailure) -> [UInt8] {
        let leaf = try draftLeaf(names, key: leafKey, notBefore, notAfter, purpose)
        try leaf.sign(by: certificate, key: key)
        return try leaf.exportPEM() + certificatePEM
    }
}

/// A certificate with its private key, ready for a TLS server or client.
public struct IssuedCertificate: ~Copyable, Sendable {
    /// The certificate and, if an authority signed it, the authority's, in PEM.
    public let certificateChainPEM: [UInt8]

    /// The private key in PEM (PKCS #8, not encrypted).
    public let privateKeyPEM: SecretBytes

    init(certificateChainPEM: [UInt8], privateKeyPEM: consuming SecretBytes) {
        self.certificateChainPEM = certificateChainPEM
        self.privateKeyPEM = privateKeyPEM
    }

    /// Makes a certificate that no authority signed but its own key; the parameters are those of
    /// ``LabAuthority/issue(names:notBefore:notAfter:purpose:algorithm:)``.
    public static func selfSigned(
        names: [String],
        notBefore: UnixTime? = nil,
        notAfter: UnixTime? = nil,
        purpose: CertificatePurpose = .server,
        algorithm: KeyAlgorithm = .p256
    ) throws(CertificateError) -> IssuedCertificate {
        let names = try SubjectName.parse(names)
        do throws(GnuTLSFailure) {
            let key = try X509PrivateKey.generate(algorithm)
            let leaf = try draftLeaf(names, key: key, notBefore, notAfter, purpose)
            try leaf.signItself(with: key)
            return IssuedCertificate(
                certificateChainPEM: try leaf.exportPEM(),
                privateKeyPEM: try key.exportPEM()
            )
        } catch {
            throw .notMade(error)
        }
    }
}

/// What the peer that presents a certificate may be (extended key usage, RFC 5280 section 4.2.1.12).
public enum CertificatePurpose: Equatable, Sendable {
    /// A TLS client.
    case client

    /// A TLS server.
    case server
}

extension SubjectName {
    /// Takes address literals and host names, each once.
    static func parse(_ texts: [String]) throws(CertificateError) -> [SubjectName] {
        guard !texts.isEmpty else { throw .noNames }
        var names: [SubjectName] = []
        for text in texts {
            guard let name = SubjectName(text) else { throw .invalidName(text) }
            if !names.contains(name) { names.append(name) }
        }
        return names
    }
}

private func draftLeaf(
    _ names: [SubjectName],
    key: borrowing X509PrivateKey,
    _ notBefore: UnixTime?,
    _ notAfter: UnixTime?,
    _ purpose: CertificatePurpose
) throws(GnuTLSFailure) -> CertificateDraft {
    // Only for people to read: clients look at the alternative names (RFC 6125 section 6.4.4).
    let commonName = names.lazy.map(\.text).first { $0.utf8.count <= commonNameLimitBytes } ?? "snug"
    let leaf = try CertificateDraft.begin(
        commonName: commonName,
        key: key,
        notBefore: notBefore ?? .now + backdating,
        notAfter: notAfter ?? .now + leafValidity
    )
    try leaf.makeLeaf(names: names, purpose: purpose)
    return leaf
}

/// ub-common-name (RFC 5280 appendix A.1).
private let commonNameLimitBytes = 64

/// Certificates begin before they are made, for clients whose clock is behind.
let backdating = Duration.seconds(-300)

private let authorityValidity = Duration.seconds(3_650 * 86_400)

private let leafValidity = Duration.seconds(90 * 86_400)
