// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import SnugProgram
internal import SnugServer
internal import SnugTransport

/// From options to a running server, and from signals to its end.
struct ServerProgram {
    let options: RunCommand

    /// From the signal to the end, if the server does what it promises and only its log may be stuck.
    private static let stopTime = Duration.milliseconds(1_900)

    /// From the signal to the end if the server does not.
    private static let longestStopTime = Duration.seconds(10)

    /// Signals so close together are one: timeout(1) sends each to the program and to the program's process group.
    private static let repetitionTime = Duration.milliseconds(100)

    func run() throws(Failure) {
        var signals = AwaitedSignals()
        try prepareProcess()
        let (verifier, passphraseEvents) = try readPassphrase()
        let context = try loadContext()
        let events = passphraseEvents + ServerEvent.about(context)
        let configuration = try configuration()
        guard !options.check else { return try check(configuration, context, verifier, events) }
        signals.awaitTermination()
        let output = LogOutput(format: options.logFormat)
        let log = try system { () throws(SystemError) in
            try EventLog(atLeast: options.logLevel.minimum, output.write)
        }
        let server = try starting { () throws(ServerStartError) in
            try Server(configuration, context: context, passphrase: verifier, report: log.note)
        }
        for event in events { log.note(event) }
        serve(server, log, context, until: signals)
        stop(server, log, &signals)
    }

    private func check(
        _ configuration: ServerConfiguration,
        _ context: TLSContext,
        _ verifier: PassphraseVerifier?,
        _ events: [ServerEvent]
    ) throws(Failure) {
        try starting { () throws(ServerStartError) in try configuration.validate() }
        var lines: [String] = []
        if verifier == nil, !configuration.tlsAddress.isLoopback {
            lines.append("warning: \(ServerEvent.openToAnyone(configuration.tlsAddress))")
        }
        for event in events { lines.append(event.level < .warning ? "\(event)" : "warning: \(event)") }
        var expiry = ExpiryWatch(of: context)
        if let warning = expiry.takeWarning() { lines.append("warning: \(warning)") }
        standardError(lines + ["the configuration is good"])
    }

    /// Does what signals ask for until one asks for the end.
    private func serve(
        _ server: Server,
        _ log: EventLog,
        _ context: TLSContext,
        until signals: borrowing AwaitedSignals
    ) {
        var expiry = ExpiryWatch(of: context)
        while true {
            if let warning = expiry.takeWarning() { log.note(warning) }
            switch signals.next(until: expiry.pause().map { .now + $0 }) {
            case .reload:
                guard let context = reload(server, log) else { break }
                expiry = ExpiryWatch(of: context)
            case .terminate: return
            case nil: break
            }
        }
    }

    /// Delivers, says goodbye and has the log written, as far as all of them go along with it.
    private func stop(_ server: Server, _ log: EventLog, _ signals: inout AwaitedSignals) {
        let start = MonotonicTime.now
        server.stop()
        var hasStopped = server.waitUntilStopped(until: start + Self.repetitionTime)
        // Who says it twice wants no more delivered, whatever it is that takes so long.
        signals.endOnTermination()
        if !hasStopped { hasStopped = server.waitUntilStopped(until: start + Self.longestStopTime) }
        let isWritten = log.close(until: max(start + Self.stopTime, .now + Self.repetitionTime))
        if !hasStopped {
            standardError([
                "error: the server did not end within \(Self.longestStopTime) and was cut off",
                "hint: see whether the file of --insecure-keylog is stuck; otherwise this is a bug to report",
            ])
        }
        // Threads are still running: what the ordinary end of a program tidies up, they may be using.
        guard hasStopped, isWritten else { _exit(hasStopped ? EXIT_SUCCESS : EXIT_FAILURE) }
    }

