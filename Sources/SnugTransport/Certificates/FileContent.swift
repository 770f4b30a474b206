// SPDX-License-Identifier: Apache-2.0

internal import CGnuTLS

/// What a file holds in which somebody looked for certificates or a private key in PEM, and found none.
public enum FileContent: Equatable, Sendable {
    /// Certificates, where a key was to be.
    case certificate

    /// A certificate in DER.
    case certificateInDER

    /// A request for a certificate (PKCS #10).
    case certificateRequest

    /// A private key that a password protects.
    case encryptedKey(inDER: Bool)

    /// A private key, where certificates were to be.
    case key

    /// A private key in DER.
    case keyInDER

    /// A private key in OpenSSH's own form.
    case openSSHKey

    /// A certificate with OpenSSL's notes on trust in it.
    case opensslTrustedCertificate

    /// Certificate and key together, protected by a password (PKCS #12).
    case pkcs12

    /// Certificates in an envelope (PKCS #7).
    case pkcs7(inDER: Bool)

    /// A public key.
    case publicKey

    /// A list of revoked certificates.
    case revocationList

    /// Text in UTF-16, as some editors of Windows save it.
    case utf16

    /// None of these.
    case unknown

    /// Recognises what `bytes` are.
    init(of bytes: UnsafeRawBufferPointer) {
        let blocks = PEMBlock.all(in: bytes)
        if let content = blocks.lazy.compactMap({ FileContent($0) }).first {
            self = content
        } else if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            self = .utf16
        } else {
            // DER begins with a SEQUENCE; what is none costs no attempt to read it.
            self = bytes.first == 0x30 ? Self.der(bytes) : .unknown
        }
    }

    private init?(_ block: PEMBlock) {
        switch block.label {
        case _ where block.isCertificate: self = .certificate
        case _ where block.isPrivateKey: self = .key
        case "OPENSSH PRIVATE KEY": self = .openSSHKey
        case let label where label.hasSuffix("PRIVATE KEY"): self = .encryptedKey(inDER: false)
        case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST": self = .certificateRequest
        case "TRUSTED CERTIFICATE": self = .opensslTrustedCertificate
        case "PKCS7", "CMS": self = .pkcs7(inDER: false)
        case "X509 CRL": self = .revocationList
        case let label where label.hasSuffix("PUBLIC KEY"): self = .publicKey
        default: return nil
        }
    }

    private static func der(_ bytes: UnsafeRawBufferPointer) -> FileContent {
        if X509Certificate(der: bytes) != nil { return .certificateInDER }
        var datum = gnutls_datum_t(borrowing: bytes)
        var request: gnutls_x509_crq_t?
        gnutls_x509_crq_init(&request)
        defer { gnutls_x509_crq_deinit(request) }
        if gnutls_x509_crq_import(request, &datum, GNUTLS_X509_FMT_DER) == GNUTLS_E_SUCCESS {
            return .certificateRequest
        }
        var store: gnutls_pkcs12_t?
        gnutls_pkcs12_init(&store)
        defer { gnutls_pkcs12_deinit(store) }
        if gnutls_pkcs12_import(store, &datum, GNUTLS_X509_FMT_DER, 0) == GNUTLS_E_SUCCESS { return .pkcs12 }
        var envelope: gnutls_pkcs7_t?
        gnutls_pkcs7_init(&envelope)
        defer { gnutls_pkcs7_deinit(envelope) }
        if gnutls_pkcs7_import(envelope, &datum, GNUTLS_X509_FMT_DER) == GNUTLS_E_SUCCESS {
            return .pkcs7(inDER: true)
        }
        // Behind PKCS #12, which GnuTLS takes for a key that is encrypted.
        switch X509PrivateKey.importOutcome(of: bytes, GNUTLS_X509_FMT_DER) {
        case GNUTLS_E_SUCCESS: return .keyInDER
        case GNUTLS_E_DECRYPTION_FAILED: return .encryptedKey(inDER: true)
        default: return .unknown
        }
    }
}

extension FileContent: CustomStringConvertible {
    /// A noun.
    public var description: String {
        switch self {
        case .certificate: "a certificate"
        case .certificateInDER: "a certificate in DER"
        case .certificateRequest: "a request for a certificate"
        case .encryptedKey: "a private key that a password protects"
        case .key: "a private key"
        case .keyInDER: "a private key in DER"
        case .openSSHKey: "a private key in OpenSSH's own form"
        case .opensslTrustedCertificate: "a certificate in OpenSSL's own form"
        case .pkcs12: "a PKCS #12 store of keys and certificates"
        case .pkcs7: "certificates in a PKCS #7 envelope"
        case .publicKey: "a public key"
        case .revocationList: "a list of revoked certificates"
        case .utf16: "text in UTF-16"
        case .unknown: "something else"
        }
    }
}
