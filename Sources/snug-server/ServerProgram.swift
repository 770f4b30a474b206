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
        let (verifier, weakness) = try readPassphrase()
        let context = try loadContext()
        let configuration = try configuration()
        guard !options.check else { return try check(configuration, context, verifier, weakness) }
        signals.awaitTermination()
        let output = LogOutput(format: options.logFormat)
        let log = try system { () throws(SystemError) in
            try EventLog(atLeast: options.logLevel.minimum, output.write)
        }
        if let weakness { log.note(.passphraseIsWeak(weakness)) }
        let server = try starting { () throws(ServerStartError) in
            try Server(configuration, context: context, passphrase: verifier, report: log.note)
        }
        serve(server, log, context, until: signals)
        stop(server, log, &signals)
    }

    private func check(
        _ configuration: ServerConfiguration,
        _ context: TLSContext,
        _ verifier: PassphraseVerifier?,
        _ weakness: PassphraseWeakness?
    ) throws(Failure) {
        try starting { () throws(ServerStartError) in try configuration.validate() }
        var lines: [String] = []
        for address in configuration.tlsAddresses where verifier == nil && !address.isLoopback {
            lines.append("warning: \(ServerEvent.openToAnyone(address))")
        }
        if let weakness { lines.append("warning: \(ServerEvent.passphraseIsWeak(weakness))") }
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

    private func readPassphrase() throws(Failure) -> (PassphraseVerifier?, PassphraseWeakness?) {
        do throws(PassphraseError) {
            guard let passphrase = try Passphrase.fromEnvironment() else { return (nil, nil) }
            let weakness = passphrase.weakness
            return (try PassphraseVerifier(passphrase), weakness)
        } catch {
            throw Failure(error.description, hint: error.hint, code: .badConfiguration)
        }
    }

    private func loadContext() throws(Failure) -> TLSContext {
        let chain: [UInt8]
        let key: SecretBytes
        do throws(CertificateFileError) {
            chain = try CertificateFiles.readCertificates(options.cert)
            key = try CertificateFiles.readPrivateKey(options.key)
        } catch {
            throw Failure(error.description, hint: error.hint, code: .badConfiguration)
        }
        do throws(TLSConfigurationError) {
            return try TLSContext(testing: chain, privateKey: key, policy: options.tls)
        } catch {
            throw Failure(
                "\(options.cert) with \(options.key): \(error)",
                hint: error.hint,
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

    /// On any fault the old certificate and key stay in use, and the log says why.
    private func reload(_ server: Server, _ log: EventLog) -> TLSContext? {
        do throws(Failure) {
            let context = try loadContext()
            server.reload(context)
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
