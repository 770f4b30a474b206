// SPDX-License-Identifier: Apache-2.0

import SnugTransport

/// A TCP connection that sends exactly the bytes it is told to, and no handshake.
public final class SilentPeer {
    private var channel: SocketChannel?

    public init(port: UInt16) throws {
        let addresses = try SocketAddress.resolve(host: "127.0.0.1", port: port)
        channel = try SocketChannel.connect(to: addresses, timeout: .seconds(30))
    }

    public func send(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { _ = try channel?.send($0) }
    }

    /// Waits until the server has closed, whatever it sends before.
    public func expectEnd() throws {
        var buffer = [UInt8](repeating: 0, count: 1_024)
        let deadline = MonotonicTime.now + .seconds(60)
        while MonotonicTime.now < deadline {
            do {
                let result = try buffer.withUnsafeMutableBytes { try channel?.receive(into: $0) }
                if result == .endOfStream { return }
                if result == .wouldBlock {
                    var entries = [Polling.Entry(channel?.descriptor ?? -1, for: .readable)]
                    Polling.wait(for: &entries, until: deadline)
                }
            } catch let error as SystemError where error.isLostConnection {
                return
            }
        }
        throw TestClient.TimedOut(description: "the server did not close the connection")
    }

    /// Closes without a word; with unread bytes in the socket the kernel sends a reset.
    public func reset() { channel = nil }
}
