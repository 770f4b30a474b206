// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import SnugFraming
public import SnugTransport

/// Why a chat could not begin or had to end.
public enum ClientError: Error, Equatable, Sendable {
    case connectionLost(SystemError)
    case endedByServer
    case endedEarly
    case goodbyeMissing
    case handshakeCut
    case handshakeTimedOut
    case hostUnknown(ResolutionError)
    case inputFailed(SystemError)
    case inputTooLong(FramingError)
    case outputFailed(SystemError)
    case passphraseNotAsked
    case protocolBroken(String)
    case serverNotTLS
    case serverVanished
    case transportFailed(TransportError)
    /// The server reset the connection instead of beginning the handshake, as one does that lets nobody in.
    case turnedAway(SystemError)
    case unreachable(server: String, UnreachableError)
    case wrongPassphrase(weSentOne: Bool)
}

extension ClientError: CustomStringConvertible {
    /// One lower-case sentence without a full stop.
    ///
    /// May hold text from the server: clean it before showing it.
    public var description: String {
        switch self {
        case .connectionLost(let error): "the connection to the server was lost: \(error)"
        case .endedByServer: "the server has ended the chat"
        case .endedEarly: "the server ended the chat before all lines had arrived"
        case .goodbyeMissing: "the server did not say goodbye: the last lines may not have arrived"
        case .handshakeCut: "the server closed the connection instead of completing the TLS handshake"
        case .handshakeTimedOut: "the server accepted the connection but did not answer the TLS handshake"
        case .hostUnknown(let error): error.description
        case .inputFailed(let error): "the input cannot be read: \(error)"
        case .inputTooLong(let error): error.description
        case .outputFailed(let error): "messages cannot be written: \(error)"
        case .passphraseNotAsked: "the server did not ask for a passphrase and took yours as a name"
        case .protocolBroken(let reason): "the server broke the protocol: \(reason)"
        case .serverNotTLS: "the server does not speak TLS on this port"
        case .serverVanished: "the server does not answer any more"
        case .transportFailed(.truncated):
            "the connection was cut without a goodbye: the last lines may be missing"
        case .transportFailed(let error): error.description
        case .turnedAway(let error): "the server turned the connection away: \(error.reason)"
        case .unreachable(let server, let error): "\(server) cannot be reached (\(error))"
        case .wrongPassphrase(weSentOne: true): "wrong passphrase"
        case .wrongPassphrase(weSentOne: false): "the server asks for a passphrase"
        }
    }

    /// What to do about it, one sentence.
    public var hint: String {
        switch self {
        case .connectionLost: "join again; the server may have been restarted or the network interrupted"
        case .handshakeCut, .handshakeTimedOut, .serverNotTLS:
            "check host and port; a plain port needs --plain, and is for experiments on one machine only"
        case .endedByServer: "join again, unless the last message says why that is no use"
        case .endedEarly: "join again and repeat the last lines"
        case .goodbyeMissing: "ask in the room whether they did; the server may be overloaded"
        case .hostUnknown(let error):
            "check the name that --host gives, and this machine's network: getent ahosts \(error.host)"
        case .inputFailed: "check where the input comes from"
        case .inputTooLong: "use a shorter name or line"
        case .outputFailed: "check where the output goes to"
        case .passphraseNotAsked: "change that passphrase, and unset CHAT_SECRET for this server"
        case .protocolBroken: "check that host and port belong to a Snug server"
        case .serverVanished: "check the network, and join again when the server can be reached"
        case .transportFailed(.certificateRejected(let rejection)): rejection.hint
        case .transportFailed(.truncated): "someone on the way may have cut it; join again"
        case .transportFailed(.peerMisbehaved(.noCommonVersion)):
            "ask the server's owner to let it speak TLS 1.3, and check that host and port belong to a Snug server"
        case .transportFailed:
            "the server's log names the reason, if host and port belong to a Snug server"
        case .turnedAway:
            "it may take no more connections from your address (32 unless it was told otherwise): leave with one of your "
                + "other clients, or wait a moment, and join again"
        case .unreachable: "check that the server runs and that --host and --port are right"
        case .wrongPassphrase(weSentOne: true): "set CHAT_SECRET or CHAT_SECRET_FILE to the room's passphrase"
        case .wrongPassphrase(weSentOne: false):
            "ask the room's owner for it and set CHAT_SECRET or CHAT_SECRET_FILE"
        }
    }

    /// The exit code (sysexits.h): 69 unreachable, 76 protocol, 77 refused, 1 anything else.
    public var exitCode: Int32 {
        switch self {
        case .connectionLost, .endedByServer, .endedEarly, .hostUnknown, .serverVanished, .turnedAway,
            .unreachable:
            69
        case .transportFailed(.certificateRejected), .wrongPassphrase, .passphraseNotAsked: 77
        case .goodbyeMissing, .handshakeCut, .handshakeTimedOut, .protocolBroken, .serverNotTLS,
            .transportFailed:
            76
        case .inputFailed, .inputTooLong, .outputFailed: 1
        }
    }

    /// Says what a transport's failure means to someone who wants to chat.
    init(_ error: TransportError) {
        switch error {
        // The kernel has asked in vain.
        case .system(let error) where error.code == ETIMEDOUT: self = .serverVanished
        case .system(let error): self = .connectionLost(error)
        case .peerMisbehaved(.notTLS): self = .serverNotTLS
        default: self = .transportFailed(error)
        }
    }
}

extension CertificateRejection {
    /// What to do about it, one sentence.
    fileprivate var hint: String {
        switch reasons.first {
        case .expired: "ask the server's owner to renew it, and check this machine's clock"
        case .notYetValid: "check this machine's clock; if it is right, wait until then"
        case .keyNotPinned:
            "if the server changed its key on purpose, pin the new one; otherwise do not connect"
        case .wrongName:
            certificateNames.isEmpty
                ? "ask the server's owner for a certificate that names its host"
                : "give one of those names with --host, or ask the server's owner to add \(expectedName) to them"
        case .wrongPurpose, .insecureAlgorithm, .other:
            "ask the server's owner for a proper server certificate"
        case .selfSigned, .unknownIssuer, nil:
            "ask the server's owner for the authority that issued it, and give it with --ca; if you did, someone may "
                + "be impersonating the server"
        }
    }
}
