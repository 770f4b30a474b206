// SPDX-License-Identifier: Apache-2.0

/// Why certificates, keys or algorithms cannot be used.
public enum TLSConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The server's certificates, or those of a client's authorities.
    case certificate(CertificateFault)

    /// The server's private key.
    case key(PrivateKeyFault)

    /// GnuTLS failed where it should not have.
    case library(GnuTLSFailure)

    /// The operating system trusts no authority.
    case noSystemTrust

    /// The algorithms.
    case policy(PolicyFault)

    /// One lower-case sentence without a full stop.
    public var description: String {
        switch self {
        case .certificate(let fault): "the certificate \(fault)"
        case .key(let fault): "the private key's file \(fault)"
        case .library(let failure): failure.description
        case .noSystemTrust: "this system trusts no authority"
        case .policy(let fault): fault.description
        }
    }

    /// What to do about it, one sentence, for whoever gave no file.
    public var hint: String {
        switch self {
        case .certificate, .key: "give a certificate for servers, and the key that it was made with"
        case .library: "check this system's GnuTLS, and whether there is memory left"
        case .noSystemTrust: "install the package ca-certificates, or trust the server's own authority"
        case .policy(let fault): fault.hint
        }
    }
}

extension CertificateList {
    /// All certificates of a PEM text.
    package static func certificates(in pem: [UInt8]) throws(TLSConfigurationError) -> CertificateList {
        do throws(CertificateFault) { return try CertificateList(pem: pem) } catch {
            throw .certificate(error)
        }
    }
}
