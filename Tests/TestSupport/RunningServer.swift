// SPDX-License-Identifier: Apache-2.0

public import SnugServer
import SnugSystem
import SnugTransport

/// A real server on ports of the kernel's choice, in this process, with its log kept.
public final class RunningServer: Sendable {
    public let server: Server
    private let events: EventRecord

    public init(
        passphrase: String? = nil,
        _ configure: (inout ServerConfiguration) -> Void = { _ in },
        reloading: Reloading? = nil
    ) throws {
        let loopback = try SocketAddress.resolve(host: "127.0.0.1", port: 0)[0]
        var configuration = ServerConfiguration(tlsAddresses: [loopback])
        configuration.plainAddresses = [loopback]
        configuration.loops = 2
        configure(&configuration)
        let events = EventRecord()
        self.events = events
        server = try Server(
            configuration,
            context: try TestAuthority.shared.serverContext(),
            passphrase: try passphrase.map { passphrase in
                let secret = Array(passphrase.utf8)
                return try PassphraseVerifier(
                    try Passphrase(SecretBytes(copying: secret.span.bytes), from: .variable("CHAT_SECRET"))
                )
            },
            reloading: reloading,
            report: { events.append($0) }
        )
    }

    /// One whose members may say as much as they like, and whose history is kept in `folder` for the next one.
    public static func keepingHistory(in folder: TemporaryFolder) throws -> RunningServer {
        try RunningServer {
            $0.limits.lineRate = .unlimited
            $0.history.file = folder.path("history")
        }
    }

    public func port(_ kind: TransportKind) -> UInt16 {
        switch kind {
        case .plain: server.plainAddresses.first?.port ?? 0
        case .tls: server.tlsAddresses.first?.port ?? 0
        }
    }

    /// Waits for an event whose log line holds `text`.
    @discardableResult
    public func expectLog(_ text: String) throws -> String {
        try events.expect(text)
    }

    public var log: [String] { events.lines }

    public func stop() {
        server.stop()
        server.waitUntilStopped()
        server.closeHistory()
    }
}

/// Runs `body` against a server that is stopped afterwards.
public func withServer(
    passphrase: String? = nil,
    _ configure: (inout ServerConfiguration) -> Void = { _ in },
    _ body: (RunningServer) throws -> Void
) throws {
    let running = try RunningServer(passphrase: passphrase, configure)
    defer { running.stop() }
    try body(running)
}

/// Runs `body` against a server whose members may say as much as they like.
public func withQuickServer(
    passphrase: String? = nil,
    _ configure: (inout ServerConfiguration) -> Void = { _ in },
    _ body: (RunningServer) throws -> Void
) throws {
    try withServer(
        passphrase: passphrase,
        {
            $0.limits.lineRate = .unlimited
            configure(&$0)
        },
        body
    )
}
