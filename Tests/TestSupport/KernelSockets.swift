// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem

/// What the kernel holds for connections that no process owns any more (/proc/net/tcp, proc(5)).
public enum KernelSockets {
    /// Waits until no connection of the local `port` has unsent or unacknowledged bytes behind its process's back.
    public static func waitUntilNoneIsOwed(byPort port: UInt16) throws {
        let deadline = MonotonicTime.now + .seconds(10)
        while let row = try rows().first(where: { $0.localPort == port && $0.isOrphan && $0.unsentBytes > 0 })
        {
            guard MonotonicTime.now < deadline else {
                throw TestClient.TimedOut(description: "\(row.unsentBytes) bytes stay in the kernel")
            }
            var none: [Polling.Entry] = []
            Polling.wait(for: &none, until: min(deadline, MonotonicTime.now + .milliseconds(20)))
        }
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
        /// Its first packet is on its way (TCP_SYN_SENT).
        let isUnanswered: Bool
        let unsentBytes: Int
        /// No process has it open.
        let isOrphan: Bool
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
                isUnanswered: fields[3] == "02",
                unsentBytes: unsentBytes,
                isOrphan: fields[9] == "0"
            )
        }
    }

    private static func port(_ address: Substring) -> UInt16? {
        address.split(separator: ":").last.flatMap { UInt16($0, radix: 16) }
    }
}
