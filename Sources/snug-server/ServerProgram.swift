// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import SnugHistory
internal import SnugProgram
internal import SnugServer
internal import SnugSystem
internal import SnugTransport

/// From options to a running server, and from signals to its end.
struct ServerProgram {
    let options: RunCommand

    /// Where the passphrase can be read again; nil if it came from a variable or a pipe, or there is none.
    let passphraseFile = getenv("CHAT_SECRET_FILE").map { String(cString: $0) }.flatMap {
        isPipe($0) ? nil : $0
    }

    /// From the signal to the end, if the server does what it promises and only its log may be stuck.
    private static let stopTime = Duration.milliseconds(1_900)

    /// For what was said last to be stored, if all the rest took long.
    private static let storeTime = Duration.milliseconds(500)

    /// From the signal to the end if the server does not.
    private static let longestStopTime = Duration.seconds(10)

    /// Signals so close together are one: timeout(1) sends each to the program and to the program's process group.
    private static let repetitionTime = Duration.milliseconds(100)

    /// A check is a start, too, and a stop before anybody is waited for: so it tries all that a start tries.
    ///
    /// It leaves nothing behind: a server of another user could not open the files.
    func run() throws(Failure) {
        guard options.check else { return try start() }
        let new = [options.history, options.insecureKeylog].compactMap(\.self).filter {
            !FilePath.isTaken($0)
        }
        defer { for file in new { unlink(file) } }
        try start()
    }

    private func start() throws(Failure) {
        let sockets = try passedSockets()
        var signals = AwaitedSignals()
        let reloads = ReloadRequests()
        var manager = ServiceNotifier()
        let descriptors = try prepareProcess()
        // Before they are read: what changes meanwhile is read again.
        let watch = fileWatch()
        let (verifier, passphraseEvents) = try readPassphrase(Passphrase.fromEnvironment)
        let context = try loadContext()
        let operators = try readOperators()
        let events = passphraseEvents + ServerEvent.about(context)
        var configuration = try configuration()
        signals.awaitTermination()
        let listening = try starting { () throws(ServerStartError) in
            try ServerSockets(configuration, listeningOn: sockets)
        }
        // Ahead of all threads, the log's too.
        let limits = confine(configuration)
        let findings = Lock<[String]>([])
        let log = try openLog(findings)
        if let sentence = EnvironmentOptions.leftAside { log.note(.variablesLeftAside(sentence)) }
        let wanted = configuration.descriptorsOfAFullHouse
        if descriptors < wanted {
            let remedy = "raise that (ulimit -n, LimitNOFILE=), or lower --max-members"
            log.note(.fewDescriptors(limit: descriptors, wanted: wanted, remedy: remedy))
        }
        let server: Server
        do throws(Failure) {
            #if Cluster
            try options.cluster.join(&configuration, onlyChecks: options.check)
            #endif
            server = try starting { () throws(ServerStartError) in
                try Server(
                    configuration,
                    on: listening,
                    context: context,
                    passphrase: verifier,
                    operators: operators,
                    reloading: reloads.add,
                    report: log.note
                )
            }
        } catch {
            // The failure is the last thing to be read.
            log.close(until: .now + Self.stopTime)
            throw error
        }
        for event in limits { log.note(event) }
        for event in events {
            if options.check, event.level == .info {
                findings.withLock { $0.append("\(event)") }
            } else {
                log.note(event)
            }
        }
        if !options.check { noteLink(to: context, server, log) }
        var watches = Watches(expiry: ExpiryWatch(of: context), files: watch)
        note(&watches.expiry, log)
        if !options.check {
            manager.tell(.ready)
            serve(server, log, watches, reloads, &manager, until: signals)
            manager.tell(.stopping)
        }
        let history = stop(server, log, &signals)
        if let fault = server.orderFault { throw Failure(fault) }
        if case .lost(let error) = history {
            throw Failure("\(error.path) lacks what was said last", hint: error.hint, code: .failure)
        }
        guard options.check else { return }
        standardError(findings.withLock { $0 } + ["the configuration is good"])
    }

