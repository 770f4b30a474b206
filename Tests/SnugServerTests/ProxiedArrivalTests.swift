// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugProtocol
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@testable import SnugServer

/// Clients that come through a load balancer, as a real server takes them.
@Suite(.timeLimit(.minutes(30))) struct ProxiedArrivalTests {
    private static let beginning = Array("\r\n\r\n\0\r\nQUIT\n".utf8)

    /// What a balancer sends of a client at 192.0.2.`last`:4711.
    private func header(_ last: UInt8) -> [UInt8] {
        Self.beginning + [0x21, 0x11, 0, 12, 192, 0, 2, last, 10, 0, 0, 1, 0x12, 0x67, 0x24, 0xE3]
    }

    private func configure(_ configuration: inout ServerConfiguration) {
        configuration.proxies = AddressPrefix("127.0.0.0/24").map { [$0] } ?? []
    }

    /// Sends `header` before anything else, in pieces, and then shakes hands.
    private func connect(
        _ server: RunningServer,
        _ header: [UInt8],
        from source: String = "127.0.0.1",
        pieces: Int = 1
    ) throws -> TestClient {
        let channel = try SocketChannel.connect(port: server.port(.tls), from: source)
        let number = channel.descriptor ?? -1
        let size = max(1, (header.count + pieces - 1) / pieces)
        for start in stride(from: 0, to: header.count, by: size) {
            let piece = Array(header[start..<min(start + size, header.count)])
            try #require(send(number, piece, piece.count, Int32(MSG_NOSIGNAL)) == piece.count)
        }
        return try TestClient(
            over: SocketConnection.tlsClient(
                channel,
                context: try TestAuthority.shared.clientContext(),
                expecting: ExpectedServer(name: "localhost"),
                paddingMultiple: 0
            )
        )
    }

    @Test(arguments: [1, 28])
    func aClientIsKnownByTheAddressThatTheBalancerTells(_ pieces: Int) throws {
        try withServer(configure) { server in
            let client = try connect(server, header(7), pieces: pieces)
            try client.send("ann")
            try client.expect("* ann joined the chat *")
            try server.expectLog("192.0.2.7:4711 joined as ann (TLSv1.3")
            client.close()
        }
    }

    @Test func theBalancersOwnConnectionsCountAsItself() throws {
        try withServer(configure) { server in
            for header in [Self.beginning + [0x20, 0, 0, 0], Self.beginning + [0x21, 0, 0, 3, 4, 0, 0]] {
                let client = try connect(server, header)
                try client.send("ann")
                try client.expect("* ann joined the chat *")
                client.close()
            }
            try server.expectLog("127.0.0.1:")
            #expect(server.log.contains { $0.hasPrefix("127.0.0.1:") && $0.contains("joined as ann") })
        }
    }

    @Test func theLimitOfOneAddressIsThatOfTheClient() throws {
        try withServer({
            configure(&$0)
            $0.limits.connectionsPerAddress = 1
        }) { server in
            let first = try connect(server, header(7))
            try first.send("ann")
            try first.expect("* ann joined the chat *")
            #expect(throws: (any Error).self) { try connect(server, header(7)) }
            try server.expectLog("192.0.2.7:4711 was dropped: more than 1")
            let other = try connect(server, header(8))
            try other.send("ben")
            try other.expect("* ben joined the chat *")
            for client in [first, other] { client.close() }
        }
    }

    @Test func aBanKeepsTheClientOutAndNobodyElseWhoComesTheSameWay() throws {
        let folder = try TemporaryFolder()
        try withServer({
            configure(&$0)
            $0.controlPath = folder.path("control")
        }) { server in
            let first = try connect(server, header(7))
            try first.send("ann")
            try first.expect("* ann joined the chat *")
            let control = try ControlConnection.greeted(folder.path("control"))
            #expect(try control.order(.ban(ClientMessage.Ban(name: "ann"))).contains("192.0.2.7 stays out"))
            _ = try first.collectUntilEnd()
            let again = try connect(server, header(7))
            try again.send("ann")
            #expect(try again.collectUntilEnd().allSatisfy { !$0.contains("joined") })
            let other = try connect(server, header(8))
            try other.send("ben")
            try other.expect("* ben joined the chat *")
            other.close()
        }
    }

    @Test func aBalancerThatSendsNoHeaderOrAWrongOneIsRefusedAndTheLogSaysWhatToDo() throws {
        try withServer(configure) { server in
            #expect(throws: (any Error).self) { try TestClient(.tls, port: server.port(.tls)) }
            try server.expectLog(
                "a load balancer, was refused: it began without a PROXY header: have it send one"
            )
            #expect(throws: (any Error).self) {
                try connect(server, Array("PROXY TCP4 192.0.2.7 10.0.0.1 4711 9443\r\n".utf8))
            }
            try server.expectLog("its PROXY header is not of version 2")
            #expect(throws: (any Error).self) {
                try connect(server, Self.beginning + [0x21, 0x11, 0, 4, 1, 2, 3, 4])
            }
            try server.expectLog("its PROXY header is malformed")
        }
    }

    /// Otherwise anybody could take any address, and with it somebody else's limits and bans.
    @Test func aHeaderFromAnyOtherAddressIsNoHeader() throws {
        try withServer(configure) { server in
            #expect(throws: (any Error).self) { try connect(server, header(7), from: "127.0.1.1") }
            try server.expectLog("127.0.1.1:")
            try server.expectLog("a PROXY header on the TLS port")
            let client = try TestClient(.tls, port: server.port(.tls), from: "127.0.1.1")
            try client.send("ann")
            try client.expect("* ann joined the chat *")
            client.close()
        }
    }

    @Test func aHeaderThatIsNeverFinishedEndsItsConnectionInTime() throws {
        try withServer({
            configure(&$0)
            $0.limits.firstByteTimeout = .milliseconds(50)
        }) { server in
            #expect(throws: (any Error).self) {
                try connect(server, Self.beginning + [0x21, 0x11, 0x0F, 0xA0])
            }
            try server.expectLog("it sent no whole PROXY header in time")
        }
    }

    @Test func whoLooksWhetherThePortIsOpenIsNoFault() throws {
        try withServer(configure) { server in
            let channel = try SocketChannel.connect(port: server.port(.tls), from: "127.0.0.1")
            channel.close()
            try server.expectLog("came and left without a name")
            #expect(server.log.allSatisfy { !$0.contains("refused") })
        }
    }
}
