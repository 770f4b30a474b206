// SPDX-License-Identifier: Apache-2.0

import SnugServer
import SnugSystem
import SnugTransport
import TestSupport
import Testing

/// All addresses of one host, at one port.
@Suite struct BoundSocketsTests {
    private static let hasIPv6 = SocketAddress.ofThisMachine.contains("::1")

    /// An address that no machine has (RFC 5737).
    private static let foreign = "192.0.2.1"

    private static func bind(_ hosts: [String], port: UInt16 = 0) throws -> BoundSockets {
        let addresses = try hosts.flatMap { try SocketAddress.resolve(host: $0, port: port) }
        return try BoundSockets(at: addresses, for: .tls, ServerLimits())
    }

    @Test func allAddressesHaveTheSamePort() throws {
        let hosts = ["127.0.0.1", "127.0.0.2", "127.0.0.3"] + (Self.hasIPv6 ? ["::1"] : [])
        let bound = try Self.bind(hosts)
        #expect(bound.addresses.count == hosts.count && bound.missing.isEmpty)
        #expect(bound.addresses.allSatisfy { $0.port == bound.addresses[0].port && $0.port != 0 })
    }

    @Test(.enabled(if: hasIPv6, "needs IPv6"))
    func allAddressesOfBothFamiliesAreTwoSocketsThatShareAPort() throws {
        let bound = try BoundSockets(at: SocketAddress.everywhere(port: 0), for: .tls, ServerLimits())
        let port = bound.addresses[0].port
        #expect(bound.addresses == SocketAddress.everywhere(port: port))
    }

    @Test func anAddressThatThisMachineDoesNotHaveIsLeftOutIfThereAreOthers() throws {
        let bound = try Self.bind([Self.foreign, "127.0.0.1"])
        #expect(bound.missing.map(\.isLoopback) == [false])
        #expect(bound.addresses.map(\.isLoopback) == [true])
    }

    @Test(arguments: [1, 2])
    func withoutAnyAddressOfThisMachineThereIsNoServer(count: Int) throws {
        let foreign = try SocketAddress.resolve(host: Self.foreign, port: 9_443)[0]
        #expect(throws: ServerStartError.addressMissing(foreign)) {
            try Self.bind(Array(repeating: Self.foreign, count: count), port: 9_443)
        }
    }

    @Test func whereOneAddressIsInUseNoneIsTakenSoThatNobodyGetsAPartOfThoseWhoCome() throws {
        let reserved = try ReservedPort("127.0.0.1", "127.0.0.2", "127.0.0.3")
        let port = reserved.number
        let taken = try Self.bind(["127.0.0.2"], port: port)
        let error = try #require(throws: ServerStartError.self) {
            try Self.bind(["127.0.0.1", "127.0.0.2", "127.0.0.3"], port: port)
        }
        guard case .addressInUse(taken.addresses[0], .tls, by: _) = error else {
            Issue.record("\(error)")
            return
        }
        // What was bound before is free again.
        #expect(try Self.bind(["127.0.0.1", "127.0.0.3"], port: port).addresses.count == 2)
    }

    @Test func withPortZeroAPortIsFoundThatIsFreeEverywhere() throws {
        // Many ports of the second address are taken, so that the first choice often fails.
        let taken = try (0..<400).map { _ in try Self.bind(["127.0.0.2"]) }
        for _ in 0..<20 {
            #expect(try Self.bind(["127.0.0.1", "127.0.0.2"]).addresses.count == 2)
        }
        #expect(taken.count == 400)
    }

    @Test func onePortCannotBeBothEncryptedAndPlain() throws {
        var configuration = ServerConfiguration(tlsAddresses: [.loopback(port: 9_443)])
        configuration.plainAddresses = [.loopback(port: 9_443)]
        #expect(throws: ServerStartError.portGivenTwice(9_443)) { try configuration.validate() }
        configuration.plainAddresses = [.loopback(port: 9_444)]
        try configuration.validate()
        configuration.tlsAddresses = [.loopback(port: 0)]
        configuration.plainAddresses = [.loopback(port: 0)]
        try configuration.validate()
    }

    @Test func everyAddressOfAServerLeadsIntoTheSameRoom() throws {
        let hosts = ["127.0.0.1", "127.0.0.2"]
        let addresses = try hosts.flatMap { try SocketAddress.resolve(host: $0, port: 0) }
        try withServer({ $0.plainAddresses = addresses }) { running in
            #expect(running.server.plainAddresses.count == 2)
            let members = try zip(["ann", "ben"], running.server.plainAddresses).map { name, address in
                let channel = try SocketChannel.connect(to: [address], timeout: .seconds(30))
                let member = try TestClient(over: SocketConnection.plain(channel))
                try member.send(name)
                try member.expect("* \(name) joined the chat *")
                try member.expectNotice(containing: "NOT encrypted")
                return member
            }
            try members[0].expect("* ben joined the chat *")
            try members[1].send("hello")
            try members[0].expect("ben: hello")
        }
    }
}
