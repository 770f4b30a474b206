// SPDX-License-Identifier: Apache-2.0

public import SnugSystem

/// Why a stream to a peer cannot go on, named by who is to blame.
public enum TransportError: Error, Equatable, Sendable {
    /// We do not accept the peer's certificate; nothing was sent to it but the handshake.
    case certificateRejected(CertificateRejection)

    /// The peer broke the protocol or refused us.
    case peerMisbehaved(PeerFault)

    /// The operating system failed us, or the connection was reset.
    case system(SystemError)

    /// The stream ended without close_notify: bytes may be missing (RFC 8446 section 6.1).
    case truncated
}

/// What a peer did wrong on the level of records and handshakes.
public enum PeerFault: Error, Equatable, Sendable {
    /// The peer ended the session with this alert (RFC 8446 section 6).
    case alert(name: String)

    /// The first bytes are no TLS record; this is what they look like.
    case notTLS(PlaintextGuess)

    /// No application protocol (RFC 7301) in common.
    case noCommonApplicationProtocol

    /// No version of TLS in common.
    case noCommonVersion

    /// A client has shown a key, and not proved to have its private half.
    case keyNotProved

    /// A client has shown a certificate, or a key that is not of Ed25519.
    case keyOfOtherKind

    /// More handshake bytes than an honest peer needs.
    case handshakeTooLarge(limitBytes: Int)

    /// A record header that cannot be one.
    case malformedRecord

    /// Record after record without one byte of data.
    case noProgress(records: Int)

    /// GnuTLS refused what the peer sent.
    case refusedByTLS(GnuTLSCode)

    /// A TLS 1.2 client asked for a renegotiation.
    case renegotiation

    /// The peer was to begin the handshake, and ended the stream without a byte.
    case saidNothing
}

/// Why a certificate was not accepted, with what a person needs to mend it.
public struct CertificateRejection: Equatable, Sendable {
    /// One ground to refuse a certificate; several can hold at once.
    public enum Reason: Equatable, Sendable {
        /// Its issuer may sign others, but none like this one.
        case constrainedIssuer
        case expired(UnixTime)
        case insecureAlgorithm
        /// Its issuer may not sign any.
        case issuerNotAuthority
        case keyNotPinned(actualPin: String)
        case notYetValid(UnixTime)
        case selfSigned
        /// It asks for a proof that it is not revoked (RFC 7633), and none came with it.
        case statusMissing
        /// It, or its authority, has one; these are its own (object identifiers), of which one may be it.
        case unknownCriticalExtension([String])
        case unknownIssuer(String)
        case wrongName
        case wrongPurpose
        case wrongSignature
        case other(String)
    }

    /// All grounds that were found, the most telling first.
    public let reasons: [Reason]

    /// The name the certificate was checked against.
    public let expectedName: String

    /// The names by which the server can be asked for; from the peer, so clean them before showing them.
    public let certificateNames: [String]

    /// The fingerprint of its key, which the server has proved to have; see ``PeerIdentity/pin``.
    public let pin: String?
}

extension TransportError: CustomStringConvertible {
    /// One lower-case sentence without a full stop.
    public var description: String {
        switch self {
        case .certificateRejected(let rejection): rejection.description
        case .peerMisbehaved(let fault): fault.description
        case .system(let error): error.description
        case .truncated: "the connection was cut without close_notify"
        }
    }
}

extension PeerFault: CustomStringConvertible {
    /// One lower-case sentence without a full stop.
    public var description: String {
        switch self {
        case .alert(let name): "the peer ended the session with the alert \"\(name)\""
        case .notTLS(.proxyHeader):
            "\(PlaintextGuess.proxyHeader) on the TLS port: tell the load balancer not to send any"
        case .notTLS(let guess): "\(guess) on the TLS port"
        case .noCommonVersion: "no version of TLS in common"
        case .noCommonApplicationProtocol: "no application protocol in common"
        case .keyNotProved: "a key that the peer did not prove to have"
        case .keyOfOtherKind: "a key of another kind than Ed25519"
        case .handshakeTooLarge(let limit): "more than \(limit) bytes of handshake"
        case .malformedRecord: "a malformed TLS record"
        case .noProgress(let records): "\(records) TLS records without data"
        case .refusedByTLS(let code): "TLS failed: \(code)"
        case .renegotiation: "an attempt to renegotiate"
        case .saidNothing: "not a byte was sent"
        }
    }
}

extension CertificateRejection: CustomStringConvertible {
    /// One lower-case sentence without a full stop.
    public var description: String {
        "the server's certificate was refused: \(grounds)"
    }

    /// The reasons alone.
    var grounds: String { reasons.map(sentence(for:)).joined(separator: "; ") }

    /// A certificate can hold thousands.
    private var shownNames: String {
        let names = certificateNames.prefix(8)
        let rest = certificateNames.count - names.count
        return names.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }

    private func sentence(for reason: Reason) -> String {
        switch reason {
        case .constrainedIssuer:
            "its authority may not issue one like it (name constraints, path length or key usage)"
        // The leaf may be within its dates, and its authority not.
        case .expired(let date) where date < .now:
            "it has expired: it was good until \(date), and this machine's clock says \(UnixTime.now)"
        case .expired: "its authority has expired by this machine's clock, which says \(UnixTime.now)"
        case .insecureAlgorithm: "it is signed with an insecure algorithm or key"
        case .issuerNotAuthority: "its issuer's certificate may not sign others"
        case .keyNotPinned(let pin): "its key \(pin) is not the pinned one"
        case .notYetValid(let date) where .now < date:
            "it is not valid yet: it begins on \(date), and this machine's clock says \(UnixTime.now)"
        case .notYetValid:
            "its authority is not valid yet by this machine's clock, which says \(UnixTime.now)"
        case .selfSigned: "it is self-signed and not by a trusted authority"
        case .statusMissing:
            "it demands a proof that it is not revoked (OCSP), which the server does not send"
        case .unknownCriticalExtension([]):
            "it or its authority has a critical extension that is not known here"
        case .unknownCriticalExtension(let extensions):
            "it has a critical extension that is not known here (\(extensions.joined(separator: ", ")))"
        case .unknownIssuer(let name): "its issuer \(name) is not trusted"
        case .wrongName:
            "it is not for \(expectedName)"
                + (certificateNames.isEmpty ? "" : " but for \(shownNames)")
        case .wrongPurpose: "it is not meant for servers"
        case .wrongSignature: "its signature is not its issuer's"
        case .other(let text): text
        }
    }
}
