// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem
import TestSupport
import Testing

@testable import SnugTransport

/// What a server leaves to the kernel when it closes a connection.
@Suite(.timeLimit(.minutes(30))) struct SocketChannelTests {
    @Test func whatAPeerDoesNotTakeIsKeptForNoMoreThanASecondOnceTheServerHasClosed() throws {
        var listener = try ListeningSocket(address: .loopback(port: 0))
        let client = try SocketChannel.connect(to: [listener.address], timeout: .seconds(60))
        var entries = [Polling.Entry(listener.descriptor, for: .readable)]
        Polling.wait(for: &entries, until: .now + .seconds(60))
        guard case .accepted(let socket, _) = try listener.accept() else {
            throw TestClient.TimedOut(description: "nobody came")
        }
        // The same socket by another number, to look at it behind its owner's back.
        let same = OwnedDescriptor(owning: dup(socket.number))
        #expect(Self.patience(of: same.number) > 1_000)
        SocketChannel(accepted: socket).close()
        #expect((1...1_000).contains(Self.patience(of: same.number)))
        _ = client.descriptor
    }

    /// How long the kernel keeps what a peer does not take, in milliseconds (tcp(7)).
    private static func patience(of socket: Int32) -> Int32 {
        var milliseconds: Int32 = -1
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(socket, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &milliseconds, &length)
        return milliseconds
    }
}
