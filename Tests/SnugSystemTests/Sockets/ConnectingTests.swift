// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem
import SnugTransport
import TestSupport
import Testing

/// To reach a server that has several addresses (RFC 8305).
@Suite(.timeLimit(.minutes(30))) struct ConnectingTests {
    private static func listening(_ host: String = "127.0.0.1") throws -> ListeningSocket {
        try ListeningSocket(address: try SocketAddress.resolve(host: host, port: 0)[0])
    }

    @Test func addressesThatDoNotAnswerHoldUpTheNextOneForAMomentOnly() throws {
        let silent = try (0..<3).map { _ in try SilentAddress() }
        var listener = try Self.listening()
        let start = MonotonicTime.now
        let socket = try OwnedDescriptor.connect(
            to: silent.map(\.address) + [listener.address],
            timeout: .seconds(120)
        )
        let time = start.duration(to: .now)
        #expect(time >= .milliseconds(3 * 250), "each of them has its quarter of a second")
        #expect(time < .seconds(60), "nobody is waited for until it is given up")
        try Self.expectConnection(at: &listener)
        socket.close()
    }

    @Test func anAddressThatRefusesIsFollowedAtOnce() throws {
        let refusing = try (0..<40).map { _ in try ReservedPort() }
        var listener = try Self.listening()
        let start = MonotonicTime.now
        let socket = try OwnedDescriptor.connect(
            to: refusing.map(\.address) + [listener.address],
            timeout: .seconds(60)
        )
        #expect(start.duration(to: .now) < .seconds(40 * 0.25))
        try Self.expectConnection(at: &listener)
        socket.close()
    }

    @Test func whoAnswersLateIsStillTaken() throws {
        let (late, silent) = (try SilentAddress(), try SilentAddress())
        let opening = try RunningThread(name: "opening") {
            // Its queue has room only when the next address is being tried already.
            try? KernelSockets.waitUntilSomebodyAsks(for: silent.address.port)
            late.open()
        }
        let socket = try OwnedDescriptor.connect(to: [late.address, silent.address], timeout: .seconds(60))
        let peer = Self.peer(of: socket)
        #expect(peer == late.address.description)
        opening.join()
        socket.close()
    }

    @Test(.enabled(if: SocketAddress.ofThisMachine.contains("::1"), "needs IPv6"))
    func theFamiliesTakeTurns() throws {
        let silent = try SilentAddress()
        var third = try Self.listening()
        var second = try Self.listening("::1")
        let socket = try OwnedDescriptor.connect(
            to: [silent.address, third.address, second.address],
            timeout: .seconds(60)
        )
        try Self.expectConnection(at: &second)
        guard case .nobodyWaits = try third.accept() else {
            Issue.record("the third address was tried although the second answered")
            return
        }
        socket.close()
    }

    @Test(.enabled(if: SocketAddress.ofThisMachine.contains("::1"), "needs IPv6"))
    func everyAddressThatFailedIsNamedWithItsReason() throws {
        let silent = try SilentAddress()
        let refusing = [try ReservedPort(), try ReservedPort("::1")]
        let error = try #require(throws: UnreachableError.self) {
            try OwnedDescriptor.connect(
                to: [silent.address] + refusing.map(\.address),
                timeout: .milliseconds(600)
            ).close()
        }
        #expect(error.failures.count == 3)
        for (address, reason) in [
            (silent.address, "Connection timed out"), (refusing[0].address, "Connection refused"),
            (refusing[1].address, "Connection refused"),
        ] {
            #expect(error.description.contains("\(address): \(reason)"), "\(error)")
        }
    }

    @Test func withoutAnAddressThereIsNothingToWaitFor() throws {
        let error = try #require(throws: UnreachableError.self) {
            try OwnedDescriptor.connect(to: [], timeout: .seconds(60)).close()
        }
        #expect(error.failures.isEmpty)
    }

    private static func expectConnection(at listener: inout ListeningSocket) throws {
        var entries = [Polling.Entry(listener.descriptor, for: .readable)]
        Polling.wait(for: &entries, until: .now + .seconds(30))
        guard case .accepted(let socket, _) = try listener.accept() else {
            Issue.record("nobody came")
            return
        }
        socket.close()
    }

    private static func peer(of socket: borrowing OwnedDescriptor) -> String {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let number = socket.number
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(number, $0, &length) }
        }
        return "127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
    }
}
