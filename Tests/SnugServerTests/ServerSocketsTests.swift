// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import SnugTransport
import TestSupport
import Testing

@testable import SnugServer

/// Everything that a server listens on, before there is one.
@Suite struct ServerSocketsTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func configuration(port: UInt16 = 0) throws -> ServerConfiguration {
        ServerConfiguration(tlsAddresses: try SocketAddress.resolve(host: "127.0.0.1", port: port))
    }

    @Test func whoConnectsBeforeThereIsAServerIsLetInByIt() throws {
        let configuration = try configuration()
        let sockets = try ServerSockets(configuration)
        let port = try #require(sockets.tls.addresses.first?.port)
        let channel = try SocketChannel.connect(port: port, from: "127.0.0.1")
        let server = try Server(
            configuration,
            on: sockets,
            context: try TestAuthority.shared.serverContext(),
            passphrase: nil,
            report: { _ in }
        )
        #expect(server.tlsAddresses.map(\.port) == [port])
        let client = try TestClient(
            over: SocketConnection.tlsClient(
                channel,
                context: try TestAuthority.shared.clientContext(),
                expecting: ExpectedServer(name: "localhost"),
                paddingMultiple: 0
            )
        )
        try client.send("early")
        try client.expect("* early joined the chat *")
        client.close()
        server.stop()
        #expect(server.waitUntilStopped())
        server.closeHistory()
    }

    @Test func whereOneCannotBeHadNoneIsKept() throws {
        let port = try #require(try ServerSockets(configuration()).tls.addresses.first?.port)
        var wrong = try configuration(port: port)
        wrong.controlPath = folder.path("missing/control")
        #expect(throws: ServerStartError.self) { _ = try ServerSockets(wrong) }
        #expect(try ServerSockets(configuration(port: port)).tls.addresses.first?.port == port)
    }

    @Test func theControlSocketIsThereWithThemAndGoesWithThem() throws {
        var configuration = try configuration()
        configuration.controlPath = folder.path("control")
        do {
            let sockets = try ServerSockets(configuration)
            #expect(try folder.entries() == ["control"])
            withExtendedLifetime(sockets) {}
        }
        #expect(try folder.entries() == [])
    }

    @Test func whatAConfigurationMustNotBeIsRefusedAheadOfAnySocket() throws {
        var configuration = try configuration()
        configuration.plainAddresses = SocketAddress.everywhere(port: 0)
        configuration.controlPath = folder.path("control")
        #expect(throws: ServerStartError.self) { _ = try ServerSockets(configuration) }
        #expect(try folder.entries() == [])
    }
}
