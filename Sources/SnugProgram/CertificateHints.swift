// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import SnugLab
internal import SnugSystem
public import SnugTransport

// MARK: A server's files

extension ServerFiles {
    /// The files that `--cert` and `--key` name; of a lab's, the authority is known.
    public init(options certificate: String, key: String) {
        let folder = LabFolder(containing: certificate)
        let isAuthorityLost = folder.has(.authorityKey) && !folder.has(.authority)
        let isLab = folder.path(.server) == certificate && folder.path(.serverKey) == key
        let remedy = isLab && isAuthorityLost ? folder.renewal : nil
        self.init(
            certificate: certificate,
            key: key,
            authority: AuthorityFile(path: folder.path(.authority), remedy: remedy)
        )
    }
}

extension Failure {
    /// A server's files cannot be used, unless it is the system's `policy` that lets nobody use any.
    public init(_ error: TLSFileError, _ files: ServerFiles, _ policy: TLSPolicy) {
        var error = error
        if case .content(let fault) = error.cause, let fault = policy.isToBlame(for: fault) {
            error = TLSFileError(fault, files)
        }
        self.init(error.description, hint: files.hint(for: error), code: .badConfiguration)
    }

    /// The authorities in the file that a client was given with `--ca` cannot be used.
    public init(_ error: TLSFileError, authorities path: String) {
        self.init(error.description, hint: error.hint(authorities: path), code: .badConfiguration)
    }

    /// The authorities that the operating system trusts cannot be used.
    public init(systemTrust error: TLSConfigurationError) {
        let hint =
            error == .noSystemTrust
            ? "install the package ca-certificates, or give the server's own authority with --ca" : error.hint
        self.init(error.description, hint: hint, code: .badConfiguration)
    }
}

extension ServerFiles {
    /// The folder in which both are under the names that `make-certs` gives them.
    private var labFolder: LabFolder? {
        let folder = LabFolder(containing: certificate)
        return folder.path(.server) == certificate && folder.path(.serverKey) == key ? folder : nil
    }

    private static let swapped =
        "give the certificate with --cert and the private key with --key: perhaps the two are swapped"

    private var hintForMissing: String {
        "check the path, or "
            + (renewal.map { "make it again, with --name for each host but localhost: \($0)" }
                ?? ownCertificates)
    }

    /// What to do about files that cannot be used, one sentence; a command is behind a colon, at its end.
    fileprivate func hint(for error: TLSFileError) -> String {
        switch error.cause {
        case .file(let error):
            error.fault == .missing ? hintForMissing : error.fault.hint(forFileAt: error.path)
        case .content(.certificate(let fault)): hint(for: fault)
        case .content(.key(let fault)): hint(for: fault)
        case .content(let error): error.hint
        }
    }

    private func hint(for fault: CertificateFault) -> String {
        switch fault {
        case .content(.certificateRequest):
            "give the certificate that an authority made of this request, or \(ownCertificates)"
        case .content(.key), .content(.keyInDER), .content(.encryptedKey), .content(.openSSHKey):
            Self.swapped
        case .content(let content):
            content.conversion(of: certificate)
                ?? "give a certificate, which begins with -----BEGIN CERTIFICATE-----, or \(ownCertificates)"
        case .damaged: "copy it again from where it came from, or \(ownCertificates)"
        case .expired(_, isAuthority: true):
            "get new certificates, with which everybody needs the new authority, or \(ownCertificates)"
        case .expired:
            renewal.map { "renew it: \($0)" } ?? "get a new one from its issuer, or \(ownCertificates)"
        case .keyKindNotOffered, .keyTooShort:
            "have a certificate made for a key on P-256 or P-384, of Ed25519, or of RSA with 2048 bits or more, or "
                + ownCertificates
        case .leafNotFirst(let number):
            "put the leaf first: move certificate number \(number) of \(certificate) to its beginning"
        case .noDigitalSignature:
            "have one made with the key usage digitalSignature, or \(ownCertificates)"
        case .noNames, .noUsableName:
            "have one made with the server's host name or address as a subject alternative name, or "
                + ownCertificates
        case .notForServers: "have one made with the extended key usage serverAuth, or \(ownCertificates)"
        case .notYetValid: "set this machine's clock if it is wrong, or wait until then"
        case .notOfAuthority: "have another one made, or \(ownCertificates)"
        case .refusedByClients(.certificateRejected(let rejection)): hint(for: rejection.reasons.first)
        case .refusedByClients: "have another one made, or \(ownCertificates)"
        case .tooMany:
            "leave the server's own certificate and those between it and its authority in \(certificate)"
        }
    }

    /// For what is found only by doing what a client does.
    private func hint(for reason: CertificateRejection.Reason?) -> String {
        switch reason {
        case .constrainedIssuer:
            "have one made with names that its authority's constraints allow, by an authority whose path length "
                + "allows it and whose key usage has keyCertSign, or \(ownCertificates)"
        case .expired:
            "get new certificates, with which everybody needs the new authority, or \(ownCertificates)"
        case .insecureAlgorithm:
            "have one made that is signed with SHA-256 or better, by a key on P-256 or of RSA with 2048 bits or "
                + "more, or \(ownCertificates)"
        case .issuerNotAuthority, .wrongSignature:
            "have one made by an authority whose certificate may sign others, or \(ownCertificates)"
        case .notYetValid: "set this machine's clock if it is wrong, or wait until its authority is valid"
        case .statusMissing:
            "have one made without the TLS feature status_request (\"must staple\"), or \(ownCertificates)"
        case .unknownCriticalExtension:
            "have one made without that extension, or with it as one that is not critical, or \(ownCertificates)"
        case .wrongPurpose:
            "have one made by an authority that may issue certificates for servers, or \(ownCertificates)"
        case .keyNotPinned, .other, .selfSigned, .unknownIssuer, .wrongName, nil:
            "have another one made, or \(ownCertificates)"
        }
    }

