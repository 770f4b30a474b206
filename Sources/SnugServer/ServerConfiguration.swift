// SPDX-License-Identifier: Apache-2.0

internal import SnugHistory
internal import SnugProtocol
internal import SnugRooms
public import SnugSystem

/// Everything a server is told at its start.
///
/// The defaults are the program's.
public struct ServerConfiguration: Sendable {
    /// The protocols that a server's ``TLSContext`` is to be made for, the best first (ALPN, RFC 7301).
    public static let applicationProtocols = [LevelOne.applicationProtocol, LevelZero.applicationProtocol]

    /// What the server calls itself at level 1.
    public var serverName = "snug"

    /// Where encrypted connections are accepted, at one port of all addresses; port 0 lets the kernel choose.
    public var tlsAddresses: [SocketAddress]

    /// Where unencrypted connections are accepted, for comparison; empty for nowhere.
    ///
    /// Loopback only.
    public var plainAddresses: [SocketAddress] = []

    /// Where the server's owner, and root, can ask it things and moderate; nil for nowhere.
    public var controlPath: String?

    /// Where the server tells its figures and whether it is well, over HTTP; nil for nowhere.
    public var metrics: MetricsAddress?

    /// Load balancers, of which each connection at the encrypted port begins with whose it is (PROXY protocol, version 2).
    ///
    /// Nobody else is believed. Limits, bans and the log then know the client's address.
    public var proxies: [AddressPrefix] = []

    /// How many threads share the members.
    public var loops = availableProcessors

    /// Every record's plaintext is filled up to a multiple of so many bytes; 0 turns padding off.
    public var paddingMultiple = 256

    /// Whether session keys are being written to a file, which every member is told.
    public var keysAreLogged = false

    /// What is kept of what is said.
    public var history = HistorySettings()

    /// The order of requests that the server shares with others; nil for a server by itself.
    package var requestLog: (any RequestLog)?

    /// What a peer may take up.
    public var limits = ServerLimits()

    /// A configuration with defaults for all but the addresses.
    public init(tlsAddresses: [SocketAddress]) {
        self.tlsAddresses = tlsAddresses
    }

    /// How many descriptors the server has open with as many people and strangers as it lets in.
    ///
    /// Three for each loop (its epoll, its mailbox, its thread), those at the control socket, and a rough number for all
    /// that there is once.
    public var descriptorsOfAFullHouse: Int {
        limits.members + limits.strangers + 3 * loops + (controlPath == nil ? 0 : ControlDesk.maximumPeers)
            + (metrics == nil ? 0 : MetricsDesk.maximumPeers) + 32
    }

    /// Refuses what must not be, whether or not the addresses could be bound.
    public func validate() throws(ServerStartError) {
        for address in plainAddresses {
            guard address.isLoopback else { throw .plainNotOnLoopback(address) }
            guard address.port == 0 || !tlsAddresses.contains(where: { $0.port == address.port }) else {
                throw .portGivenTwice(address.port)
            }
        }
    }
}

/// Told of everything an operator may want to know; called on the server's threads, so it MUST NOT wait.
public typealias ServerObserver = @Sendable (ServerEvent) -> Void

/// Bounds on what peers can take up, in time, bytes and numbers.
public struct ServerLimits: Sendable {
    /// From accept to an accepted name, beside the time in which the peer has to wait for the server.
    public var authenticationTimeout: Duration = .seconds(30)

    /// For the first byte of a connection, as long as more than half of ``strangers`` are taken.
    public var firstByteTimeout: Duration = .seconds(3)

    /// Without a complete frame, from when the last one was worked off.
    public var idleTimeout: Duration = .seconds(300)

    /// At level 1: without a complete frame, until the client is asked whether it is still there.
    public var pingInterval: Duration = .seconds(30)

    /// At level 1: for a client to answer that by anything at all.
    public var pongTimeout: Duration = .seconds(15)

    /// For an incomplete frame to be finished.
    public var frameTimeout: Duration = .seconds(15)

    /// Without the peer taking a byte of what waits for it.
    public var writeTimeout: Duration = .seconds(10)

    /// Between our goodbye and the peer's.
    public var lingerTimeout: Duration = .seconds(1)

    /// For everything together when the server stops.
    public var drainTimeout: Duration = .milliseconds(1_800)

    /// What may wait for one member before it is dropped.
    public var backlogBytes = 262_144

    /// What a member may have sent that is not worked off yet before nothing more is read from it.
    public var unreadBytes = 65_536

    /// How fast a member may send lines.
    public var lineRate = LineRate(burst: 10, perSecond: 5)

    /// Bytes a second that the room sends to all its members together; nil for no limit.
    ///
    /// Each member's rate does not bound what all of them say, nor how many there are to read it.
    public var roomBytesPerSecond: Int? = 67_108_864

    /// People in the room.
    public var members = 10_000

    /// Open rooms beside `main`, and as many private ones.
    public var rooms = 200

    /// Connections that have no accepted name yet; if more come, those leave that take longest.
    public var strangers = 1_000

    /// Connections from one address, or one /64 of IPv6; nil for no limit.
    ///
    /// Loopback is exempt unless this was set.
    public var connectionsPerAddress: Int? = 32

    /// Whether ``connectionsPerAddress`` counts loopback as well.
    public var countsLoopback = false

    /// How fast one address may open connections, if its connections are counted: those beyond it are refused.
    ///
    /// It grows with ``connectionsPerAddress``, and so does ``handshakeRate``.
    public var connectionRate = LineRate(burst: 256, perSecond: 16)

    /// How fast one address may begin TLS handshakes, if its connections are counted: those beyond it wait.
    public var handshakeRate = LineRate(burst: 128, perSecond: 8)

    /// How fast one address is told that its passphrases are wrong; whoever is behind it waits for its turn.
    public var answerRate = LineRate(burst: 1, perSecond: 4)

    /// The defaults.
    public init() {}

    /// What one page of history brings at most: as much as the answers of a turn, and less than a member may be dropped
    /// for.
    var historyPageBytes: Int { min(32_768, backlogBytes / 4) }

    /// What the chat itself bounds.
    var chat: ChatLimits {
        var chat = ChatLimits()
        chat.sessions = members
        chat.rooms = rooms
        return chat
    }

    /// One loop's share of ``roomBytesPerSecond``; without a limit where lines have none.
    func bytesPerSecondAndLoop(of loops: Int) -> Int? {
        guard lineRate != .unlimited, let roomBytesPerSecond else { return nil }
        return max(1, roomBytesPerSecond / max(1, loops))
    }
}

extension ServerLimits {
    /// Whether connections from `peer` count against what one address may have.
    func counts(_ peer: SocketAddress) -> Bool {
        connectionsPerAddress != nil && (countsLoopback || !peer.isLoopback)
    }

    /// `rate`, which is meant for 32 connections from one address, for as many as it may have.
    func forAddress(_ rate: LineRate) -> LineRate {
        let factor = min(max(1, (connectionsPerAddress ?? 0) / 32), 1_000)
        return LineRate(burst: rate.burst * factor, perSecond: rate.perSecond * factor)
    }
}
