// SPDX-License-Identifier: Apache-2.0

public import SnugTransport

/// Something an operator should be able to read in the log.
///
/// Never a line of chat, never a secret.
public enum ServerEvent: Sendable {
    case acceptFailed(SystemError)
    case accepting(SocketAddress, encrypted: Bool)
    case authenticationFailed(peer: SocketAddress, failures: Int)
    case draining
    case handshakeFailed(peer: SocketAddress, TransportError)
    case joined(peer: SocketAddress, name: String, PeerFacts)
    case left(peer: SocketAddress, name: String, Departure)
    case limitReached(peer: SocketAddress, Limit)
    case passphraseIsWeak(PassphraseWeakness)
    case protocolViolated(peer: SocketAddress, ProtocolViolation)
    case reloaded
    case reloadFailed(reason: String)
    case stopped

    /// A bound that ended a connection, with its value.
    public enum Limit: Equatable, Sendable {
        case authenticationTime(Duration)
        case backlog(bytes: Int)
        case connectionRate(LineRate)
        case connectionsPerAddress(Int)
        case firstByteTime(Duration)
        case frameTime(Duration)
        case idleTime(Duration)
        case members(Int)
        case openDescriptors
        case strangers(Int)
        case writeTime(Duration)
    }

    /// Bytes that no client of this protocol sends.
    public enum ProtocolViolation: Equatable, Sendable {
        case invalidUTF8
        case noPassphrase
        case oversizedFrame(announcedBytes: UInt32)
        case tlsOnPlainPort
    }

    /// Why a member is not in the room any more.
    public enum Departure: Equatable, Sendable {
        case connectionFailed(TransportError)
        case ended
        case limitReached(Limit)
        case quit
        case violatedProtocol(ProtocolViolation)
    }
}

/// How loud an event is, the quietest first.
public enum EventLevel: Comparable, Sendable {
    case info
    case notice
    case warning
    case error
}

extension ServerEvent {
    /// How loud the event is.
    public var level: EventLevel {
        switch self {
        case .joined, .left, .draining, .stopped: .info
        case .accepting(_, let encrypted): encrypted ? .info : .warning
        case .reloaded, .protocolViolated, .handshakeFailed: .notice
        case .authenticationFailed, .limitReached, .passphraseIsWeak: .warning
        case .acceptFailed, .reloadFailed: .error
        }
    }

    /// The event is one that scripts wait for: the server accepts connections.
    var announcesAddress: Bool {
        if case .accepting = self { true } else { false }
    }

    /// Events of one reason share one log allowance; nil for those that a peer cannot bring about at will.
    var reason: String? {
        switch self {
        case .accepting, .draining, .passphraseIsWeak, .reloaded, .reloadFailed, .stopped: nil
        case .acceptFailed: "accept failed"
        case .authenticationFailed: "authentication failed"
        case .handshakeFailed: "handshake failed"
        case .joined: "joined"
        case .left: "left"
        case .limitReached: "limit reached"
        case .protocolViolated: "protocol violated"
        }
    }
}

extension ServerEvent: CustomStringConvertible {
    /// One line; what came from a peer still has to be made safe for a terminal.
    public var description: String {
        switch self {
        case .acceptFailed(let error): "cannot accept connections: \(error)"
        case .accepting(let address, encrypted: true): "encrypted chat on \(address) (TLS)"
        case .accepting(let address, encrypted: false): "plain chat on \(address) (NOT encrypted)"
        case .authenticationFailed(let peer, let failures):
            "\(peer) sent a wrong passphrase (\(failures) from that address so far)"
        case .draining: "stopping: no new connections, delivering what was accepted"
        case .handshakeFailed(let peer, let error): "\(peer) did not complete the TLS handshake: \(error)"
        case .joined(let peer, let name, let facts): "\(peer) joined as \(name) (\(facts))"
        case .left(let peer, let name, let departure): "\(peer) left as \(name): \(departure)"
        case .limitReached(let peer, let limit): "\(peer) was dropped: \(limit)"
        case .passphraseIsWeak(let weakness): "\(weakness): \(weakness.hint)"
        case .protocolViolated(let peer, let violation): "\(peer) was dropped: \(violation)"
        case .reloaded: "certificate and key reloaded, in use for new connections"
        case .reloadFailed(let reason):
            "certificate and key not reloaded, the old ones stay in use: \(reason)"
        case .stopped: "stopped"
        }
    }
}

extension ServerEvent.Limit: CustomStringConvertible {
    /// The limit and its value.
    public var description: String {
        switch self {
        case .authenticationTime(let time): "no accepted name within \(time.components.seconds) s"
        case .backlog(let bytes): "slow reader, more than \(bytes) bytes waited for it"
        case .connectionRate(let rate):
            "more than \(rate.burst) new connections from its address, and then \(rate.perSecond) a second"
        case .connectionsPerAddress(let count): "more than \(count) connections from its address"
        case .firstByteTime(let time): "not a byte within \(time.components.seconds) s, while many came"
        case .frameTime(let time): "an incomplete frame for \(time.components.seconds) s"
        case .idleTime(let time): "idle for \(time.components.seconds) s"
        case .members(let count): "the room is full with \(count) members"
        case .openDescriptors: "the process may not open more descriptors"
        case .strangers(let count):
            "more than \(count) connections without a name, and others were quicker"
        case .writeTime(let time): "slow reader, took nothing for \(time.components.seconds) s"
        }
    }
}

extension ServerEvent.ProtocolViolation: CustomStringConvertible {
    /// What the peer sent.
    public var description: String {
        switch self {
        case .invalidUTF8: "sent bytes that are not UTF-8"
        case .noPassphrase: "sent an empty frame in place of the passphrase"
        case .oversizedFrame(let bytes): "announced a frame of \(bytes) bytes"
        case .tlsOnPlainPort: "speaks TLS on the plain port"
        }
    }
}

extension ServerEvent.Departure: CustomStringConvertible {
    /// The reason in a few words.
    public var description: String {
        switch self {
        case .connectionFailed(let error): "\(error)"
        case .ended: "connection closed"
        case .limitReached(let limit): "\(limit)"
        case .quit: "quit"
        case .violatedProtocol(let violation): "\(violation)"
        }
    }
}
