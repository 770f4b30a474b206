// SPDX-License-Identifier: Apache-2.0

public import SnugSystem

/// Why certificates in a file, or in memory, cannot be used.
public enum CertificateFault: Error, Equatable, Sendable {
    /// There is something else in it.
    case content(FileContent)

    /// One of its certificates cannot be read.
    case damaged(number: Int, count: Int, GnuTLSCode)

    /// A certificate in it is past its dates; an authority's, or the server's own.
    case expired(UnixTime, isAuthority: Bool)

    /// Its key is of a kind that this project's TLS does not use.
    case keyKindNotOffered(String)

    /// Its key can be broken.
    case keyTooShort(bits: Int)

    /// The certificate that belongs to the key is there, and is not the first one.
    case leafNotFirst(number: Int)

    /// It says that its key must not sign handshakes.
    case noDigitalSignature

    /// It names no host.
    case noNames

    /// It names hosts, but none that a client can ask for.
    case noUsableName(UnusableNames)

    /// What it signs is traced to it by no client.
    case notOfAuthority

    /// It says what it is for, and servers are not among it.
    case notForServers

    /// A certificate in it is before its dates; an authority's, or the server's own.
    case notYetValid(UnixTime, isAuthority: Bool)

    /// A client of this project refuses it.
    case refusedByClients(TransportError)

    /// More certificates than a chain has.
    case tooMany(Int)
}

extension CertificateFault: CustomStringConvertible {
    /// One lower-case phrase without a full stop, to be put behind the file's path.
    public var description: String {
        switch self {
        case .content(.certificateInDER): "is in DER, not in PEM"
        case .content(.unknown): "holds no certificate in PEM"
        case .content(let content): "holds \(content) in place of certificates in PEM"
        case .damaged(_, 1, _): "holds a certificate that is damaged"
        case .damaged(let number, let count, _):
            "is damaged: certificate \(number) of \(count) cannot be read"
        case .expired(let date, let isAuthority):
            "\(isAuthority ? "holds an authority's certificate that has expired" : "has expired"): it was good "
                + "until \(date), and this machine's clock says \(UnixTime.now)"
        case .keyKindNotOffered(let kind): "is for a key of the kind \(kind), which Snug's TLS does not use"
        case .keyTooShort(let bits): "is for an RSA key of \(bits) bits, which can be broken"
        case .leafNotFirst(let number):
            "does not begin with the server's own certificate, which is number \(number) in it"
        case .noDigitalSignature:
            "does not allow its key to sign handshakes (its key usage lacks digitalSignature)"
        case .noNames: "names no host or address as a subject alternative name"
        case .noUsableName(let names): "has no name that clients can ask for: \(names)"
        case .notOfAuthority: "holds a certificate that may not sign others"
        case .notForServers: "is not meant for servers (its extended key usage lacks serverAuth)"
        case .notYetValid(let date, let isAuthority):
            "\(isAuthority ? "holds an authority's certificate that is not valid yet" : "is not valid yet"): it "
                + "begins on \(date), and this machine's clock says \(UnixTime.now)"
        case .refusedByClients(.certificateRejected(let rejection)):
            "is refused by clients: \(rejection.grounds)"
        case .refusedByClients(let error): "is refused by clients: \(error)"
        case .tooMany(let count):
            "holds \(count) certificates, more than a chain has (\(TLSContext.chainLimit))"
        }
    }
}

/// Why a private key cannot be used.
public enum PrivateKeyFault: Error, Equatable, Sendable {
    /// There is something else in the file.
    case content(FileContent)

    /// It cannot be read.
    case damaged(GnuTLSCode)

    /// It is not the key of any of the certificates.
    case ofAnotherCertificate
}

extension PrivateKeyFault: CustomStringConvertible {
    /// One lower-case phrase without a full stop, to be put behind the file's path.
    public var description: String {
        switch self {
        case .content(.encryptedKey): "is protected by a password, which a server that starts cannot type"
        case .content(.keyInDER): "is in DER, not in PEM"
        case .content(.unknown): "holds no private key in PEM"
        case .content(let content): "holds \(content) in place of a private key in PEM"
        case .damaged: "holds a private key that is damaged, or of a kind that GnuTLS does not know"
        case .ofAnotherCertificate: "holds a private key that does not belong to the certificate"
        }
    }
}

/// Names of a certificate that no client can ask for, with the reasons.
public struct UnusableNames: Equatable, Sendable, CustomStringConvertible {
    /// So many are named; the others are counted.
    private static let shown = 5

    /// Of a longer one so many characters are shown.
    private static let longest = 64

    private let names: [(text: String, flaw: CertificateNameFlaw)]

    /// Nil if clients can ask for all of `names` that are hosts or addresses.
    init?(_ names: [CertificateName]) {
        self.names = names.compactMap { name in
            guard let flaw = name.flaw, let text = name.text else { return nil }
            return (text.count > Self.longest ? text.prefix(Self.longest) + "…" : text, flaw)
        }
        if self.names.isEmpty { return nil }
    }

    /// Each name with what is wrong with it.
    public var description: String {
        let texts = names.prefix(Self.shown).map { "\"\($0.text)\" \($0.flaw)" }
        let rest = names.count - texts.count
        return (texts + (rest > 0 ? ["and \(rest) more"] : [])).joined(separator: ", ")
    }

    public static func == (left: UnusableNames, right: UnusableNames) -> Bool {
        left.names.elementsEqual(right.names) { $0 == $1 }
    }
}
