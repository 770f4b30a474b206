// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugSystem
public import SnugTransport

/// Which server to join, as whom, and how.
public struct ClientConfiguration: Sendable {
    /// The protocols that a client's ``TLSContext`` is to be made for, the best first (ALPN, RFC 7301).
    public static let applicationProtocols = [LevelZero.applicationProtocol]

    /// The same for who needs level 1: a server that has only level 0 is told from one that is none of ours.
    public static let levelOneProtocols = [LevelOne.applicationProtocol, LevelZero.applicationProtocol]

    /// How the connection is secured.
    public enum Security: Sendable {
        /// TLS to a server that proves to be the one that was asked for; see ``ExpectedServer`` for what pins mean.
        case tls(TLSContext, pins: [String])

        /// The Unix socket of a server on this machine, for its own user and root: nobody is on the way.
        case controlSocket(path: String)

        /// Nothing: everyone on the way can read and change everything.
        case plain
    }

    /// Host name or address literal, also what the certificate must be for.
    public var host: String

    /// TCP port.
    public var port: UInt16

    /// The name to ask for; the server may change it.
    ///
    /// Empty lets the server choose.
    public var name: String

    /// How the connection is secured.
    public var security: Security

    /// Who is to vouch for the server, for what is said about that; its pins are those of ``security``.
    public var trust: ServerTrust?

    /// Told of each connection to a server that was verified, before anything is said on it.
    public var noteVerified: @Sendable (PeerFacts) -> Void = { _ in }

    /// Every record's plaintext is filled up to a multiple of so many bytes; 0 turns padding off.
    public var paddingMultiple: Int

    /// For connecting to one address, and again for the handshake.
    public var connectTimeout: Duration = .seconds(10)

    /// Own silence after which an empty frame says "still here".
    ///
    /// A quarter of a minute, so that a server may drop whoever is silent for a whole one.
    public var keepAliveInterval: Duration = .seconds(15)

    /// For the server's answer to the passphrase, and so longer than it may be made to wait on its side (30 s).
    public var verdictTimeout: Duration = .seconds(45)

    /// The silence that is borne from a server of level 1 that has said hello: it pings after 30 s, and may take as long
    /// for its answer to a passphrase.
    public var silenceTimeout: Duration = .seconds(45)

    /// What is still under way when the server's machine has owed an answer for so long has not arrived.
    public var vanishedTimeout: Duration = PeerSilence.limit

    /// Between the end of our input, once it has arrived, and the server's goodbye: silence that is borne, and time
    /// beyond what the server may need for our lines.
    public var goodbyeTimeout: Duration = .seconds(45)

    /// The most time that a server takes for one of our frames before it is not waited for any more.
    ///
    /// The lowest rate that Snug's can be set to is a line a second; where many talk at once, they have turns beyond
    /// that. To close before all is worked off would lose some.
    public var slowestFrameInterval: Duration = .seconds(5)

    /// For sending what is queued when the user wants out; what has not arrived by then is taken back.
    public var leaveTimeout: Duration = .seconds(2)

    /// Where to connect instead: another server of the same chat, which has to prove the same as ``host`` and its pins say.
    var dialled: (host: String, port: UInt16)?

    /// A configuration with default times.
    public init(host: String, port: UInt16, name: String, security: Security, paddingMultiple: Int) {
        self.host = host
        self.port = port
        self.name = name
        self.security = security
        self.paddingMultiple = paddingMultiple
    }
}
