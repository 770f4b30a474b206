// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import SnugFraming
internal import SnugProtocol
public import SnugSystem
public import SnugTransport

/// Why a chat could not begin or had to end.
public enum ClientError: Error, Equatable, Sendable {
    case connectionLost(SystemError)
    /// There is no talking to a server at the control socket with this path.
    case controlSocket(path: String, UnixSocketFault)
    /// The server has ended the stay, and does not want us back; a code of level 1.
    case dismissed(reason: String)
    case endedByServer
    case endedEarly
    case goodbyeMissing
    case handshakeCut
    case handshakeTimedOut
    case hostUnknown(ResolutionError)
    case inputFailed(SystemError)
    case inputTooLong(FramingError)
    /// The user wanted out before all that was said had arrived.
    case leftEarly
    /// The server does not speak the level that was asked for.
    case levelOneMissing
    /// A line of level 1 has no confirmation; if it was sent, it may have been said.
    case notConfirmed(wasSent: Bool)
    case notLetIn
    case outputFailed(SystemError)
    case passphraseNotAsked
    case protocolBroken(String)
    /// What we asked for was not done; a code of level 1, and the server's words for people.
    case refused(code: String, String, hint: String?)
    case serverNotTLS
    /// What came on a plain connection is a TLS record.
    case serverSpeaksTLS
    case serverVanished
    /// What was wanted did not come within the time that was given for it.
    case timedOut(Duration)
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
        case .controlSocket(let path, let fault): fault.reason(at: path)
        case .dismissed(let reason): "the server has ended the stay: \(reason)"
        case .endedByServer: "the server has ended the chat"
        case .endedEarly: "the server ended the chat before all lines had arrived"
        case .goodbyeMissing: "the server did not say goodbye: the last lines may not have arrived"
        case .handshakeCut: "the server closed the connection instead of completing the TLS handshake"
        case .handshakeTimedOut: "the server accepted the connection but did not answer the TLS handshake"
        case .hostUnknown(let error): error.description
        case .inputFailed(let error): "the input cannot be read: \(error)"
        case .inputTooLong(let error): error.description
        case .leftEarly: "you left before all lines had arrived"
        case .levelOneMissing: "the server does not speak level 1 of the protocol, which this needs"
        case .notConfirmed(wasSent: true):
            "the server did not confirm the line in time: it may have been said or not"
        case .notConfirmed(wasSent: false): "the server did not take the line in time: it was not said"
        case .notLetIn: "the server did not let you in"
        case .outputFailed(let error): "messages cannot be written: \(error)"
        case .passphraseNotAsked: "the server did not ask for a passphrase and took yours as a name"
        case .protocolBroken(let reason): "the server broke the protocol: \(reason)"
        case .refused(_, let text, _): "the server refused: \(text)"
        case .serverNotTLS: "the server does not speak TLS on this port"
        case .serverSpeaksTLS: "the server speaks TLS on this port, and this connection is plain"
        case .serverVanished: "the server does not answer any more"
        case .timedOut(let time): "the server did not answer within \(time.components.seconds) s"
        case .transportFailed(.truncated):
            "the connection was cut without a goodbye: the last lines may be missing"
        case .transportFailed(let error): error.description
        case .turnedAway(let error): "the server turned the connection away: \(error.reason)"
        case .unreachable(let server, let error): "\(server) cannot be reached (\(error))"
        case .wrongPassphrase(weSentOne: true): "wrong passphrase"
        case .wrongPassphrase(weSentOne: false): "the server asks for a passphrase"
        }
    }

    /// The exit code (sysexits.h): 64 usage, 69 unreachable, 76 protocol, 77 refused, 1 anything else.
    public var exitCode: Int32 {
        switch self {
        case .connectionLost, .endedByServer, .endedEarly, .hostUnknown, .leftEarly, .notConfirmed, .notLetIn,
            .serverVanished, .timedOut, .turnedAway, .unreachable:
            69
        case .controlSocket(_, .system(let error)): error.isNotPermitted ? 77 : 69
        case .controlSocket(_, .foreignServer): 77
        case .controlSocket: 64
        case .dismissed, .passphraseNotAsked, .transportFailed(.certificateRejected), .wrongPassphrase: 77
        case .goodbyeMissing, .handshakeCut, .handshakeTimedOut, .levelOneMissing, .protocolBroken,
            .serverNotTLS, .serverSpeaksTLS, .transportFailed:
            76
        case .refused(let code, _, _): Self.exitCode(ofRefusal: code)
        case .inputFailed, .inputTooLong, .outputFailed: 1
        }
    }

    private static func exitCode(ofRefusal code: String) -> Int32 {
        switch RefusalCode(rawValue: code) {
        case .full: 69
        case .banned, .muted, .noSuchRoom, .notInRoom, .notPermitted: 77
        default: 1
        }
    }

    /// Says what a refusal means to who cannot go on without what was refused.
    init(_ refused: ServerMessage.Refused) {
        if refused.code.known == .wrongPassphrase {
            self = .wrongPassphrase(weSentOne: true)
        } else {
            self = .refused(code: refused.code.word, refused.text, hint: refused.hint)
        }
    }

    /// Says what bytes that are no frame mean; a TLS alert (21, RFC 8446 section 5.1) reads as one of a length.
    init(_ error: FramingError, isEncrypted: Bool) {
        if case .oversizedFrame(let length) = error, length >> 16 == 0x1503, !isEncrypted {
            self = .serverSpeaksTLS
        } else {
            self = .protocolBroken("\(error)")
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