    /// The log; of a check, what an operator should know before a start goes into `findings`.
    private func openLog(_ findings: Lock<[String]>) throws(Failure) -> EventLog {
        let output = LogOutput(format: options.logFormat)
        return try system { () throws(SystemError) in
            guard options.check else { return try EventLog(atLeast: options.logLevel.minimum, output.write) }
            return try EventLog(atLeast: .notice) { line in
                guard !line.announcesAddress else { return }
                findings.withLock { $0.append("\(line.level): \(line.text)") }
            }
        }
    }

    private func note(_ expiry: inout ExpiryWatch, _ log: EventLog) {
        if let warning = expiry.takeWarning() { log.note(warning) }
    }

    /// What people need to join, for the owner to copy.
    func noteLink(to context: TLSContext, _ server: Server, _ log: EventLog) {
        guard let port = server.tlsAddresses.first?.port,
            let link = JoinLink(to: context, listeningAt: options.host, port: port)
        else { return }
        log.note(.joinLink("\(link)"))
    }

    /// Does what signals ask for until one asks for the end.
    private func serve(
        _ server: Server,
        _ log: EventLog,
        _ watches: Watches,
        _ reloads: ReloadRequests,
        _ manager: inout ServiceNotifier,
        until signals: borrowing AwaitedSignals
    ) {
        var watches = watches
        while true {
            let nextWarning = watches.expiry.pause().map { MonotonicTime.now + $0 }
            guard server.orderFault == nil else { return }
            let nextQuestion = server.sharesItsOrder ? MonotonicTime.now + .seconds(1) : nil
            switch signals.next(
                until: [nextWarning, nextQuestion, watches.files?.nextLook, manager.nextBeat]
                    .compactMap(\.self).min()
            ) {
            case .reload:
                manager.tell(.reloading)
                defer { manager.tell(.ready) }
                reloads.answerAll {
                    watches.files?.look()
                    return reload(&watches, isAsked: true, server, log)
                }
            case .terminate: return
            case nil:
                if watches.files?.findsChange() == true { reload(&watches, isAsked: false, server, log) }
            }
            note(&watches.expiry, log)
            manager.beat(isAlive: { server.goesOn }, status: { Self.sentence(server.population) })
        }
    }

    /// Such as `42 people in 3 rooms`.
    private static func sentence(_ population: (people: Int, rooms: Int)) -> String {
        let (people, rooms) = population
        return "\(people) \(people == 1 ? "person" : "people") in \(rooms) \(rooms == 1 ? "room" : "rooms")"
    }

    /// Delivers, says goodbye, and has history and the log written, as far as all of them go along with it.
    private func stop(_ server: Server, _ log: EventLog, _ signals: inout AwaitedSignals) -> HistoryEnd {
        let start = MonotonicTime.now
        server.stop()
        var hasStopped = server.waitUntilStopped(until: start + Self.repetitionTime)
        // Who says it twice wants no more delivered, whatever it is that takes so long.
        signals.endOnTermination()
        if !hasStopped { hasStopped = server.waitUntilStopped(until: start + Self.longestStopTime) }
        // Nothing is said any more, so nothing comes behind what is stored now, and the log is told what is not.
        let history =
            hasStopped
            ? server.closeHistory(until: max(start + Self.stopTime, .now + Self.storeTime)) : .stuck
        let isWritten = log.close(until: max(start + Self.stopTime, .now + Self.repetitionTime))
        if !hasStopped {
            standardError([
                "error: the server did not end within \(Self.longestStopTime) and was cut off",
                "hint: see whether the file of --insecure-keylog is stuck; otherwise this is a bug to report",
            ])
        }
        if hasStopped, history == .stuck {
            standardError([
                "error: the history file did not take the last lines in time, and they may be lost",
                "hint: see whether the disk of \(options.history ?? "the file") is stuck",
            ])
        }
        // Threads are still running: what the ordinary end of a program tidies up, they may be using.
        guard history != .stuck, isWritten else {
            let fault = server.orderFault.map { Failure($0).code.rawValue }
            _exit(fault ?? (history == .stored ? EXIT_SUCCESS : EXIT_FAILURE))
        }
        return history
    }

