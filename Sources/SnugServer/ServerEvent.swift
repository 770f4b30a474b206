// SPDX-License-Identifier: Apache-2.0

public import SnugHistory
public import SnugRooms
public import SnugSystem
public import SnugTransport

/// Something an operator should be able to read in the log.
///
/// Never a line of chat, never a secret.
public enum ServerEvent: Sendable {
    case acceptFailed(SystemError)
    case accepting(SocketAddress, ListenerKind)
    /// One of several addresses that the server was to listen on is none of this machine's.
    case addressMissing(SocketAddress)
    case authenticationFailed(peer: SocketAddress, failures: Int)
    case certificateExpires(UnixTime, remaining: Duration)
    case certificateLooksOdd(CertificateWarning)
    case certificateRead(expiry: UnixTime)
    /// What the process can do no more since it confined itself, in a sentence.
    case confined(String)
    /// What it still can do, because the kernel does not take it away, in a sentence.
    case confinementLacks(String)
    /// A process at the control socket was dropped.
    case controlDropped(PeerProcess, ControlFault)
    /// A process at the control socket has asked for something, or done it to somebody, in a sentence.
    case controlled(PeerProcess, String)
    case controlOpened(path: String)
    /// Somebody else than the server's user and root was at the control socket.
    case controlRefused(PeerProcess)
    case draining
    /// The process may open fewer descriptors than the limits let people in; with what to do about it, one phrase.
    case fewDescriptors(limit: Int, wanted: Int, remedy: String)
    case handshakeFailed(peer: SocketAddress, TransportError)
    /// What is said is kept in that file.
    case historyKept(path: String, Retention)
    /// So many records of a history file make no sense, and were left out.
    case historyLooksOdd(path: String, Int)
    /// The server has stopped while nothing could be stored: what waited is lost, so many lines of it.
    case historyLost(HistoryError, lines: Int)
    /// What is said is stored again; whether something that was said meanwhile is lost.
    case historyResumed(hasLost: Bool)
    /// Nothing more is stored, until it is resumed.
    case historyStopped(HistoryError)
    /// What is kept cannot be read, for whoever asked; once for each fault.
    case historyUnreadable(HistoryError)
    case joined(peer: Source, name: String, PeerFacts)
    case left(peer: Source, name: String, Departure)
    /// What people need to join, for the owner to copy.
    case joinLink(String)
    case limitReached(peer: SocketAddress, Limit)
    /// The server tells its figures there.
    case metricsOpened(at: String)
    /// An operator has kicked, muted or banned somebody, or taken that back, in a sentence.
    case moderated(String)
    /// Another server that shares this chat has come, with its public address if it has one.
    case nodeCame(NodeNumber, address: String?)
    /// Another server that shares this chat is gone, and its people are if they do not come back.
    case nodeGone(NodeNumber, hasSaidGoodbye: Bool)
    case openToAnyone(SocketAddress)
    /// The others held this server for gone, and it goes on with whoever's stay is not over.
    case orderHadGivenUp
    /// The order that several servers share is reached again, or is as quick as it should be.
    case orderIsBack
    /// It cannot be reached: nothing can be said here.
    case orderIsGone
    /// It cannot be followed any more, and this server ends.
    case orderIsLost(RequestLogFault)
    /// It is slow: what is said waits.
    case orderIsSlow
    /// Somebody should look after it, or after this server in it, in a sentence.
    case orderIsOdd(String)
    /// All that follows from it, behind a message of that number, has this digest: on each of the servers.
    case orderReached(UInt64, Bytes32)
    /// Something is too large for it and was left out.
    case orderTakesNo(String)
    /// So many keys may moderate from now on.
    case operatorsRead(count: Int)
    /// With what to do about it, one phrase.
    case passphraseIsWeak(PassphraseWeakness, remedy: String)
    case passphraseLooksOdd(PassphraseOddity)
    case protocolViolated(peer: SocketAddress, ProtocolViolation)
    /// A load balancer's connection, at its own address, was not taken.
    case proxyRefused(peer: SocketAddress, ProxyFault)
    /// Certificate and key were read again, and so was the passphrase; nil if the room has none.
    case reloaded(passphrase: PassphraseFate?)
    case reloadFailed(reason: String)
    case stopped
    /// The process keeps all rights of its user, as it was told.
    case unconfined
    /// Somebody was not let in, because of a ban or of too many connections of one person.
    case turnedAway(peer: SocketAddress, Refusal.Code)
    /// Variables that look like options and are another program's, in a sentence.
    case variablesLeftAside(String)
    /// Somebody came and went without a name and without a fault, as health checks do.
    case visited(peer: SocketAddress)

