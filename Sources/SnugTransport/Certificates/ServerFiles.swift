// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// The two files that a server shows who it is with: its chain of certificates, and its private key.
public struct ServerFiles: Equatable, Sendable {
    /// The path of the chain in PEM, leaf first.
    public let certificate: String

    /// The path of the private key in PEM.
    public let key: String

    /// Where clients are given the authority's certificate, as far as that is known; a server itself needs none.
    public let authority: AuthorityFile?

    /// The file in which clients are given the authority that issued a server's certificate.
    public struct AuthorityFile: Equatable, Sendable {
        /// The file's path; there may be nothing.
        public let path: String

        /// The command that writes the file where it is missing; nil if none can.
        public let remedy: String?

        /// The file at `path`.
        public init(path: String, remedy: String?) {
            self.path = path
            self.remedy = remedy
        }
    }

    /// The files at these paths.
    public init(certificate: String, key: String, authority: AuthorityFile? = nil) {
        self.certificate = certificate
        self.key = key
        self.authority = authority
    }

    /// Reads both, and proves them in a handshake.
    ///
    /// What reads well can still fail every client, from an expired certificate to a kind of key that is not offered.
    /// That is found before anyone connects, and before a reload replaces what works.
    ///
    /// - Parameter applicationProtocols: those the server speaks; see ``TLSContext``.
    public func load(
        _ policy: TLSPolicy,
        applicationProtocols: [String] = []
    ) throws(TLSFileError) -> TLSContext {
        // The key comes second: whoever swapped the two must not be told to take the certificate's rights away.
        let chain = try readChain()
        let keyPEM = try readKey()
        do throws(TLSConfigurationError) {
            try policy.makeSureOfAlgorithms()
            let authorityPEM = authorityPEM
            let trust = authorities(of: chain, among: authorityPEM)
            let warnings = warnings(about: chain, trust, authorityIsHere: authorityPEM != nil)
            let context = try TLSContext(
                chain: chain,
                keyPEM,
                policy,
                applicationProtocols,
                warnings: warnings
            )
            try chain.judge()
            try context.completeTrialHandshake(presenting: chain, to: trust, policy)
            return context
        } catch {
            throw TLSFileError(error, self)
        }
    }

    private func readChain() throws(TLSFileError) -> CertificateList {
        let pem: [UInt8]
        do throws(CertificateFileError) { pem = try CertificateFiles.readCertificates(certificate) } catch {
            throw TLSFileError(error)
        }
        do throws(TLSConfigurationError) { return try .certificates(in: pem) } catch {
            throw TLSFileError(error, self)
        }
    }

    private func readKey() throws(TLSFileError) -> SecretBytes {
        do throws(CertificateFileError) { return try CertificateFiles.readPrivateKey(key) } catch {
            throw TLSFileError(error)
        }
    }

    // MARK: Their authority

    /// Whom clients may trust, as far as it is here and has signed the chain.
    ///
    /// Whom they do trust, a server cannot know; ``authority`` and those of the system are what it can look at.
    private func authorities(of chain: CertificateList, among pem: [UInt8]?) -> [TrustAnchors] {
        var found: [TrustAnchors] = []
        // A client takes no file of which a part is damaged; GnuTLS would take the rest.
        if let pem, (try? CertificateList(pem: pem)) != nil, let list = TrustList(pem: pem),
            let status = chain.status(for: list), CertificateList.isSigned(status)
        {
            found.append(.authorities(pem: pem))
            // The system's are many, and seldom needed.
            if status == 0 { return found }
        }
        if let list = TrustList.system(), chain.isSigned(below: list) { found.append(.system) }
        return found
    }

    /// What is in the file of ``authority``, if there is one.
    private var authorityPEM: [UInt8]? {
        authority.flatMap { try? CertificateFiles.readCertificates($0.path) }
    }

    // MARK: What is odd about them

    private func warnings(
        about chain: CertificateList,
        _ trust: [TrustAnchors],
        authorityIsHere: Bool
    ) -> [CertificateWarning] {
        var warnings: [CertificateWarning] = []
        if let names = UnusableNames(chain.certificates[0].names) { warnings.append(.unusableNames(names)) }
        if trust.isEmpty, let warning = warningAboutAuthority(of: chain, isHere: authorityIsHere) {
            warnings.append(warning)
        }
        return warnings
    }

    /// What may keep clients from getting from the server's certificate to an authority that they trust.
    private func warningAboutAuthority(of chain: CertificateList, isHere: Bool) -> CertificateWarning? {
        let last = chain.last
        if !last.isSelfSigned { return .issuerMissing(path: certificate, issuer: last.issuer) }
        guard let authority else { return nil }
        if isHere { return .anotherAuthority(path: authority.path) }
        return authority.remedy.map { .authorityMissing(path: authority.path, remedy: $0) }
    }
}

/// What is odd about a server's certificates, and keeps some clients out at most.
public enum CertificateWarning: Equatable, Sendable, CustomStringConvertible {
    /// The authority that clients are given is not the one that issued the certificate.
    case anotherAuthority(path: String)

    /// The authority's certificate, which clients need, is not where it belongs, and can be written again.
    case authorityMissing(path: String, remedy: String)

    /// The chain ends with a certificate whose issuer is not in it.
    case issuerMissing(path: String, issuer: String)

    /// No client can ask for these.
    case unusableNames(UnusableNames)

    /// One lower-case sentence without a full stop.
    public var description: String {
        switch self {
        case .anotherAuthority(let path):
            "clients that trust \(path) refuse this server: another authority issued its certificate"
        case .authorityMissing(let path, let remedy):
            "\(path), which clients need, is missing: this writes it again: \(remedy)"
        case .issuerMissing(let path, let issuer):
            "\(path) lacks the certificate of \(issuer), which issued its last one: clients that do not have that "
                + "refuse this server, so put it behind the others"
        case .unusableNames(let names): "no client can ask for these names of the certificate: \(names)"
        }
    }
}
