// SPDX-License-Identifier: Apache-2.0

/// A certificate authority for a lab: it signs whatever it is asked to, and lives in memory alone.
///
/// It can also issue what nobody should accept (expired, for other names, for the wrong purpose), so that people can
/// see what their client says to it.
public struct LabAuthority: ~Copyable {
    /// The authority's own certificate in PEM, for those who are to trust it.
    public let certificatePEM: [UInt8]

    /// The authority's private key in PEM.
    public let privateKeyPEM: SecretBytes

    private let certificate: CertificateDraft
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

    private init(certificate: consuming CertificateDraft, key: consuming X509PrivateKey) throws(GnuTLSFailure)
    {
        let certificatePEM = try certificate.exportPEM()
        let privateKeyPEM = try key.exportPEM()
        self.certificatePEM = certificatePEM
        self.privateKeyPEM = privateKeyPEM
        self.certificate = certificate
        self.key = key
    }

    private static func make(
        commonName: String,
        notBefore: UnixTime,
        notAfter: UnixTime
    ) throws(GnuTLSFailure) -> LabAuthority {
        let key = try X509PrivateKey.generate(.p256)
        let certificate = try CertificateDraft.begin(
            commonName: commonName,
            key: key,
            notBefore: notBefore,
            notAfter: notAfter
        )
        try certificate.makeAuthority()
        try certificate.sign(by: certificate, key: key)
        return try LabAuthority(certificate: certificate, key: key)
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
        let names = try parse(names)
        do throws(GnuTLSFailure) {
            let leafKey = try X509PrivateKey.generate(algorithm)
            let leaf = try draftLeaf(names, key: leafKey, notBefore, notAfter, purpose)
            try leaf.sign(by: certificate, key: key)
            return IssuedCertificate(
                certificateChainPEM: try leaf.exportPEM() + certificatePEM,
                privateKeyPEM: try leafKey.exportPEM()
            )
        } catch {
            throw .notMade(error)
        }
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
        let names = try parse(names)
        do throws(GnuTLSFailure) {
            let key = try X509PrivateKey.generate(algorithm)
            let leaf = try draftLeaf(names, key: key, notBefore, notAfter, purpose)
            try leaf.sign(by: leaf, key: key)
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

private func parse(_ texts: [String]) throws(CertificateError) -> [NamedSubject] {
    guard !texts.isEmpty else { throw .noNames }
    var names: [NamedSubject] = []
    for text in texts {
        guard let name = SubjectName(text) else { throw .invalidName(text) }
        if !names.contains(where: { $0.name == name }) { names.append(NamedSubject(text: text, name: name)) }
    }
    return names
}

private struct NamedSubject {
    let text: String
    let name: SubjectName
}

private func draftLeaf(
    _ names: [NamedSubject],
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
    try leaf.makeLeaf(names: names.map(\.name), purpose: purpose)
    return leaf
}

/// ub-common-name (RFC 5280 appendix A.1).
private let commonNameLimitBytes = 64

/// Certificates begin before they are made, for clients whose clock is behind.
let backdating = Duration.seconds(-300)

private let authorityValidity = Duration.seconds(3_650 * 86_400)

private let leafValidity = Duration.seconds(90 * 86_400)