    /// Where a member comes from.
    public enum Source: Equatable, Sendable, CustomStringConvertible {
        case address(SocketAddress)
        /// Through the control socket.
        case process(PeerProcess)

        /// `192.0.2.7:4711`, or `process 4711 of uid 1000`.
        public var description: String {
            switch self {
            case .address(let address): "\(address)"
            case .process(let process): "\(process)"
            }
        }
    }

    /// What a reload did about the passphrase.
    public enum PassphraseFate: Equatable, Sendable {
        /// It came from the environment, which nobody can change.
        case kept
        case reread
    }

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
        /// A frame that is none of level 1's messages, where one was needed to come in.
        case noMessage
        case noPassphrase
        /// Another message of level 1 where it had to be `enter`.
        case notEntered
        case oversizedFrame(announcedBytes: UInt32)
        case tlsOnPlainPort
    }

    /// What a process did at the control socket that no client of it does.
    public enum ControlFault: Equatable, Sendable {
        case noLevelOne
        case oversizedFrame
        case tooSlow
    }

    /// Why a member is not in the room any more.
    public enum Departure: Equatable, Sendable {
        case connectionFailed(TransportError)
        /// The chat itself put it out.
        case dismissed(EndReason)
        case ended
        case limitReached(Limit)
        case quit
        case violatedProtocol(ProtocolViolation)
    }
}

/// How loud an event is, the quietest first.
public enum EventLevel: Comparable, Sendable {
    case debug
    case info
    case notice
    case warning
    case error
}

extension ServerEvent {
    /// What is to be said of the certificates that a server was given: how long they are good, and what is odd.
    public static func about(_ context: TLSContext) -> [ServerEvent] {
        (context.expiry.map { [.certificateRead(expiry: $0)] } ?? [])
            + context.warnings.map { .certificateLooksOdd($0) }
    }

    /// How loud the event is.
    public var level: EventLevel {
        switch self {
        case .visited: .debug
        case .certificateRead, .confined, .controlOpened, .historyKept, .joined, .joinLink, .left, .draining,
            .metricsOpened, .nodeCame,
            .operatorsRead, .orderReached, .stopped:
            .info
        case .accepting(_, let kind): kind == .tls ? .info : .warning
        case .addressMissing, .controlDropped, .controlled, .moderated, .reloaded, .protocolViolated,
            .handshakeFailed,
            .orderIsBack, .turnedAway, .unconfined, .variablesLeftAside:
            .notice
        case .authenticationFailed, .certificateLooksOdd, .confinementLacks, .controlRefused, .fewDescriptors,
            .historyLooksOdd, .historyResumed, .limitReached, .nodeGone, .orderHadGivenUp, .orderIsOdd,
            .orderIsSlow,
            .proxyRefused, .openToAnyone, .passphraseIsWeak,
            .passphraseLooksOdd:
            .warning
        case .certificateExpires(_, let remaining): remaining < .zero ? .error : .warning
        case .acceptFailed, .historyLost, .historyStopped, .historyUnreadable, .orderIsGone, .orderIsLost,
            .orderTakesNo, .reloadFailed:
            .error
        }
    }

