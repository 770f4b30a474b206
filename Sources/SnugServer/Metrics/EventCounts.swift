// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem
internal import SnugTransport

/// How often things have happened that are no matter of every line: an event of the log each.
///
/// Any thread may use it. All that tells them apart are words of this program: nothing that a peer names is kept.
final class EventCounts: Sendable {
    private let counts = Lock<[CountedEvent: UInt64]>([:])

    func note(_ event: ServerEvent) {
        guard let counted = CountedEvent(event) else { return }
        counts.withLock { $0[counted, default: 0] &+= 1 }
    }

    /// All that happened so far.
    var totals: [CountedEvent: UInt64] { counts.withLock { $0 } }
}

/// A kind of event that is counted.
enum CountedEvent: Hashable, Sendable {
    case acceptFailed
    case handshakeFailed(HandshakeFault)
    case historyFault(HistoryTrouble)
    case joined
    case left(DepartureKind)
    case refused(RefusalKind)
    case reloaded
    case reloadFailed

    init?(_ event: ServerEvent) {
        switch event {
        case .acceptFailed: self = .acceptFailed
        case .authenticationFailed: self = .refused(.wrongPassphrase)
        case .handshakeFailed(_, let error): self = .handshakeFailed(HandshakeFault(error))
        case .historyLost: self = .historyFault(.lost)
        case .historyStopped: self = .historyFault(.stopped)
        case .historyUnreadable: self = .historyFault(.unreadable)
        case .joined: self = .joined
        case .left(_, _, let departure): self = .left(DepartureKind(departure))
        case .limitReached(_, let limit): self = .refused(RefusalKind(limit))
        case .protocolViolated: self = .refused(.protocolViolation)
        case .proxyRefused: self = .refused(.proxyHeader)
        case .reloaded: self = .reloaded
        case .reloadFailed: self = .reloadFailed
        case .turnedAway: self = .refused(.turnedAway)
        default: return nil
        }
    }
}

/// Why a TLS handshake was not completed.
enum HandshakeFault: String, CaseIterable, Sendable {
    case alert
    case clientKey = "client_key"
    case cut
    case malformed
    case noCommonProtocol = "no_common_protocol"
    case noCommonVersion = "no_common_version"
    case notTLS = "not_tls"
    case refused
    case tooLarge = "too_large"

    init(_ error: TransportError) {
        switch error {
        case .certificateRejected: self = .refused
        case .system, .truncated: self = .cut
        case .peerMisbehaved(let fault):
            switch fault {
            case .alert: self = .alert
            case .handshakeTooLarge: self = .tooLarge
            case .keyNotProved, .keyOfOtherKind: self = .clientKey
            case .malformedRecord, .noProgress, .renegotiation: self = .malformed
            case .noCommonApplicationProtocol: self = .noCommonProtocol
            case .noCommonVersion: self = .noCommonVersion
            case .notTLS: self = .notTLS
            case .refusedByTLS: self = .refused
            case .saidNothing: self = .cut
            }
        }
    }
}

/// Why a member is not in the chat any more.
enum DepartureKind: String, CaseIterable, Sendable {
    case connectionFailed = "connection_failed"
    case dismissed
    case ended
    case idle
    case incompleteFrame = "incomplete_frame"
    case protocolViolation = "protocol_violation"
    case quit
    /// A dropped reader: it did not take what it was sent.
    case slowReader = "slow_reader"

    init(_ departure: ServerEvent.Departure) {
        switch departure {
        case .connectionFailed: self = .connectionFailed
        case .dismissed: self = .dismissed
        case .ended: self = .ended
        case .limitReached(.idleTime): self = .idle
        case .limitReached(.frameTime): self = .incompleteFrame
        case .limitReached: self = .slowReader
        case .quit: self = .quit
        case .violatedProtocol: self = .protocolViolation
        }
    }
}

/// Why a stranger was not let in, once it could have been.
enum RefusalKind: String, CaseIterable, Sendable {
    case connectionRate = "connection_rate"
    case connectionsPerAddress = "connections_per_address"
    case descriptors
    case members
    case proxyHeader = "proxy_header"
    case protocolViolation = "protocol_violation"
    case strangers
    case tooSlow = "too_slow"
    case turnedAway = "turned_away"
    case wrongPassphrase = "wrong_passphrase"

    init(_ limit: ServerEvent.Limit) {
        switch limit {
        case .authenticationTime, .backlog, .firstByteTime, .frameTime, .idleTime, .writeTime: self = .tooSlow
        case .connectionRate: self = .connectionRate
        case .connectionsPerAddress: self = .connectionsPerAddress
        case .members: self = .members
        case .openDescriptors: self = .descriptors
        case .strangers: self = .strangers
        }
    }
}

/// What is wrong with the history.
enum HistoryTrouble: String, CaseIterable, Sendable {
    case lost
    case stopped
    case unreadable
}