    /// What a service manager listens on for this server.
    private func passedSockets() throws(Failure) -> [PassedSocket] {
        do throws(PassedSocketError) {
            return try PassedSocket.all(named: [ListenerKind.tls, .plain].map(\.socketName))
        } catch {
            throw Failure(error.description, hint: error.hint, code: .badConfiguration)
        }
    }

    /// Returns how many descriptors the process may open.
    private func prepareProcess() throws(Failure) -> Int {
        ProcessHardening.forbidCoreDumps()
        ProcessHardening.removeKeyLogVariable()
        let descriptors = Int(clamping: ProcessHardening.raiseDescriptorLimit())
        do throws(ProcessHardening.OutdatedGnuTLS) {
            try ProcessHardening.requireGnuTLS()
        } catch {
            throw Failure(error.description, hint: error.hint, code: .badConfiguration)
        }
        guard let file = options.insecureKeylog else { return descriptors }
        do throws(SystemError) {
            try ProcessHardening.logSessionKeys(to: file)
            return descriptors
        } catch {
            throw Failure(
                "session keys cannot be written to \(file): \(error)",
                hint: "name a file in a folder you may write to",
                code: .badConfiguration
            )
        }
    }

    private func configuration() throws(Failure) -> ServerConfiguration {
        let addresses = try addressesToListenOn()
        var configuration = ServerConfiguration(tlsAddresses: addresses.map { $0.with(port: options.port) })
        if let port = options.plainPort {
            configuration.plainAddresses = addresses.map { $0.with(port: port) }
        }
        configuration.serverName = "snug \(programVersion)"
        configuration.controlPath = options.control
        configuration.proxies = options.proxyFrom?.prefixes ?? []
        configuration.metrics = try metricsAddress()
        configuration.loops = options.loops
        configuration.paddingMultiple = options.pad
        configuration.keysAreLogged = options.insecureKeylog != nil
        configuration.history.file = options.history
        configuration.history.retention = Retention(lines: options.historyLines, hours: options.historyHours)
        configuration.limits.idleTimeout = .seconds(options.idleTimeout)
        configuration.limits.authenticationTimeout = .seconds(options.authTimeout)
        configuration.limits.members = options.maxMembers
        configuration.limits.rooms = options.maxRooms
        configuration.limits.lineRate = options.rate
        configuration.limits.roomBytesPerSecond = options.roomRate == 0 ? nil : options.roomRate
        configuration.limits.backlogBytes = options.backlog
        if let count = options.maxPerAddress {
            configuration.limits.connectionsPerAddress = count == 0 ? nil : count
            configuration.limits.countsLoopback = true
        }
        return configuration
    }

    private func metricsAddress() throws(Failure) -> MetricsAddress? {
        guard let text = options.metrics else { return nil }
        do throws(MetricsAddressError) { return try MetricsAddress(text) } catch {
            throw Failure(error.description, hint: error.hint, code: .usage)
        }
    }

    /// All addresses of the host; of both families for `*`.
    private func addressesToListenOn() throws(Failure) -> [SocketAddress] {
        guard options.host != "*" else { return SocketAddress.everywhere(port: 0) }
        let host = try HostName(option: options.host)
        do throws(ResolutionError) {
            return try SocketAddress.resolve(host: host.text, port: 0)
        } catch {
            throw Failure(
                error.description,
                hint:
                    "give an address of this machine with --host, such as 127.0.0.1, or '*' for all of them",
                code: .badConfiguration
            )
        }
    }

    private func starting<Result>(_ body: () throws(ServerStartError) -> Result) throws(Failure) -> Result {
        do throws(ServerStartError) {
            return try body()
        } catch {
            if case .log(let fault) = error { throw Failure(fault) }
            throw Failure(error.description, hint: error.hint, code: .badConfiguration)
        }
    }

    private func system<Result>(_ body: () throws(SystemError) -> Result) throws(Failure) -> Result {
        do throws(SystemError) {
            return try body()
        } catch {
            throw Failure(
                "the server cannot start: \(error)",
                hint: error.shortageHint,
                code: .failure
            )
        }
    }
}

/// Whether what is read from `path` once is gone then.
private func isPipe(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO
}
