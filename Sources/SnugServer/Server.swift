// SPDX-License-Identifier: Apache-2.0

internal import SnugHistory
internal import SnugRooms
public import SnugSystem
public import SnugTransport

/// A running chat server: a lobby thread, room threads, and a room they share.
///
/// Any thread may call its methods.
public final class Server: Sendable {
    /// Where encrypted connections are accepted, at one port of all addresses.
    public let tlsAddresses: [SocketAddress]

    /// Where unencrypted connections are accepted, at one port of all addresses; empty if nowhere.
    public let plainAddresses: [SocketAddress]

    private let control: LobbyControl
    private let controlStopper: LoopStopper?
    private let hub: ChatHub
    private let threads: [RunningThread]
    private let history: HistoryDesk
    private let report: ServerObserver
    private let heartbeat: Heartbeat
    private let log: (any RequestLog)?
    private let metricsStopper: LoopStopper?
    let figures: MetricsSource

    /// Binds, starts the threads and reports the addresses; connections are accepted from then on.
    ///
    /// - Parameter passed: see ``ServerSockets/init(_:listeningOn:)``.
    public convenience init(
        _ configuration: ServerConfiguration,
        listeningOn passed: [PassedSocket] = [],
        context: TLSContext,
        passphrase verifier: PassphraseVerifier?,
        operators: [KeyFingerprint]? = nil,
        reloading: Reloading? = nil,
        report: @escaping ServerObserver
    ) throws(ServerStartError) {
        try self.init(
            configuration,
            on: try ServerSockets(configuration, listeningOn: passed),
            context: context,
            passphrase: verifier,
            operators: operators,
            reloading: reloading,
            report: report
        )
    }

    /// Starts the threads and reports the addresses; connections are accepted from then on.
    ///
    /// - Parameters:
    ///   - sockets: those that were bound by the same configuration.
    ///   - context: the server's certificate and key.
    ///   - verifier: nil for a room that anyone may enter.
    ///   - operators: the keys of those who may moderate; nil if that is nobody, and not worth a line in the log.
    ///   - reloading: does what ``reload(_:passphrase:operators:)`` is for when the control socket asks for it; nil if
    ///     there is nothing to read again.
    ///   - report: called on the server's threads; it must not wait.
    package init(
        _ configuration: ServerConfiguration,
        on sockets: ServerSockets,
        context: TLSContext,
        passphrase verifier: PassphraseVerifier?,
        operators: [KeyFingerprint]? = nil,
        reloading: Reloading? = nil,
        report: @escaping ServerObserver
    ) throws(ServerStartError) {
        let counts = EventCounts()
        let report: ServerObserver = { event in
            counts.note(event)
            report(event)
        }
        let (tls, plain) = (sockets.tls, sockets.plain)
        tlsAddresses = tls.addresses
        plainAddresses = plain.addresses
        self.report = report
        log = configuration.requestLog
        let logClock = LogClock(startingAt: .now)
        // Before the order has said what time it is, nothing is too old.
        let orderClock: @Sendable () -> Int64 = { logClock.time(in: .zero)?.milliseconds ?? 0 }
        let historyClock = log == nil ? WallClock.milliseconds : orderClock
        history = try HistoryDesk(
            configuration.history,
            epoch: log?.epoch,
            report: report,
            clock: historyClock
        )
        let lobby: Lobby
        var mailboxes: [LoopMailbox] = []
        do throws(SystemError) {
            control = try LobbyControl(context: context, passphrase: verifier)
            for _ in 0..<max(1, configuration.loops) { mailboxes.append(try LoopMailbox()) }
        } catch { throw .system(error) }
        hub = try ChatHub(
            mailboxes: mailboxes,
            limits: configuration.limits.chat,
            history: history,
            log: log,
            pageBytes: configuration.limits.historyPageBytes,
            logClock: logClock,
            report: report
        )
        do throws(SystemError) {
            heartbeat = try Heartbeat(hub: hub, lobby: control)
            lobby = try Lobby(configuration: configuration, hub: hub, control: control, report: report)
            try tls.open(in: lobby)
            try plain.open(in: lobby)
        } catch { throw .system(error) }
        let desk = try Self.controlDesk(sockets.control, configuration, hub, control, reloading, report)
        controlStopper = desk?.box.stopper
        figures = MetricsSource(
            serverName: configuration.serverName,
            hub: hub,
            lobby: control,
            events: counts
        )
        let metrics: MetricsDesk?
        do throws(SystemError) {
            let source = figures
            metrics = try sockets.metrics.map { listener throws(SystemError) in
                try MetricsDesk(listener, source: source, report: report)
            }
        } catch { throw .system(error) }
        metricsStopper = metrics?.stopper
        do throws(RequestLogFault) { try log?.start(hub) } catch { throw .log(error) }
        if let log, let path = configuration.history.file {
            // From here on it has all that its file ever saw.
            do throws(RequestLogFault) { try hub.requireHistory(path) } catch {
                log.stop()
                // Whoever moves the file away moves all of it.
                history.close()
                throw .log(error)
            }
        }
        if let operators { hub.setOperators(operators.personKeys) }
        do throws(SystemError) {
            threads = try Self.start(lobby, desk, metrics, configuration, hub, mailboxes, report)
        } catch {
            log?.stop()
            throw .system(error)
        }
        if let path = configuration.controlPath { report(.controlOpened(path: path)) }
        if let listener = sockets.metrics { report(.metricsOpened(at: listener.description)) }
        for address in tls.missing + plain.missing { report(.addressMissing(address)) }
        for address in tlsAddresses { report(.accepting(address, .tls)) }
        for address in plainAddresses { report(.accepting(address, .plain)) }
        guard verifier == nil else { return }
        for address in tlsAddresses where !address.isLoopback { report(.openToAnyone(address)) }
    }

