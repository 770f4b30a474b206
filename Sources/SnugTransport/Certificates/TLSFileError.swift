// SPDX-License-Identifier: Apache-2.0

/// A file with certificates or a key that cannot be used, and what to do about it.
public struct TLSFileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Cause: Equatable, Sendable {
        /// The file.
        case file(CertificateFileError)

        /// What is in it, or the algorithms that are to be used with it.
        case content(TLSConfigurationError)
    }

    /// What is wrong.
    public let cause: Cause

    /// One lower-case sentence without a full stop; it begins with the path of the file that is to blame.
    public let description: String

    /// What to do about it, one sentence; a command is behind a colon, at its end.
    public let hint: String
}

// MARK: - A server's files

extension TLSFileError {
    init(_ error: CertificateFileError, _ files: ServerFiles) {
        cause = .file(error)
        description = error.description
        hint = error.fault == .missing ? files.hintForMissing : error.fault.hint(forFileAt: error.path)
    }

    init(_ error: TLSConfigurationError, _ files: ServerFiles) {
        cause = .content(error)
        switch error {
        case .certificate(let fault):
            description = "\(files.certificate) \(fault)"
            hint = files.hint(for: fault)
        case .key(let fault):
            description = "\(files.key) \(fault)"
            hint = files.hint(for: fault)
        case .library, .noSystemTrust, .policy:
            description = error.description
            hint = error.hint
        }
    }
}

extension ServerFiles {
    private static let swapped =
        "give the certificate with --cert and the private key with --key: perhaps the two are swapped"

    fileprivate var hintForMissing: String {
        "check the path, or " + (renewal.map { "make it again: \($0)" } ?? ownCertificates)
    }

    fileprivate func hint(for fault: CertificateFault) -> String {
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
        case .notOfAuthority, .refusedByClients: "have another one made, or \(ownCertificates)"
        case .tooMany:
            "leave the server's own certificate and those between it and its authority in \(certificate)"
        }
    }

    fileprivate func hint(for fault: PrivateKeyFault) -> String {
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

// MARK: - A client's authorities

extension TLSContext {
    /// A client's context that trusts the authorities in the PEM file at `path` and nobody else.
    public convenience init(
        trustingFile path: String,
        policy: TLSPolicy,
        applicationProtocols: [String] = [],
        clientKey: ClientKey? = nil
    ) throws(TLSFileError) {
        let pem: [UInt8]
        do throws(CertificateFileError) {
            pem = try CertificateFiles.readCertificates(path)
        } catch {
            throw TLSFileError(error, authorities: path)
        }
        do throws(TLSConfigurationError) {
            try self.init(
                trust: .authorities(pem: pem),
                policy: policy,
                applicationProtocols: applicationProtocols,
                clientKey: clientKey
            )
        } catch {
            throw TLSFileError(error, authorities: path)
        }
    }
}

extension TLSFileError {
    private static let fromOwner =
        "give the file that the server's owner gave you with --ca; it begins with -----BEGIN CERTIFICATE-----"

    fileprivate init(_ error: CertificateFileError, authorities path: String) {
        cause = .file(error)
        description = error.description
        let folder = LabFolder(containing: path)
        if error.fault != .missing {
            hint = error.fault.hint(forFileAt: path)
        } else if folder.path(.authority) == path, folder.has(.authorityKey) {
            hint = "this writes it again: \(folder.renewal)"
        } else {
            hint = "check the path, and give the file that the server's owner gave you (its ca.pem) with --ca"
        }
    }

    fileprivate init(_ error: TLSConfigurationError, authorities path: String) {
        cause = .content(error)
        guard case .certificate(let fault) = error else {
            description = error.description
            hint = error.hint
            return
        }
        description = "\(path) \(fault)"
        hint =
            switch fault {
            case .content(.key), .content(.keyInDER), .content(.encryptedKey):
                "give the certificate that belongs to this key, and keep the key from others"
            case .content(let content): content.conversion(of: path) ?? Self.fromOwner
            case .damaged(let number, let count, _) where count > 1:
                "get it again from where it came from, or take certificate number \(number) out of it"
            default: Self.fromOwner
            }
    }
}

// MARK: - What is not PEM

extension FileContent {
    /// How to make PEM of the file at `path`, with a command that replaces nothing; nil if that cannot be.
    fileprivate func conversion(of path: String) -> String? {
        let source = ShellWord.quoted(path)
        let stem = path.hasSuffix(".pem") ? String(path.dropLast(4)) + "-new" : path
        let target = ShellWord.quoted(stem + ".pem")
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
