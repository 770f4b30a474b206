// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30)), .enabled(if: SocketAddress.ofThisMachine.contains("::1"), "needs IPv6"))
struct ListeningSocketTests {
    private let everywhere = SocketAddress.everywhere(port: 0)

    @Test func aSocketForAllIPv6AddressesTakesIPv4AsWellAndCallsItThat() throws {
        var listener = try ListeningSocket(address: everywhere[1])
        let socket = try OwnedDescriptor.connect(
            to: [.loopback(port: listener.address.port)],
            timeout: .seconds(30)
        )
        var entries = [Polling.Entry(listener.descriptor, for: .readable)]
        Polling.wait(for: &entries, until: .now + .seconds(30))
        guard case .accepted(let accepted, let peer) = try listener.accept() else {
            Issue.record("nobody came")
            return
        }
        #expect(peer.description.hasPrefix("127.0.0.1:"))
        accepted.close()
        socket.close()
    }

    @Test func oneThatIsForIPv6AloneLeavesThePortOfIPv4ToAnother() throws {
        let reserved = try ReservedPort("0.0.0.0", "::")
        let port = reserved.number
        let listener = try ListeningSocket(address: everywhere[1].with(port: port), takesIPv4: false)
        #expect(listener.address.port == port)
        let other = try ListeningSocket(address: everywhere[0].with(port: port))
        #expect(other.address.port == port)
        #expect(throws: SystemError.self) { _ = try ListeningSocket(address: everywhere[1].with(port: port)) }
    }
}
