// SPDX-License-Identifier: Apache-2.0

public import SnugTransport

/// Which server to join, as whom, and how.
public struct ClientConfiguration: Sendable {
    /// How the connection is secured.
    public enum Security: Sendable {
        /// TLS to a server that proves to be the one that was asked for.
        case tls(TLSContext, pins: [String])

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

    /// Every record's plaintext is filled up to a multiple of so many bytes; 0 turns padding off.
    public var paddingMultiple: Int

    /// For connecting to one address, and again for the handshake.
    public var connectTimeout: Duration = .seconds(10)

    /// Own silence after which an empty frame says "still here"; the server drops the silent after 300 s.
    public var keepAliveInterval: Duration = .seconds(100)

    /// For the server's answer to the passphrase, and so longer than it may be made to wait on its side (30 s).
    public var verdictTimeout: Duration = .seconds(45)

    /// Silence that is borne between the end of our input and the server's goodbye.
    ///
    /// A server that holds us to a rate of lines works off what it has first, and closing before its end would lose
    /// that.
    public var lingerTimeout: Duration = .seconds(300)

    /// For sending what is queued when the user wants out.
    public var leaveTimeout: Duration = .seconds(5)

    /// A configuration with default times.
    public init(host: String, port: UInt16, name: String, security: Security, paddingMultiple: Int) {
        self.host = host
        self.port = port
        self.name = name
        self.security = security
        self.paddingMultiple = paddingMultiple
    }
}
