// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem
import SnugTransport
import TestSupport
import Testing

/// The real client when it is interrupted, and when its server is gone.
@Suite(.timeLimit(.minutes(30))) struct ClientAndLostConnectionTests {
    @Test(arguments: [SIGHUP, SIGINT, SIGKILL, SIGTERM])
    func whatAnInterruptedClientHasUnderWayIsTakenBack(signal: Int32) throws {
        let listener = try Listener()
        let client = try ChildProcess(
            "/bin/bash",
            ["-c", "exec \(try Self.program(listener.port)) < <(yes 'a mistake')"]
        )
        var server = try listener.accept()
        try Self.wait(for: server.descriptor)
        client.signal(signal)
        #expect(try client.waitForExit() == 128 + signal)
        #expect(client.lines(of: .errors).count == 2, "more than the lines about the connection")
        let error = #expect(throws: SystemError.self) {
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while try buffer.withUnsafeMutableBytes({ try server.receive(into: $0) }) != .endOfStream {
                try Self.wait(for: server.descriptor)
            }
        }
        #expect(error?.code == ECONNRESET)
    }

    @Test func aServerThatVanishedIsNoticedInTimeAndWhatDidNotArriveIsListed() throws {
        let listener = try Listener()
        let client = try ChildProcess("/bin/sh", ["-c", "exec \(try Self.program(listener.port))"])
        let server = try listener.accept()
        try client.expect("WITHOUT encryption", on: .errors)
        try Self.wait(for: server.descriptor)
        try LostNetwork.begin(at: server.descriptor ?? -1)
        let start = MonotonicTime.now
        try client.type("one \u{1B}[2J")
        try client.type("two")
        #expect(try client.waitForExit() == 69)
        let time = start.duration(to: .now)
        #expect(time > .seconds(30) && time < .seconds(45), "\(time)")
        #expect(
            client.lines(of: .errors).dropFirst(2) == [
                "these lines may not have arrived:", "  one ␛[2J", "  two",
                "error: the server does not answer any more",
                "hint: check the network, and join again when the server can be reached",
            ]
        )
    }

    private static func program(_ port: UInt16) throws -> String {
        "\(try BuiltPrograms.path(of: "snug")) --plain --host=127.0.0.1 --port=\(port) --name=aisha"
    }

    private static func wait(for descriptor: Int32?) throws {
        let deadline = MonotonicTime.now + .seconds(60)
        var entries = [Polling.Entry(descriptor ?? -1, for: .readable)]
        Polling.wait(for: &entries, until: deadline)
        guard MonotonicTime.now < deadline else {
            throw TestClient.TimedOut(description: "the client sent nothing")
        }
    }

    /// A server's port with nothing behind it.
    private final class Listener {
        private var socket: ListeningSocket

        init() throws {
            socket = try ListeningSocket(address: try SocketAddress.resolve(host: "127.0.0.1", port: 0)[0])
        }

        var port: UInt16 { socket.address.port }

        func accept() throws -> SocketChannel {
            while true {
                if case .accepted(let accepted, _) = try socket.accept() {
                    return SocketChannel(accepted: accepted)
                }
                try ClientAndLostConnectionTests.wait(for: socket.descriptor)
            }
        }
    }
}