    /// Uses another certificate and key for new connections; those that exist keep theirs.
    ///
    /// - Parameters:
    ///   - verifier: another passphrase for new connections; nil if it stays as it is.
    ///   - operators: those who may moderate from now on, whether they are here or not; nil if they stay the same.
    /// - Returns: what is new, in a sentence; the log has it as well.
    @discardableResult
    public func reload(
        _ context: TLSContext,
        passphrase verifier: PassphraseVerifier? = nil,
        operators: [KeyFingerprint]? = nil
    ) -> String {
        let hadPassphrase = control.credentials.verifier != nil
        control.replace(context, verifier)
        let reloaded = ServerEvent.reloaded(
            passphrase: verifier != nil ? .reread : hadPassphrase ? .kept : nil
        )
        report(reloaded)
        let events = [reloaded] + (operators.map { hub.setOperators($0.personKeys) } ?? [])
        return events.map(\.description).joined(separator: "; ")
    }

    /// Says in the log that the files could not be read again, and that the old ones stay in use.
    ///
    /// - Returns: the log's line.
    public func keepFiles(because reason: String) -> String {
        let event = ServerEvent.reloadFailed(reason: reason)
        report(event)
        return event.description
    }

    /// Whether all threads have gone on since this was called the last time.
    ///
    /// For whoever restarts what is stuck, and for one thread at a time; nobody waits.
    public var goesOn: Bool { heartbeat.goesOn() }

    /// Whether others share its chat.
    public var sharesItsOrder: Bool { hub.log != nil }

    /// Why the order that this server shares with others can be followed no more: then it is to be stopped.
    public var orderFault: RequestLogFault? { hub.orderFault.withLock { $0 } }

    /// How many people there are, in how many rooms.
    public var population: (people: Int, rooms: Int) {
        let figures = hub.figures
        return (figures.people, figures.rooms)
    }

    /// Begins to stop: no new connections, everything accepted is delivered, close_notify to all.
    public func stop() {
        report(.draining)
        control.stop()
        controlStopper?.stop()
        metricsStopper?.stop()
    }

    /// Stores what was said last, once everyone has been said goodbye to, and lets go of the history file.
    ///
    /// Waits for the disk, until `deadline` at most. What is lost has been reported by then.
    @discardableResult
    public func closeHistory(until deadline: MonotonicTime? = nil) -> HistoryEnd {
        history.close(until: deadline)
    }

    /// Waits, after ``stop()``, until everyone has been said goodbye to.
    ///
    /// That takes no longer than ``ServerLimits/drainTimeout``, and a processor's time. For one thread at a time.
    ///
    /// - Returns: false if `deadline` came first.
    @discardableResult
    public func waitUntilStopped(until deadline: MonotonicTime? = nil) -> Bool {
        guard threads.allSatisfy({ $0.join(until: deadline) }) else { return false }
        log?.stop()
        report(.stopped)
        return true
    }

    private static func start(
        _ lobby: Lobby,
        _ desk: ControlDesk?,
        _ metrics: MetricsDesk?,
        _ configuration: ServerConfiguration,
        _ hub: ChatHub,
        _ mailboxes: [LoopMailbox],
        _ report: @escaping ServerObserver
    ) throws(SystemError) -> [RunningThread] {
        var loops: [RoomLoop] = []
        for mailbox in mailboxes {
            loops.append(
                try RoomLoop(configuration: configuration, hub: hub, mailbox: mailbox, report: report)
            )
        }
        let lobby = HandedOver(lobby)
        // Where processors are short, handshakes of strangers wait for the members and not the other way round. Hardly
        // nicer: on a machine that is busy with something else, each login would take a second.
        var threads = [try RunningThread(name: "snug-lobby", niceness: 5) { lobby.value.run() }]
        for (number, loop) in loops.enumerated() {
            let loop = HandedOver(loop)
            threads.append(try RunningThread(name: "snug-room-\(number)") { loop.value.run() })
        }
        if let desk {
            let desk = HandedOver(desk)
            // Behind the members, who are to notice nothing of it, and ahead of strangers.
            threads.append(try RunningThread(name: "snug-control", niceness: 3) { desk.value.run() })
        }
        if let metrics {
            let metrics = HandedOver(metrics)
            threads.append(try RunningThread(name: "snug-metrics", niceness: 10) { metrics.value.run() })
        }
        return threads
    }
}

extension [KeyFingerprint] {
    /// What the chat knows these keys by, each once.
    fileprivate var personKeys: [PersonKey] {
        Set(self).compactMap { Bytes32($0.bytes) }.map { PersonKey($0) }
    }
}