    /// The event is one that scripts wait for: the server accepts connections.
    var announcesAddress: Bool {
        if case .accepting = self { true } else { false }
    }

    /// What a stranger can bring about at will: its kind, and from where; ``LogThrottle`` gives each a share of the log.
    ///
    /// Nil for the server's own doings and for those of its members, who are never left out: a stay costs its two lines a
    /// handshake, a share of the address's connections and a place in the room. The kinds are constants of the program.
    var cause: (kind: String, peer: SocketAddress?)? {
        switch self {
        case .accepting, .addressMissing, .certificateExpires, .certificateLooksOdd, .certificateRead,
            .confined, .confinementLacks, .controlled, .controlOpened, .draining, .fewDescriptors,
            .historyKept, .historyLooksOdd,
            .historyLost,
            .historyResumed, .historyStopped, .historyUnreadable, .metricsOpened, .moderated, .nodeCame,
            .nodeGone,
            .openToAnyone, .orderHadGivenUp, .orderIsOdd, .orderIsBack, .orderIsGone, .orderIsLost,
            .orderIsSlow, .orderReached, .orderTakesNo, .operatorsRead, .passphraseIsWeak,
            .passphraseLooksOdd, .reloaded, .reloadFailed, .stopped, .unconfined, .variablesLeftAside,
            .joined,
            .joinLink, .left:
            nil
        case .acceptFailed: ("accept failed", nil)
        case .authenticationFailed(let peer, _): ("wrong passphrase", peer)
        case .controlDropped: ("dropped at the control socket", nil)
        case .controlRefused: ("refused at the control socket", nil)
        case .handshakeFailed(let peer, .peerMisbehaved(.notTLS(let guess))): ("\(guess)", peer)
        case .handshakeFailed(let peer, _): ("handshake failed", peer)
        case .limitReached(let peer, let limit): (limit.kind, peer)
        case .protocolViolated(let peer, _): ("protocol violated", peer)
        case .proxyRefused(let peer, _): ("load balancer refused", peer)
        case .turnedAway(let peer, let code): (code.rawValue, peer)
        case .visited(let peer): ("visited", peer)
        }
    }
}

