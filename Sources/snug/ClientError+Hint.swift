// SPDX-License-Identifier: Apache-2.0

internal import SnugClient
internal import SnugSystem
internal import SnugTransport

extension ClientError {
    /// What to do about it, one sentence.
    var hint: String {
        switch self {
        case .connectionLost: "join again; the server may have been restarted or the network interrupted"
        case .controlSocket(_, let fault): fault.hint
        case .handshakeCut, .handshakeTimedOut, .serverNotTLS:
            "check host and port; a plain port needs --plain, and is for experiments on one machine only"
        case .dismissed: "ask the server's owner or its operators why"
        case .endedByServer: "join again, unless the last message says why that is no use"
        case .endedEarly: "join again and repeat the last lines"
        case .goodbyeMissing: "ask in the room whether they did; the server may be overloaded"
        case .hostUnknown(let error):
            "check the name that --host gives, and this machine's network: getent ahosts \(error.host)"
        case .inputFailed: "check where the input comes from"
        case .inputTooLong: "use a shorter name or line"
        case .leftEarly: "join again, see in the room which of them are there, and say the others"
        case .levelOneMissing: "check host and port, or ask the server's owner for a Snug that has level 1"
        case .notConfirmed:
            "see in the room whether it is there, and send it again if not, with a longer --timeout"
        case .notLetIn: "what it said above is why; no line was said"
        case .outputFailed: "check where the output goes to"
        case .passphraseNotAsked: "change that passphrase, and unset CHAT_SECRET for this server"
        case .protocolBroken: "check that host and port belong to a Snug server"
        case .refused(_, _, let hint): hint ?? "nothing was done: ask for something else"
        case .serverSpeaksTLS: "leave --plain out, or give the server's plain port with --port"
        case .serverVanished: "check the network, and join again when the server can be reached"
        case .timedOut: "check the network and the server, or give it longer with --timeout"
        case .transportFailed(.certificateRejected(let rejection)): rejection.hint
        case .transportFailed(.truncated): "someone on the way may have cut it; join again"
        case .transportFailed(.peerMisbehaved(.noCommonVersion)):
            "ask the server's owner to let it speak TLS 1.3, and check that host and port belong to a Snug server"
        case .transportFailed:
            "the server's log names the reason, if host and port belong to a Snug server"
        case .turnedAway:
            "it may be full, or take no more connections from your address (32 unless it was told otherwise): leave with "
                + "one of your other clients, or wait a moment, and join again"
        case .unreachable: "check that the server runs and that --host and --port are right"
        case .wrongPassphrase(weSentOne: true): "set CHAT_SECRET or CHAT_SECRET_FILE to the room's passphrase"
        case .wrongPassphrase(weSentOne: false):
            "ask the room's owner for it and set CHAT_SECRET or CHAT_SECRET_FILE"
        }
    }
}

extension UnixSocketFault {
    /// What to do about it, one sentence.
    fileprivate var hint: String {
        switch self {
        case .foreignServer:
            "do not trust it; have the server make its socket in a folder that is its own alone"
        case .system(let error) where error.isNotPermitted: "join as the server's user or as root"
        case .system(let error) where error.isTimeout: "see whether the server is stopped or stuck"
        case .system: "start the server with --control PATH, or give the path that it was given"
        default: "give the path that the server was given with --control"
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
        case .constrainedIssuer, .insecureAlgorithm, .issuerNotAuthority, .statusMissing,
            .unknownCriticalExtension, .wrongPurpose, .wrongSignature, .other:
            "ask the server's owner for a proper server certificate"
        case .selfSigned, .unknownIssuer, nil:
            "ask the server's owner for the authority that issued it, and give it with --ca; if you did, someone may "
                + "be impersonating the server"
        }
    }
}
