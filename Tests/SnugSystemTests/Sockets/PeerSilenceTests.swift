// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import TestSupport
import Testing

@testable import SnugSystem
@testable import SnugTransport

/// Machines that vanish without FIN or RST, on real sockets.
@Suite(.timeLimit(.minutes(30))) struct PeerSilenceTests {
    @Test func whatTheListenerIsToldHoldsForEachAcceptedSocket() throws {
        let link = try Link(stuckTimeout: .seconds(60))
        let socket = try #require(link.server.descriptor)
        let tcp = Int32(IPPROTO_TCP)
        // The kernel doubles what it is told, for its own needs (socket(7)).
        #expect(option(SO_RCVBUF, at: SOL_SOCKET, of: socket) == 131_072)
        #expect(option(SO_SNDBUF, at: SOL_SOCKET, of: socket) == 262_144)
        #expect(option(SO_KEEPALIVE, at: SOL_SOCKET, of: socket) == 1)
        #expect(option(TCP_KEEPIDLE, at: tcp, of: socket) == 15)
        #expect(option(TCP_KEEPINTVL, at: tcp, of: socket) == 5)
        #expect(option(TCP_KEEPCNT, at: tcp, of: socket) == 4)
        #expect(option(TCP_USER_TIMEOUT, at: tcp, of: socket) == 60_000)
        #expect(option(TCP_NODELAY, at: tcp, of: socket) == 1)
    }

    @Test func aClientAsksToo() throws {
        let link = try Link()
        let socket = try #require(link.client.descriptor)
        let tcp = Int32(IPPROTO_TCP)
        #expect(option(SO_KEEPALIVE, at: SOL_SOCKET, of: socket) == 1)
        #expect(option(TCP_KEEPIDLE, at: tcp, of: socket) == 15)
        // A server may keep its window closed as long as it likes.
        #expect(option(TCP_USER_TIMEOUT, at: tcp, of: socket) == 0)
    }

    /// All at once, because each takes as long as a peer may be silent.
    @Test func aPeerThatVanishesIsNoticedWithin45SecondsWhateverIsOnItsWayToIt() throws {
        let idle = try Link()
        let busy = try Link()
        let closed = try Link()
        try closed.fillWindow(from: closed.server)
        for link in [idle, busy, closed] { vanish(link.client) }
        #expect(busy.server.write(1_000) == 1_000)
        // What the kernel does not end by itself, because the peer might be there: a client's own output.
        let said = try Link()
        let waiting = try Link()
        try waiting.fillWindow(from: waiting.client)
        for link in [said, waiting] { vanish(link.server) }
        #expect(said.client.write(1_000) == 1_000)
        // And one that is there, but takes nothing.
        let patient = try Link()
        try patient.fillWindow(from: patient.client)

        let start = MonotonicTime.now
        var noticed: [String: Duration] = [:]
        func note(_ name: String, if condition: Bool) {
            if condition, noticed[name] == nil { noticed[name] = start.duration(to: .now) }
        }
        var nothing: [Polling.Entry] = []
        while noticed.count < 5, start.duration(to: .now) < .seconds(60) {
            note("idle", if: idle.server.hasFailed)
            note("busy", if: busy.server.hasFailed)
            note("closed", if: closed.server.hasFailed)
            let limit = PeerSilence.limit
            note("said", if: said.client.unansweredFor.map { $0 >= limit } ?? false)
            note("waiting", if: waiting.client.unansweredFor.map { $0 >= limit } ?? false)
            #expect(patient.client.unansweredFor == nil)
            Polling.wait(for: &nothing, until: .now + .milliseconds(50))
        }
        for name in ["idle", "busy", "closed", "said", "waiting"] {
            let time = try #require(noticed[name], "\(name): not noticed")
            #expect(time > .seconds(15) && time < .seconds(45), "\(name): \(time)")
        }
        #expect(said.client.unacknowledgedBytes == 1_000)
        #expect(!patient.client.hasFailed)
        #expect(patient.client.unacknowledgedBytes > 0)
    }

    @Test func whatThePeerHasIsAcknowledgedAtOnceAndUnansweredIsNothing() throws {
        let link = try Link()
        #expect(link.client.unacknowledgedBytes == 0)
        #expect(link.client.write(1_000) == 1_000)
        let deadline = MonotonicTime.now + .seconds(30)
        while link.client.unacknowledgedBytes > 0, MonotonicTime.now < deadline { sched_yield() }
        #expect(link.client.unacknowledgedBytes == 0)
        #expect(link.client.unansweredFor == nil)
    }

    @Test func aClientLeavesLittleInTheKernelThatCouldNotBeTakenBack() throws {
        let link = try Link()
        try link.fillWindow(from: link.client)
        var unsent: Int32 = 0
        // SIOCOUTQNSD: what was not sent at all (linux/sockios.h).
        #expect(withUnsafeMutablePointer(to: &unsent) { unsentBytes(link.client.descriptor ?? -1, $0) } == 0)
        #expect((1...65_536).contains(unsent))
    }

    @Test(arguments: [true, false])
    func aResetLeavesNothingBehindAndACloseNotForLong(resets: Bool) throws {
        let link = try Link()
        try link.fillWindow(from: link.server)
        let address = try SocketAddress.ofSocket(try #require(link.server.descriptor))
        func states() throws -> [String] {
            try KernelSockets.states(from: address.port, towards: link.clientPort)
        }
        #expect(try states() == [established])
        if resets { link.server.reset() } else { link.server.close() }
        let start = MonotonicTime.now
        var nothing: [Polling.Entry] = []
        while try !states().isEmpty, start.duration(to: .now) < .seconds(60) {
            Polling.wait(for: &nothing, until: .now + .milliseconds(10))
        }
        // Before Linux 6.15 a closed window may be probed as rarely as once in the silence limit.
        #expect(start.duration(to: .now) < (resets ? .seconds(1) : PeerSilence.limit))
    }
}

/// A connection over loopback between what a server accepted and what a client made.
private final class Link {
    let client: End
    let server: End
    let clientPort: UInt16

    init(stuckTimeout: Duration = PeerSilence.limit) throws {
        var listener = try ListeningSocket(address: .loopback(port: 0), stuckTimeout: stuckTimeout)
        client = End(try SocketChannel.connect(to: [listener.address], timeout: .seconds(30)))
        var entries = [Polling.Entry(listener.descriptor, for: .readable)]
        Polling.wait(for: &entries, until: .now + .seconds(30))
        switch try listener.accept() {
        case .accepted(let socket, let peer):
            server = End(SocketChannel(accepted: socket))
            clientPort = peer.port
        default: throw TestClient.TimedOut(description: "nobody came")
        }
    }

    /// Sends until the receiver, which reads nothing, has no room left and the sender has more.
    func fillWindow(from sender: End) throws {
        let deadline = MonotonicTime.now + .seconds(30)
        // Full for a while, and not only until the next acknowledgement.
        var fullSince: MonotonicTime?
        var nothing: [Polling.Entry] = []
        while MonotonicTime.now < deadline {
            if sender.write(16_384) > 0 { fullSince = nil } else { fullSince = fullSince ?? .now }
            if let fullSince, fullSince.duration(to: .now) > .milliseconds(500) { return }
            Polling.wait(for: &nothing, until: .now + .milliseconds(5))
        }
        throw TestClient.TimedOut(description: "the window did not close")
    }
}

private final class End {
    private var channel: SocketChannel?

    init(_ channel: consuming SocketChannel) { self.channel = consume channel }

    var descriptor: Int32? { channel?.descriptor }
    var unacknowledgedBytes: Int { channel?.unacknowledgedBytes ?? 0 }
    var unansweredFor: Duration? { channel?.unansweredFor }

    func write(_ count: Int) -> Int {
        let bytes = [UInt8](repeating: 7, count: count)
        let result = try? bytes.withUnsafeBytes { try channel?.send($0) }
        guard case .transferred(let sent)? = result else { return 0 }
        return sent
    }

    /// The kernel has given the connection up.
    var hasFailed: Bool {
        var byte: UInt8 = 0
        do {
            let result = try withUnsafeMutableBytes(of: &byte) { try channel?.receive(into: $0) }
            return result == .endOfStream
        } catch { return true }
    }

    func close() { channel.take()?.close() }
    func reset() { channel.take()?.reset() }
}

/// From now on the socket's kernel takes no notice of any packet for it, as if its machine were gone.
private func vanish(_ end: End) {
    var nothing = sock_filter(code: UInt16(BPF_RET | BPF_K), jt: 0, jf: 0, k: 0)
    withUnsafeMutablePointer(to: &nothing) { code in
        var program = sock_fprog(len: 1, filter: code)
        let length = socklen_t(MemoryLayout<sock_fprog>.size)
        #expect(setsockopt(end.descriptor ?? -1, SOL_SOCKET, SO_ATTACH_FILTER, &program, length) == 0)
    }
    // What it would send of its own accord is not wanted either.
    var off: Int32 = 0
    setsockopt(end.descriptor ?? -1, SOL_SOCKET, SO_KEEPALIVE, &off, socklen_t(MemoryLayout<Int32>.size))
}

private func option(_ option: Int32, at level: Int32, of socket: Int32) -> Int32 {
    var value: Int32 = -1
    var length = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(socket, level, option, &value, &length)
    return value
}

/// ioctl(2) for SIOCOUTQNSD, by way of the dynamic linker: Swift imports no variadic functions.
private func unsentBytes(_ socket: Int32, _ result: UnsafeMutablePointer<Int32>) -> Int32 {
    typealias Control = @convention(c) (Int32, UInt, UnsafeMutablePointer<Int32>) -> Int32
    return unsafeBitCast(dlsym(nil, "ioctl"), to: Control.self)(socket, 0x894B, result)
}

private let established = "01"