extension ServerEvent: CustomStringConvertible {
    /// One line; what came from a peer still has to be made safe for a terminal.
    public var description: String {
        switch self {
        case .acceptFailed(let error): "cannot accept connections: \(error)"
        case .accepting(let address, .tls): "encrypted chat on \(address) (TLS)"
        case .accepting(let address, .plain): "plain chat on \(address) (NOT encrypted)"
        case .addressMissing(let address):
            "nobody can come in by \(address): this machine does not have that address"
        case .authenticationFailed(let peer, let failures):
            "\(peer) sent a wrong passphrase (\(failures) from that address so far)"
        case .certificateExpires(let date, let remaining):
            "the certificate \(Self.phrase(for: date, remaining)): renew it, and have it read by SIGHUP or --watch"
        case .certificateLooksOdd(let warning): warning.description
        case .certificateRead(let expiry): "the certificate is good until \(expiry)"
        case .confined(let sentence), .confinementLacks(let sentence): sentence
        case .controlDropped(let process, let fault): "\(process) was dropped at the control socket: \(fault)"
        case .controlled(let process, let sentence): "control socket, \(process): \(sentence)"
        case .controlOpened(let path): "control socket at \(path), for this user and root"
        case .controlRefused(let process):
            "\(process) was not let in at the control socket: it is for this user and root"
        case .joinLink(let link): "others join with: snug '\(link)'"
        case .draining: "stopping: no new connections, delivering what was accepted"
        case .fewDescriptors(let limit, let wanted, let remedy):
            "this process may open only \(limit) files at once, and a full house takes \(wanted): \(remedy)"
        case .handshakeFailed(let peer, let error): "\(peer) did not complete the TLS handshake: \(error)"
        case .historyKept(let path, let retention):
            "history is kept in \(path): at most \(retention.lines.counted("lines of a room")), for "
                + retention.hours.counted("hours")
        case .historyLooksOdd(let path, let count):
            "\(count.counted("records")) of \(path) made no sense and had to be left out: somebody has edited that file"
        case .historyLost(let error, let lines):
            "\(error): it lacks " + (lines == 0 ? "what changed last" : "the last \(lines.counted("lines"))")
        case .historyResumed(let hasLost):
            "history is stored again" + (hasLost ? "; some of what was said meanwhile is lost" : "")
        case .historyStopped(let error):
            "\(error): nothing more is stored, and the chat goes on: \(error.hint)"
        case .historyUnreadable(let error):
            "\(error): what was said before cannot be read, and the chat goes on: \(error.hint)"
        case .joined(.process(let process), let name, _): "\(process) joined as \(name) (control socket)"
        case .joined(let peer, let name, let facts): "\(peer) joined as \(name) (\(facts))"
        case .left(let peer, let name, let departure): "\(peer) left as \(name): \(departure)"
        case .limitReached(let peer, let limit): "\(peer) was dropped: \(limit)"
        case .metricsOpened(let address): "figures at \(address)"
        case .moderated(let sentence): sentence
        case .openToAnyone(let address):
            "anyone who reaches \(address) may enter, no passphrase is set: set CHAT_SECRET or CHAT_SECRET_FILE"
        case .nodeCame(let node, let address):
            "server \(node) shares this chat" + (address.map { ", at \($0)" } ?? "")
        case .nodeGone(let node, hasSaidGoodbye: true): "server \(node), which shared this chat, has stopped"
        case .nodeGone(let node, hasSaidGoodbye: false):
            "server \(node), which shares this chat, was not heard of for too long"
        case .orderHadGivenUp:
            "the chat's other servers held this one for gone: its people go on, but for those who were away too long"
        case .orderIsBack: "the chat's order comes in time again"
        case .orderIsGone:
            "the chat's order cannot be reached: nothing can be said or changed here until it is back"
        case .orderIsLost(let fault): fault.sentence
        case .orderIsOdd(let sentence): sentence
        case .orderTakesNo(let what): "\(what) is too large for the chat's order, and was left out"
        case .orderIsSlow: "the chat's order is slow: what is said here waits"
        case .orderReached(let sequence, let digest):
            "the chat at message \(sequence) of its order has the digest \(digest.hexadecimal)"
        case .operatorsRead(let count): "\(count.counted("keys")) may moderate"
        case .passphraseIsWeak(let weakness, let remedy): "\(weakness): \(remedy)"
        case .passphraseLooksOdd(let oddity): oddity.description
        case .protocolViolated(let peer, let violation): "\(peer) was dropped: \(violation)"
        case .proxyRefused(let peer, let fault): "\(peer), a load balancer, was refused: \(fault)"
        case .reloaded(passphrase: .reread):
            "certificate, key and passphrase reloaded, in use for new connections"
        case .reloaded(let passphrase):
            "certificate and key reloaded, in use for new connections"
                + (passphrase == nil ? "" : "; the passphrase stays")
        case .reloadFailed(let reason): "the files were not reloaded, the old ones stay in use: \(reason)"
        case .stopped: "stopped"
        case .unconfined: "not confined: with --no-sandbox the server may do whatever its user may"
        case .variablesLeftAside(let sentence): sentence
        case .turnedAway(let peer, let code): "\(peer) was not let in: \(code.rawValue)"
        case .visited(let peer): "\(peer) came and left without a name"
        }
    }

    private static func phrase(for date: UnixTime, _ remaining: Duration) -> String {
        let hours = remaining.components.seconds / 3_600
        if remaining < .zero { return "has expired on \(date), and clients refuse this server" }
        return "expires on \(date), in \(hours < 48 ? hours.counted("hours") : (hours / 24).counted("days"))"
    }
}
