// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem

/// What the kernel knows of connections, those included that no process owns any more (/proc/net/tcp, proc(5)).
public enum KernelSockets {
    /// Waits until the server at `port` has let go of the connection whose other end is `descriptor`.
    ///
    /// Throws if the kernel goes on with it, for a second at least: so it is after a close over what was not sent yet, and not
    /// after a reset.
    public static func waitUntilReset(_ descriptor: Int32?, by port: UInt16) throws {
        let deadline = MonotonicTime.now + .seconds(60)
        let peer = try SocketAddress.ofSocket(descriptor ?? -1).port
        while let row = try rows().first(where: { $0.localPort == port && $0.remotePort == peer }) {
            guard !row.isOrphan else {
                throw TestClient.Unexpected(description: "\(row.unsentBytes) bytes stay in the kernel")
            }
            guard MonotonicTime.now < deadline else {
                throw TestClient.TimedOut(description: "the server holds on to the connection")
            }
            var none: [Polling.Entry] = []
            Polling.wait(for: &none, until: min(deadline, MonotonicTime.now + .milliseconds(20)))
        }
    }

    /// The state of the socket that connects these ports, if there is one, in the kernel's figures.
    ///
    /// By both, because others' connections to other servers may come from the same port.
    public static func states(from local: UInt16, towards remote: UInt16) throws -> [String] {
        try rows().filter { $0.localPort == local && $0.remotePort == remote }.map(\.state)
    }

    /// Waits until a connection to `port` is asked for and was not answered yet.
    public static func waitUntilSomebodyAsks(for port: UInt16) throws {
        let deadline = MonotonicTime.now + .seconds(60)
        while try !rows().contains(where: { $0.remotePort == port && $0.isUnanswered }) {
            guard MonotonicTime.now < deadline else {
                throw TestClient.TimedOut(description: "nobody asks for port \(port)")
            }
            var none: [Polling.Entry] = []
            Polling.wait(for: &none, until: min(deadline, MonotonicTime.now + .milliseconds(20)))
        }
    }

    private struct Row {
        let localPort: UInt16
        let remotePort: UInt16
        let state: String
        let unsentBytes: Int
        /// No process has it open.
        let isOrphan: Bool

        /// Its first packet is on its way (TCP_SYN_SENT).
        var isUnanswered: Bool { state == "02" }
    }

    private static func rows() throws -> [Row] {
        let file = OwnedDescriptor(owning: open("/proc/net/tcp", O_RDONLY | O_CLOEXEC))
        var text: [UInt8] = []
        while case let more = try Polling.read(file.number, atMost: 65_536), !more.isEmpty { text += more }
        return String(decoding: text, as: UTF8.self).split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 9, let localPort = Self.port(fields[1]),
                let remotePort = Self.port(fields[2]),
                let queue = fields[4].split(separator: ":").first, let unsentBytes = Int(queue, radix: 16)
            else { return nil }
            return Row(
                localPort: localPort,
                remotePort: remotePort,
                state: String(fields[3]),
                unsentBytes: unsentBytes,
                isOrphan: fields[9] == "0"
            )
        }
    }

    private static func port(_ address: Substring) -> UInt16? {
        address.split(separator: ":").last.flatMap { UInt16($0, radix: 16) }
    }
}
