// SPDX-License-Identifier: Apache-2.0

internal import SnugProgram
internal import SnugServer
internal import SnugSystem
internal import SnugTransport

/// The files that a server reads at its start and again later: certificate, key, passphrase and operators.
extension ServerProgram {
    // MARK: Reading

    func readPassphrase(
        _ source: () throws(PassphraseError) -> Passphrase?
    ) throws(Failure) -> (PassphraseVerifier?, [ServerEvent]) {
        do throws(PassphraseError) {
            guard let passphrase = try source() else { return (nil, []) }
            let remedy = CallableProgram.naming(
                in: "snug-server make-passphrase makes one that nobody guesses"
            )
            let events =
                (passphrase.weakness.map { [ServerEvent.passphraseIsWeak($0, remedy: remedy)] } ?? [])
                + passphrase.oddities.map { .passphraseLooksOdd($0) }
            return (try PassphraseVerifier(passphrase), events)
        } catch {
            throw Failure(error.description, hint: error.hint, code: .badConfiguration)
        }
    }

    func loadContext() throws(Failure) -> TLSContext {
        let files = ServerFiles(options: options.cert, key: options.key)
        do throws(TLSFileError) {
            return try files.load(options.tls, applicationProtocols: ServerConfiguration.applicationProtocols)
        } catch {
            throw Failure(error, files, options.tls)
        }
    }

    /// Those who may moderate; nil if there is no list of them.
    func readOperators() throws(Failure) -> [KeyFingerprint]? {
        guard let file = options.operators.map(OperatorsFile.init(path:)) else { return nil }
        do throws(OperatorsFileError) { return try file.read() } catch {
            throw Failure(error.description, hint: error.hint, code: .badConfiguration)
        }
    }

    // MARK: Reading again

    /// What is read again, where it is a file.
    var filesToReadAgain: [String] {
        [options.cert, options.key, passphraseFile, options.operators].compactMap(\.self)
    }

    /// What there is to read again.
    private struct Files {
        let context: TLSContext
        let verifier: PassphraseVerifier?
        let operators: [KeyFingerprint]?
        let events: [ServerEvent]
    }

    private func readFiles() throws(Failure) -> Files {
        let (verifier, events) = try readPassphrase { () throws(PassphraseError) in
            guard let passphraseFile else { return nil }
            return try Passphrase(contentsOfFile: passphraseFile)
        }
        let context = try loadContext()
        return Files(
            context: context,
            verifier: verifier,
            operators: try readOperators(),
            events: events + ServerEvent.about(context)
        )
    }

    private func use(_ files: Files, _ server: Server, _ log: EventLog) -> String {
        let sentence = server.reload(
            files.context,
            passphrase: files.verifier,
            operators: files.operators
        )
        for event in files.events { log.note(event) }
        noteLink(to: files.context, server, log)
        return sentence
    }

    /// What the server looks after by itself while it runs.
    struct Watches {
        var expiry: ExpiryWatch
        var files: FileWatch?
    }

    /// On any fault the old certificate, key, passphrase and operators stay in use, and the log says why.
    ///
    /// - Parameter isAsked: whether somebody has asked for it; otherwise a fault is told at the second look, since half of
    ///   a pair may be there and the other half on its way.
    @discardableResult
    func reload(
        _ watches: inout Watches,
        isAsked: Bool,
        _ server: Server,
        _ log: EventLog
    ) -> ReloadOutcome {
        do throws(Failure) {
            let files = try readFiles()
            watches.files?.wasRead()
            watches.expiry = ExpiryWatch(of: files.context)
            return .reloaded(use(files, server, log))
        } catch {
            let isTold = isAsked || watches.files?.wasBad() == true
            return .failed(isTold ? server.keepFiles(because: error.sentence) : error.sentence)
        }
    }

    // MARK: Watching

    /// Looks after the files, if it is asked to.
    func fileWatch() -> FileWatch? {
        guard options.watch else { return nil }
        return FileWatch(filesToReadAgain, every: .seconds(options.watchPause))
    }
}
