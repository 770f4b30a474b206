// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem
import Synchronization
import TestSupport
import Testing

@testable import SnugServer

/// The thread that tells figures, turn by turn, with a clock that the test turns.
@Suite(.timeLimit(.minutes(30))) struct MetricsDeskTests {
    private let room: TestRoom
    private let lobby: LobbyControl
    private let desk: MetricsDesk
    private let clock = TestClock()
    private let port: UInt16

    init() throws {
        room = try TestRoom(loops: 2)
        lobby = try LobbyControl(context: try TestAuthority.shared.serverContext(), passphrase: nil)
        let socket = try ListeningSocket(address: .loopback(port: 0))
        port = socket.address.port
        let clock = clock
        desk = try MetricsDesk(
            MetricsDoor.Listener(socket),
            source: MetricsSource(serverName: "snug 1", hub: room.hub, lobby: lobby, events: EventCounts()),
            report: { _ in },
            clock: { clock.now }
        )
    }

    private func turn() { for _ in 0..<4 { desk.turn(mayWait: false) } }

    /// What all threads of a healthy server do.
    private func goOn() {
        room.turn()
        lobby.turns.wrappingAdd(1, ordering: .relaxed)
        turn()
    }

    /// Somebody who asks, and never waits.
    private final class Asker {
        private let socket: OwnedDescriptor
        private(set) var heard = ""
        private(set) var isGone = false

        /// - Parameter room: for how many bytes the kernel has room that were not read.
        init(port: UInt16, room: Int32? = nil) throws {
            let number = openStream(AF_INET)
            socket = OwnedDescriptor(owning: number)
            if var room {
                setsockopt(number, SOL_SOCKET, SO_RCVBUF, &room, socklen_t(MemoryLayout<Int32>.size))
            }
            try #require(connectToLoopback(number, port) == 0)
        }

        var descriptor: Int32 { socket.number }

        func send(_ text: String) {
            let bytes = Array(text.utf8)
            Glibc.send(socket.number, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }

        func get(_ path: String) { send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n") }

        func halfClose() { shutdown(socket.number, Int32(SHUT_WR)) }

        /// Whether all came that the head speaks of.
        var hasHeardAll: Bool {
            let lines = heard.split(separator: "\r\n", omittingEmptySubsequences: false)
            let length = lines.first { $0.hasPrefix("Content-Length: ") }?.dropFirst(16)
            guard let head = lines.firstIndex(of: ""), let length = length.flatMap({ Int($0) }) else {
                return false
            }
            return lines[(head + 1)...].joined(separator: "\r\n").utf8.count == length
        }

        /// The status line of what came so far; empty if nothing did.
        func status() -> Substring {
            var bytes = [UInt8](repeating: 0, count: 65_536)
            while !isGone {
                let count = recv(socket.number, &bytes, bytes.count, Int32(MSG_DONTWAIT))
                if count > 0 {
                    heard += String(decoding: bytes[..<count], as: UTF8.self)
                } else if count == 0 || errno != EAGAIN {
                    isGone = true
                } else {
                    break
                }
            }
            return heard.prefix { $0 != "\r\n" }
        }
    }

    private func ask(_ path: String) throws -> Asker {
        let asker = try Asker(port: port)
        asker.get(path)
        turn()
        return asker
    }

    @Test(arguments: ["/metrics", "/healthz", "/readyz"])
    func whoeverAsksIsAnsweredOnceAllThreadsHaveBeenHeard(_ path: String) throws {
        let asker = try ask(path)
        #expect(asker.status() == "")
        room.turn()
        turn()
        // The lobby is missing.
        #expect(asker.status() == "")
        goOn()
        #expect(asker.status() == "HTTP/1.1 200 OK")
        #expect(asker.isGone)
    }

    @Test func aLoopThatIsStuckIsToldOfAndItsFiguresAreThereAllTheSame() throws {
        let askers = try ["/metrics", "/healthz", "/readyz"].map { try ask($0) }
        room.turn(only: 0)
        lobby.turns.wrappingAdd(1, ordering: .relaxed)
        turn()
        #expect(askers.allSatisfy { $0.status() == "" })
        clock.pass(MetricsDesk.patience)
        turn()
        #expect(askers[0].status() == "HTTP/1.1 200 OK")
        #expect(askers[0].heard.contains("\nsnug_alive 0\n") && askers[0].heard.contains("\nsnug_people 0\n"))
        #expect(!askers[0].heard.contains("snug_waiting_bytes"))
        for asker in askers[1...] { #expect(asker.status() == "HTTP/1.1 503 Service Unavailable") }
        // It goes on again.
        let later = try ask("/healthz")
        goOn()
        #expect(later.status() == "HTTP/1.1 200 OK")
    }

    @Test func aServerThatStoodStillAndGoesOnIsNotCalledStuck() throws {
        let asker = try ask("/healthz")
        clock.pass(MetricsDesk.patience * 2 + .milliseconds(1))
        turn()
        #expect(asker.status() == "")
        goOn()
        #expect(asker.status() == "HTTP/1.1 200 OK")
    }

    @Test func aLobbyThatIsStuckIsToldOf() throws {
        let asker = try ask("/healthz")
        room.turn()
        clock.pass(MetricsDesk.patience)
        turn()
        #expect(asker.status() == "HTTP/1.1 503 Service Unavailable")
    }

    @Test func otherPathsAndMethodsAreRefusedAtOnce() throws {
        #expect(try ask("/").status() == "HTTP/1.1 404 Not Found")
        #expect(try ask("/metrics/").status() == "HTTP/1.1 404 Not Found")
        let poster = try Asker(port: port)
        poster.send("POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
        turn()
        #expect(poster.status() == "HTTP/1.1 405 Method Not Allowed")
    }

    @Test func whoNeverFinishesARequestIsGoneInTime() throws {
        let asker = try Asker(port: port)
        asker.send("GET /metr")
        turn()
        clock.pass(MetricsPeer.patience - .milliseconds(1))
        turn()
        #expect(asker.status() == "" && !asker.isGone)
        clock.pass(.milliseconds(2))
        turn()
        #expect(asker.status() == "" && asker.isGone)
    }

    /// Otherwise sixteen idle connections would be enough for nobody to see anything.
    @Test func whoSaysNothingGivesItsPlaceToWhoAsks() throws {
        let idle = try (0..<MetricsDesk.maximumPeers).map { _ in
            let asker = try Asker(port: port)
            turn()
            return asker
        }
        let asker = try ask("/healthz")
        goOn()
        #expect(asker.status() == "HTTP/1.1 200 OK")
        #expect(idle.map { $0.status() == "" && $0.isGone } == [true] + Array(repeating: false, count: 15))
    }

    @Test func whoAsksAndReadsNothingLeavesNothingInTheKernel() throws {
        let askers = try (0..<MetricsDesk.maximumPeers).map { _ in try Asker(port: port, room: 1) }
        for asker in askers { asker.get("/metrics") }
        turn()
        goOn()
        clock.pass(MetricsPeer.patience + .milliseconds(1))
        turn()
        for asker in askers {
            try KernelSockets.waitUntilReset(asker.descriptor, by: port)
            _ = asker.status()
            // They were being answered.
            #expect(asker.isGone && asker.heard.utf8.count < 5_000)
        }
    }

    /// As `nc -N` does.
    @Test func whoSaysThatItAsksNoMoreIsAnsweredInFullHoweverLittleItTakesAtATime() throws {
        let asker = try Asker(port: port, room: 1)
        asker.get("/metrics")
        asker.halfClose()
        turn()
        goOn()
        try eventually("the answer's end") {
            _ = asker.status()
            turn()
            return asker.isGone
        }
        #expect(asker.hasHeardAll)
    }

    @Test func whoAsksAndLeavesCostsNothing() throws {
        for _ in 0..<40 {
            var asker: Asker? = try ask("/metrics")
            asker?.get("/metrics")
            asker = nil
            turn()
        }
        goOn()
        let asker = try ask("/healthz")
        goOn()
        #expect(asker.status() == "HTTP/1.1 200 OK")
    }
}

private func openStream(_ family: Int32) -> Int32 { socket(family, Int32(SOCK_STREAM.rawValue), 0) }

private func connectToLoopback(_ number: Int32, _ port: UInt16) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr = in_addr(s_addr: INADDR_LOOPBACK.bigEndian)
    return withUnsafePointer(to: address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
}
