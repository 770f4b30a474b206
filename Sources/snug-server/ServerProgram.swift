// SPDX-License-Identifier: Apache-2.0

internal import SnugProgram
internal import SnugServer
internal import SnugTransport

/// From options to a running server, and from signals to its end.
struct ServerProgram {
    let options: RunCommand

    func run() throws(Failure) {
        let signals = AwaitedSignals()
        try prepareProcess()
        let (verifier, weakness) = try readPassphrase()
        let context = try loadContext()
        let configuration = try configuration()
        if options.check {
            try starting { () throws(ServerStartError) in try configuration.validate() }
            if let weakness { standardError("warning: \(weakness): \(weakness.hint)") }
            standardError("the configuration is good")
            return
        }
        let output = LogOutput(format: options.logFormat)
        let (log, logThread) = try system { () throws(SystemError) in
            try EventLog.start(atLeast: options.logLevel.minimum, output.write)
        }
        if let weakness { log.note(.passphraseIsWeak(weakness)) }
        let server = try starting { () throws(ServerStartError) in
            try Server(configuration, context: context, passphrase: verifier, report: log.note)
        }
        while signals.next() == .reload { reload(server, log) }
        server.stop()
        server.waitUntilStopped()
        log.close()
        logThread.join()
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
        var configuration = ServerConfiguration(tlsAddress: try address(port: options.port))
        if let port = options.plainPort { configuration.plainAddress = try address(port: port) }
        configuration.loops = options.loops
        configuration.paddingMultiple = options.pad
        configuration.keysAreLogged = options.insecureKeylog != nil
        configuration.limits.idleTimeout = .seconds(options.idleTimeout)
        configuration.limits.authenticationTimeout = .seconds(options.authTimeout)
        configuration.limits.members = options.maxMembers
        configuration.limits.lineRate = options.rate
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
    private func reload(_ server: Server, _ log: EventLog) {
        do throws(Failure) {
            server.reload(try loadContext())
        } catch {
            log.note(.reloadFailed(reason: error.sentence))
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
