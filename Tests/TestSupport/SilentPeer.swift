// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import SnugTransport

/// A TCP connection that sends exactly the bytes it is told to, and no handshake.
public final class SilentPeer {
    private var channel: SocketChannel?

    public init(port: UInt16, from source: String = "127.0.0.1") throws {
        channel = .some(try SocketChannel.connect(port: port, from: source))
    }

    /// Sends all of `bytes`, however slowly the server takes them.
    public func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        let deadline = MonotonicTime.now + .seconds(60)
        while !rest.isEmpty {
            guard case .transferred(let count) = try rest.withUnsafeBytes({ try channel?.send($0) }) else {
                try wait(for: .writable, until: deadline)
                continue
            }
            rest = rest.dropFirst(count)
        }
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

    /// Waits until the server has closed, whatever it sends before, and returns that.
    @discardableResult
    public func expectEnd() throws -> [UInt8] {
        try receive { _ in false }
    }

    /// Returns everything that came until `isEnough` was content with it or the server closed.
    public func receive(until isEnough: ([UInt8]) -> Bool) throws -> [UInt8] {
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let deadline = MonotonicTime.now + .seconds(60)
        while !isEnough(received) {
            do {
                switch try buffer.withUnsafeMutableBytes({ try channel?.receive(into: $0) }) {
                case .transferred(let count): received += buffer[..<count]
                case .wouldBlock: try wait(for: .readable, until: deadline)
                case .endOfStream, nil: return received
                }
            } catch let error as SystemError where error.isLostConnection {
                return received
            }
        }
        return received
    }

    /// Whether the server sends something that was not received yet, or closes, within `time`.
    public func hasAnswer(within time: Duration = .zero) -> Bool {
        var entries = [Polling.Entry(channel?.descriptor ?? -1, for: .readable)]
        Polling.wait(for: &entries, until: .now + time)
        return !entries[0].readiness.isEmpty
    }

    private func wait(for interest: Readiness, until deadline: MonotonicTime) throws {
        var entries = [Polling.Entry(channel?.descriptor ?? -1, for: interest)]
        Polling.wait(for: &entries, until: deadline)
        guard MonotonicTime.now < deadline else {
            throw TestClient.TimedOut(description: "the server neither took, sent nor closed")
        }
    }

    /// Sends nothing more, and still receives.
    public func finish() { channel?.shutdownWrite() }

    /// Closes in good order, as far as TCP is concerned.
    public func close() { channel = nil }

    /// Breaks the connection off, which also loses what the server has not read yet.
    public func reset() { channel.take()?.reset() }
}
