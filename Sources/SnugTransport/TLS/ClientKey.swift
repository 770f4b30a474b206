// SPDX-License-Identifier: Apache-2.0

internal import CGnuTLS
public import SnugSystem

/// The key that a person's client shows to servers: a pair of Ed25519 keys (RFC 8032).
///
/// TLS carries it as a raw public key (RFC 7250), without a certificate around it. Nobody vouches for it: all it says
/// is that its owner is who had it the last time. The private half is overwritten when the last owner of this lets go.
public final class ClientKey: Sendable {
    /// What servers know the key by.
    public let fingerprint: KeyFingerprint

    private let publicKey: [UInt8]

    /// In PKCS #8, in DER.
    private let privateKey: SecretBytes

    /// Makes a new key.
    public static func random() throws(GnuTLSFailure) -> ClientKey {
        try ClientKey(.generate(.ed25519))
    }

    /// Reads the private key in a PEM text (PKCS #8, without a password).
    public convenience init(pem: borrowing SecretBytes) throws(ClientKeyFault) {
        let key: X509PrivateKey
        do throws(PrivateKeyFault) { key = try .read(pem: pem) } catch {
            switch error {
            case .content(let content): throw .content(content)
            case .damaged(let code): throw .damaged(code)
            // Nobody compared it with one.
            case .ofAnotherCertificate: throw .content(.unknown)
            }
        }
        guard key.isEd25519 else { throw .notEd25519 }
        do throws(GnuTLSFailure) {
            try self.init(key)
        } catch {
            throw .damaged(error.code)
        }
    }

    private init(_ key: borrowing X509PrivateKey) throws(GnuTLSFailure) {
        let publicKey = try key.exportPublicKey()
        self.publicKey = publicKey
        privateKey = try key.exportDER()
        fingerprint = try KeyFingerprint(ofPublicKey: publicKey.span.bytes)
    }

    /// The private key in PEM (PKCS #8), as ``init(pem:)`` reads it.
    public func exportPEM() throws(GnuTLSFailure) -> SecretBytes {
        try X509PrivateKey.read(der: privateKey).exportPEM()
    }

    /// Gives a client this key; GnuTLS copies it, and overwrites its copy with the credentials.
    func present(with credentials: gnutls_certificate_credentials_t) -> Int32 {
        publicKey.withUnsafeBytes { publicKey in
            privateKey.withBytes { privateKey in
                var publicKey = gnutls_datum_t(borrowing: publicKey)
                var privateKey = gnutls_datum_t(borrowing: privateKey)
                return gnutls_certificate_set_rawpk_key_mem(
                    credentials,
                    &publicKey,
                    &privateKey,
                    GNUTLS_X509_FMT_DER,
                    nil,
                    UInt32(GNUTLS_KEY_DIGITAL_SIGNATURE),
                    nil,
                    0,
                    0
                )
            }
        }
    }
}

/// Why a text is no ``ClientKey``.
public enum ClientKeyFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// There is something else in it.
    case content(FileContent)

    /// It cannot be read.
    case damaged(GnuTLSCode)

    /// Servers take keys of Ed25519 and no others.
    case notEd25519

    /// One lower-case phrase without a full stop, to be put behind the file's path.
    public var description: String {
        switch self {
        case .content(.encryptedKey): "is protected by a password, which Snug does not ask for"
        case .content(.keyInDER): "is in DER, not in PEM"
        case .content(.unknown): "holds no private key in PEM"
        case .content(let content): "holds \(content) in place of a private key in PEM"
        case .damaged: "holds a private key that is damaged"
        case .notEd25519:
            "holds a private key of another kind than Ed25519, which is the only one that servers take"
        }
    }
}