    private func hint(for fault: PrivateKeyFault) -> String {
        switch fault {
        case .content(.certificate), .content(.certificateInDER), .content(.certificateRequest):
            Self.swapped
        case .content(let content):
            content.conversion(of: key)
                ?? "give the key that the certificate was made with, which begins with "
                + "-----BEGIN PRIVATE KEY-----, or \(ownCertificates)"
        case .damaged: "copy it again from where it came from, or \(ownCertificates)"
        case .ofAnotherCertificate:
            "give the key that the certificate was made with, or "
                + (renewal.map { "make a certificate for this key: \($0)" } ?? ownCertificates)
        }
    }

    /// Only where the authority that issued them is at hand.
    private var renewal: String? {
        labFolder.flatMap { $0.has(.authorityKey) ? $0.renewal : nil }
    }

    private var ownCertificates: String {
        "make lab certificates and give those: \(LabFolder.making(in: labFolder))"
    }
}

// MARK: A client's authorities

extension TLSFileError {
    private static let fromOwner =
        "give the file that the server's owner gave you with --ca; it begins with -----BEGIN CERTIFICATE-----"

    fileprivate func hint(authorities path: String) -> String {
        switch cause {
        case .file(let error) where error.fault != .missing: return error.fault.hint(forFileAt: path)
        case .file:
            let folder = LabFolder(containing: path)
            return folder.path(.authority) == path && folder.has(.authorityKey)
                ? "this writes it again: \(folder.renewal)"
                : "check the path, and give the file that the server's owner gave you (its ca.pem) with --ca"
        case .content(.certificate(let fault)):
            switch fault {
            case .content(.key), .content(.keyInDER), .content(.encryptedKey), .content(.openSSHKey):
                return "give the certificate that belongs to this key, and keep the key from others"
            case .content(.pkcs12):
                return "take the certificates alone out of it, and give the new file: "
                    + FileContent.certificatesOfPKCS12(at: path)
            case .content(let content): return content.conversion(of: path) ?? Self.fromOwner
            case .damaged(let number, let count, _) where count > 1:
                return "get it again from where it came from, or take certificate number \(number) out of it"
            default: return Self.fromOwner
            }
        case .content(let error): return error.hint
        }
    }
}

// MARK: What is not PEM

extension FileContent {
    /// Without its private key, which is nothing for a client.
    fileprivate static func certificatesOfPKCS12(at path: String) -> String {
        "openssl pkcs12 -in \(ShellWord.quoted(path)) -nokeys -out \(ShellWord.quoted(free(beside: path)))"
    }

    /// A path for PEM that nothing has: a key that replaced something would keep the rights of what was there.
    private static func free(beside path: String) -> String {
        let isPEM = path.hasSuffix(".pem")
        let stem = isPEM ? String(path.dropLast(4)) : path
        let paths = [isPEM ? "\(stem)-new.pem" : "\(stem).pem"] + (2...99).map { "\(stem)-\($0).pem" }
        return paths.first { !FilePath.isTaken($0) } ?? "\(stem)-\(getpid()).pem"
    }

    /// How to make PEM of the file at `path`, with a command that replaces nothing; nil if that cannot be.
    fileprivate func conversion(of path: String) -> String? {
        let source = ShellWord.quoted(path)
        let target = ShellWord.quoted(Self.free(beside: path))
        let give = "and give the new file: "
        switch self {
        case .certificateInDER:
            return "make PEM of it, \(give)openssl x509 -inform DER -in \(source) -out \(target)"
        case .encryptedKey(let inDER):
            let form = inDER ? "-inform DER " : ""
            return "take the password off a copy, \(give)openssl pkey \(form)-in \(source) -out \(target)"
        case .keyInDER: return "make PEM of it, \(give)openssl pkey -inform DER -in \(source) -out \(target)"
        case .openSSHKey:
            return "make PEM of a copy (which ssh-keygen can for RSA and ECDSA), \(give)"
                + "(umask 077; cp \(source) \(target) && ssh-keygen -p -m PEM -N '' -f \(target))"
        case .opensslTrustedCertificate:
            return "make ordinary PEM of it, \(give)openssl x509 -in \(source) -out \(target)"
        case .pkcs12:
            return
                "take certificate and key out of it, and give the new file for both, with --cert and --key: "
                + "openssl pkcs12 -in \(source) -nodes -out \(target)"
        case .pkcs7(let inDER):
            let form = inDER ? "-inform DER " : ""
            return
                "take the certificates out of it, \(give)openssl pkcs7 \(form)-print_certs -in \(source) -out \(target)"
        case .utf16:
            return "save it in UTF-8, \(give)(umask 077; iconv -f UTF-16 -t UTF-8 \(source) >\(target))"
        case .certificate, .certificateRequest, .key, .publicKey, .revocationList, .unknown: return nil
        }
    }
}