    private func prepareProcess() throws(Failure) {
        ProcessHardening.forbidCoreDumps()
        ProcessHardening.removeKeyLogVariable()
        ProcessHardening.raiseDescriptorLimit()
        do throws(ProcessHardening.OutdatedGnuTLS) {
            try ProcessHardening.requireGnuTLS()
        } catch {
            throw Failure(error.description, hint: error.hint, code: .badConfiguration)
        }
        guard let file = options.insecureKeylog else { return }
        do throws(SystemError) {
            try ProcessHardening.logSessionKeys(to: file)
        } catch {
            throw Failure(
                "session keys cannot be written to \(file): \(error)",
                hint: "name a file in a folder you may write to",
                code: .badConfiguration
            )
        }
    }

    private func readPassphrase() throws(Failure) -> (PassphraseVerifier?, [ServerEvent]) {
        do throws(PassphraseError) {
            guard let passphrase = try Passphrase.fromEnvironment() else { return (nil, []) }
            let events =
                (passphrase.weakness.map { [ServerEvent.passphraseIsWeak($0)] } ?? [])
                + passphrase.oddities.map { .passphraseLooksOdd($0) }
            return (try PassphraseVerifier(passphrase), events)
        } catch {
            throw Failure(error.description, hint: error.hint, code: .badConfiguration)
        }
    }

    private func loadContext() throws(Failure) -> TLSContext {
        do throws(TLSFileError) {
            return try ServerFiles(certificate: options.cert, key: options.key).load(options.tls)
        } catch {
            throw Failure(error.description, hint: error.hint, code: .badConfiguration)
        }
    }

    private func configuration() throws(Failure) -> ServerConfiguration {
        var configuration = ServerConfiguration(tlsAddress: try address(port: options.port))
        if let port = options.plainPort { configuration.plainAddress = try address(port: port) }
        configuration.loops = options.loops
        configuration.paddingMultiple = options.pad
        configuration.keysAreLogged = options.insecureKeylog != nil
        configuration.limits.idleTimeout = .seconds(options.idleTimeout)
        configuration.limits.authenticationTimeout = .seconds(options.authTimeout)
        configuration.limits.members = options.maxMembers
        configuration.limits.lineRate = options.rate
        configuration.limits.roomBytesPerSecond = options.roomRate == 0 ? nil : options.roomRate
        configuration.limits.backlogBytes = options.backlog
        if let count = options.maxPerAddress {
            configuration.limits.connectionsPerAddress = count == 0 ? nil : count
            configuration.limits.countsLoopback = true
        }
        return configuration
    }

    private func address(port: UInt16) throws(Failure) -> SocketAddress {
        let hint = "give an address of this machine with --host, such as 127.0.0.1 or 0.0.0.0"
        do throws(ResolutionError) {
            if let address = try SocketAddress.resolve(host: options.host, port: port).first {
                return address
            }
        } catch {
            throw Failure(error.description, hint: hint, code: .badConfiguration)
        }
        throw Failure("\(options.host) has no address", hint: hint, code: .badConfiguration)
    }

    /// On any fault the old certificate and key stay in use, and the log says why.
    private func reload(_ server: Server, _ log: EventLog) -> TLSContext? {
        do throws(Failure) {
            let context = try loadContext()
            server.reload(context)
            for event in ServerEvent.about(context) { log.note(event) }
            return context
        } catch {
            log.note(.reloadFailed(reason: error.sentence))
            return nil
        }
    }

    private func starting<Result>(_ body: () throws(ServerStartError) -> Result) throws(Failure) -> Result {
        do throws(ServerStartError) {
            return try body()
        } catch {
            throw Failure(error.description, hint: error.hint, code: .badConfiguration)
        }
    }

    private func system<Result>(_ body: () throws(SystemError) -> Result) throws(Failure) -> Result {
        do throws(SystemError) {
            return try body()
        } catch {
            throw Failure(
                "the server cannot start: \(error)",
                hint: "the system ran out of memory, threads or open files",
                code: .failure
            )
        }
    }
}
