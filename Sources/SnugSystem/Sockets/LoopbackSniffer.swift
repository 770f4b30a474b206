// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// Sees the packets of one TCP port at a time as they cross the loopback interface (packet(7)).
///
/// It needs the capability CAP_NET_RAW. Whoever has it can read along on every interface of the machine, and nobody
/// who is read notices.
public final class LoopbackSniffer: Sendable {
    /// What was seen.
    public struct Catch: Sendable {
        /// IPv4 packets, headers included, in the order in which they crossed the interface.
        public var packets: [[UInt8]] = []

        /// Packets that the kernel had no room to keep for us.
        public var lost = 0
    }

    private let ear: Ear
    private let thread: RunningThread

    /// Begins to listen; no packet is of interest before ``watch(port:)``.
    public init() throws(SystemError) {
        let ear = try Ear()
        self.ear = ear
        thread = try RunningThread(name: "snug-sniffer") { ear.listen() }
    }

    deinit { ear.stopping.wake() }

    /// Sees the packets from and to `port` from now on, and no others any more.
    public func watch(port: UInt16) throws(SystemError) {
        try ear.watch(port: port)
    }

    /// Stops, and returns everything that was seen up to now; to be called at most once.
    public func stop() -> Catch {
        ear.stopping.wake()
        thread.join()
        return ear.caught
    }
}

/// What the sniffer shares with its thread: the socket stays open until both have let go of it.
private final class Ear: Sendable {
    let stopping: LoopWaker
    private let socket: OwnedDescriptor
    private let packets = Lock<[[UInt8]]>([])

    /// Packets that wait for our thread, in bytes of kernel memory; the system's own limit may be lower.
    private static let receiveBufferBytes: Int32 = 8 << 20

    private static let longestPacketBytes = 65_536

    init() throws(SystemError) {
        let kind = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let number = try Syscalls.run("socket") { Glibc.socket(AF_PACKET, kind, 0) }
        let socket = OwnedDescriptor(owning: number)
        // Best effort: with a small buffer packets may get lost, and that is counted.
        var size = Self.receiveBufferBytes
        setsockopt(number, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        // Before the socket is bound, or it would begin with whatever crosses the interface.
        try Syscalls.run("setsockopt") { attach_tcp_port_filter(number, 0) }
        var address = sockaddr_ll()
        address.sll_family = UInt16(AF_PACKET)
        address.sll_protocol = UInt16(ETH_P_IP).bigEndian
        address.sll_ifindex = Int32(bitPattern: if_nametoindex("lo"))
        try Syscalls.run("bind") {
            withUnsafeBytes(of: &address) { bytes in
                bind(number, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t(bytes.count))
            }
        }
        stopping = try LoopWaker()
        self.socket = socket
    }

    func watch(port: UInt16) throws(SystemError) {
        let number = socket.number
        try Syscalls.run("setsockopt") { attach_tcp_port_filter(number, port) }
    }

    var caught: LoopbackSniffer.Catch {
        var statistics = tpacket_stats()
        var length = socklen_t(MemoryLayout<tpacket_stats>.size)
        getsockopt(socket.number, SOL_PACKET, PACKET_STATISTICS, &statistics, &length)
        return LoopbackSniffer.Catch(packets: packets.withLock { $0 }, lost: Int(statistics.tp_drops))
    }

    // MARK: On the sniffer's thread

    func listen() {
        var buffer = [UInt8](repeating: 0, count: Self.longestPacketBytes)
        while true {
            var entries = [
                Polling.Entry(socket.number, for: .readable),
                Polling.Entry(stopping.descriptor, for: .readable),
            ]
            Polling.wait(for: &entries, until: nil)
            while let count = nextPacket(into: &buffer) {
                let packet = Array(buffer.prefix(count))
                packets.withLock { $0.append(packet) }
            }
            // Judged after the socket was emptied: what crossed before the stop is seen.
            if !entries[1].readiness.isEmpty { return }
        }
    }

    private func nextPacket(into buffer: inout [UInt8]) -> Int? {
        let number = socket.number
        do throws(SystemError) {
            return try Syscalls.unlessWouldBlock("recv") { recv(number, &buffer, buffer.count, 0) }
        } catch {
            // The interface went down; what is missing shows when the streams are compared.
            return nil
        }
    }
}
