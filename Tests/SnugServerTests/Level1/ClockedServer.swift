// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import SnugSystem
import SnugTransport
import TestSupport

@testable import SnugServer

/// A whole server, with its threads, whose chat goes by a clock that a test turns.
///
/// Only the chat does: how long a stay is kept is not measured by the machine's clock, so no test has to wait for it.
final class ClockedServer {
    private let time = Lock(ChatTime.now)
    private let events = EventRecord()
    private let hub: ChatHub
    private let control: LobbyControl
    private let threads: [RunningThread]
    private let ports: [TransportKind: UInt16]

    init(_ configure: (inout ServerConfiguration) -> Void = { _ in }) throws {
        let address = SocketAddress.loopback(port: 0)
        var configuration = ServerConfiguration(tlsAddresses: [address])
        configuration.plainAddresses = [address]
        configuration.limits.lineRate = .unlimited
        configure(&configuration)
        let (time, events) = (time, events)
        let report: ServerObserver = { events.append($0) }
        let clock: @Sendable () -> ChatTime = { time.withLock { $0 } }
        let mailboxes = try [LoopMailbox(), LoopMailbox()]
        hub = try ChatHub(
            mailboxes: mailboxes,
            limits: configuration.limits.chat,
            history: HistoryDesk(configuration.history, report: report) { clock().milliseconds },
            pageBytes: configuration.limits.historyPageBytes,
            report: report,
            clock: clock
        )
        control = try LobbyControl(context: try TestAuthority.shared.serverContext(), passphrase: nil)
        let lobby = try Lobby(configuration: configuration, hub: hub, control: control, report: report)
        let tls = try BoundSockets(at: [address], for: .tls, configuration.limits)
        let plain = try BoundSockets(at: [address], for: .plain, configuration.limits)
        try tls.open(in: lobby)
        try plain.open(in: lobby)
        ports = [.tls: tls.addresses.first?.port ?? 0, .plain: plain.addresses.first?.port ?? 0]
        let lobbyToRun = HandedOver(lobby)
        var threads = [try RunningThread(name: "test-lobby") { lobbyToRun.value.run() }]
        for mailbox in mailboxes {
            let loop = HandedOver(
                try RoomLoop(configuration: configuration, hub: hub, mailbox: mailbox, report: report)
            )
            threads.append(try RunningThread(name: "test-room") { loop.value.run() })
        }
        self.threads = threads
    }

    func port(_ kind: TransportKind) -> UInt16 { ports[kind] ?? 0 }

    /// Turns the clock, and lets the chat do what has come due by then.
    func pass(seconds: Int64) {
        time.withLock { $0 = $0.adding(milliseconds: 1_000 * seconds) }
        for mailbox in hub.mailboxes { mailbox.waker.wake() }
    }

    func expectLog(_ text: String) throws { try events.expect(text) }

    func stop() {
        control.stop()
        for thread in threads { thread.join(until: nil) }
        hub.history.close()
    }
}
