// SPDX-License-Identifier: Apache-2.0

import SnugTransport

/// A TCP connection that sends exactly the bytes it is told to, and no handshake.
public final class SilentPeer {
    private var channel: SocketChannel?

    public init(port: UInt16, from source: String = "127.0.0.1") throws {
        channel = .some(try SocketChannel.connect(port: port, from: source))
    }

    public func send(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { _ = try channel?.send($0) }
    }

    public var descriptor: Int32? {
        switch channel {
        case .some(let channel): channel.descriptor
        case nil: nil
        }
    }

    /// Reads what has come, and returns whether the server has closed.
    public var readsEnd: Bool {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        do {
            return try buffer.withUnsafeMutableBytes { try channel?.receive(into: $0) } == .endOfStream
        } catch {
            return true
        }
    }

    /// Everything the server sends until it closes; throws if that is a reset.
    public func collectUntilEnd() throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 1_024)
        var collected: [UInt8] = []
        let deadline = MonotonicTime.now + .seconds(60)
        while MonotonicTime.now < deadline {
            switch try buffer.withUnsafeMutableBytes({ try channel?.receive(into: $0) }) {
            case .transferred(let count): collected += buffer[..<count]
            case .wouldBlock:
                var entries = [Polling.Entry(descriptor ?? -1, for: .readable)]
                Polling.wait(for: &entries, until: deadline)
            case .endOfStream, nil: return collected
            }
        }
        throw TestClient.TimedOut(description: "the server did not close the connection")
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
