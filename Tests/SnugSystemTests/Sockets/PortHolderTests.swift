// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem
import TestSupport
import Testing

@Suite struct PortHolderTests {
    private static let hosts = ["127.0.0.1", "127.0.0.9", "0.0.0.0", "::1", "::"]

    @Test(arguments: hosts.filter { !$0.contains(":") || SocketAddress.ofThisMachine.contains("::1") })
    func whoHasAPortIsNamedWithItsProcess(host: String) throws {
        let listener = try ListeningSocket(address: try SocketAddress.resolve(host: host, port: 0)[0])
        let holder = try #require(PortHolder.ofPort(in: listener.address))
        #expect(holder.processID == getpid())
        #expect(holder.description.hasSuffix(", process \(getpid())"))
        // Who wants all addresses is in the way of it as well.
        let everywhere = SocketAddress.everywhere(port: listener.address.port)
        #expect(everywhere.allSatisfy { PortHolder.ofPort(in: $0) == holder })
    }

    @Test func theSamePortOfAnotherAddressIsNobodys() throws {
        let listener = try ListeningSocket(address: try SocketAddress.resolve(host: "127.0.0.9", port: 0)[0])
        let neighbour = try SocketAddress.resolve(host: "127.0.0.8", port: listener.address.port)[0]
        #expect(PortHolder.ofPort(in: neighbour) == nil)
    }

    @Test func aPortThatIsFreeIsNobodys() throws {
        let reserved = try ReservedPort()
        #expect(PortHolder.ofPort(in: reserved.address) == nil)
    }
}
