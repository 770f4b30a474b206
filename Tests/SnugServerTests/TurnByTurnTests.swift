// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugFraming
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@testable import SnugServer

/// The lobby and a room loop on the test's own thread: they do nothing while the test does not let them.
@Suite(.timeLimit(.minutes(30))) struct TurnByTurnTests {
    /// A process that was stopped finds on its return both what arrived meanwhile and that the time is up.
    @Test func whoseHandshakeWaitsWhileTheServerStandsStillIsNotBlamedForTheTime() throws {
        let server = try TurnedServer { $0.authenticationTimeout = .milliseconds(300) }
        let client = try server.connect()
        #expect(try client.handshake(server.buffers) == .incomplete)
        passTime(.milliseconds(400))
        // By now the hello waits as well as the deadline.
        var outcome = try client.handshake(server.buffers)
        while outcome == .incomplete {
            server.turn()
            outcome = try client.handshake(server.buffers)
        }
        try server.write("aisha", to: client)
        let first = try server.read(from: client)
        #expect(first == "* aisha joined the chat *")
    }

    @Test func aServerThatHasStoppedKeepsNothingOfThoseWhoWaitedToTalk() throws {
        let trace = Trace()
        try letSpeakersWait { trace.loop = $0.loop }
        #expect(trace.loop == nil)
    }

    private final class Trace {
        weak var loop: RoomLoop?
    }

    private func letSpeakersWait(_ look: (TurnedServer) -> Void) throws {
        let server = try TurnedServer {
            $0.roomBytesPerSecond = 1
            $0.lineRate = LineRate(burst: 1_000, perSecond: 1_000)
        }
        look(server)
        var speakers: [any Connection] = []
        for name in ["aisha", "ben"] {
            let client = try server.connect(to: .plain)
            try server.write(name, to: client)
            _ = try server.read(from: client)
            speakers.append(client)
        }
        for speaker in speakers {
            for _ in 1...3 { try server.write("more than may be said in a second", to: speaker) }
        }
        for _ in 1...10 { server.turn() }
        for speaker in speakers { speaker.reset() }
        server.stop()
    }

    private func passTime(_ duration: Duration) {
        var nothing: [Polling.Entry] = []
        let end = MonotonicTime.now + duration
        while .now < end { Polling.wait(for: &nothing, until: end) }
    }
}

private final class TurnedServer {
    let loop: RoomLoop
    let buffers = IOBuffers()
    private let lobby: Lobby
    private let hub: ChatHub
    private let control: LobbyControl
    private var connected: UInt16 = 0

    init(_ limit: (inout ServerLimits) -> Void) throws {
        var configuration = ServerConfiguration(tlsAddresses: [.loopback(port: 9_443)])
        limit(&configuration.limits)
        configuration.loops = 1
        let mailbox = try LoopMailbox()
        hub = try ChatHub(mailboxes: [mailbox], configuration.limits)
        control = try LobbyControl(context: try TestAuthority.shared.serverContext(), passphrase: nil)
        lobby = try Lobby(configuration: configuration, hub: hub, control: control, report: { _ in })
        loop = try RoomLoop(configuration: configuration, hub: hub, mailbox: mailbox, report: { _ in })
    }

    func turn() {
        lobby.turn(mayWait: false)
        loop.turn(mayWait: false)
    }

    /// Lets everyone go, and runs the loop to its end.
    func stop() {
        control.stop()
        hub.drain()
        loop.run()
    }

    func connect(to kind: ListenerKind = .tls) throws -> any Connection {
        var ends: [Int32] = [-1, -1]
        try #require(
            socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0, &ends) == 0
        )
        connected += 1
        lobby.receive(
            SocketChannel(owning: OwnedDescriptor(owning: ends[1])),
            from: .loopback(port: 50_000 + connected),
            at: kind
        )
        return kind == .tls ? try encrypted(over: ends[0]) : plain(over: ends[0])
    }

    private func plain(over descriptor: Int32) -> any Connection {
        SocketConnection.plain(SocketChannel(owning: OwnedDescriptor(owning: descriptor)))
    }

    private func encrypted(over descriptor: Int32) throws -> any Connection {
        try SocketConnection.tlsClient(
            SocketChannel(owning: OwnedDescriptor(owning: descriptor)),
            context: TestAuthority.shared.clientContext(),
            expecting: ExpectedServer(name: "localhost"),
            paddingMultiple: 0
        )
    }

    func write(_ text: String, to client: any Connection) throws {
        let frame = try FrameEncoder.frame(text)
        _ = try client.write(frame.span.bytes, buffers)
    }

    /// The next frame for a client that comes alone, with so many turns as it takes.
    func read(from client: any Connection) throws -> String {
        let deadline = MonotonicTime.now + .seconds(60)
        while MonotonicTime.now < deadline {
            turn()
            if let frame = try client.received(with: buffers), !frame.isEmpty {
                return String(decoding: frame.dropFirst(FrameLimits.headerBytes), as: UTF8.self)
            }
        }
        throw TestClient.TimedOut(description: "waited in vain for a line")
    }
}
