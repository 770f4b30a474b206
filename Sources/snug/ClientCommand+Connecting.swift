// SPDX-License-Identifier: Apache-2.0

internal import SnugClient
internal import SnugLab
internal import SnugProgram
internal import SnugSystem
internal import SnugTransport

/// From options to a server that can be connected to, for every command that connects.
extension ClientCommand {
    /// What comes before anything secret is read.
    func prepareProcess() {
        ProcessHardening.ignoreBrokenPipeSignal()
        ProcessHardening.forbidCoreDumps()
        ProcessHardening.removeKeyLogVariable()
        if let sentence = EnvironmentOptions.leftAside { standardError(sentence) }
    }

    /// Whom to connect to, as whom, and how.
    ///
    /// - Parameter name: what to be called.
    func clientConfiguration(
        of destination: Destination,
        as name: String,
        showing key: ClientKey?,
        protocols: [String] = ClientConfiguration.applicationProtocols
    ) throws(Failure) -> ClientConfiguration {
        let trust = try plain || control != nil ? nil : serverTrust(of: destination)
        let security: ClientConfiguration.Security
        if let control = destination.control {
            security = .controlSocket(path: control)
        } else if let trust {
            security = .tls(try loadContext(trust.authority, showing: key, protocols), pins: trust.pins)
        } else {
            security = .plain
        }
        var configuration = ClientConfiguration(
            host: destination.host,
            port: destination.port,
            name: name,
            security: security,
            paddingMultiple: pad
        )
        configuration.trust = trust
        if let trust, !trust.givenPins.isEmpty { configuration.noteVerified = remembering(trust) }
        return configuration
    }

    func readPassphrase() throws(Failure) -> Passphrase? {
        // The control socket asks for none.
        guard control == nil else { return nil }
        do throws(PassphraseError) {
            guard let passphrase = try Passphrase.fromEnvironment() else { return nil }
            for oddity in passphrase.oddities { standardError("warning: \(oddity)") }
            return passphrase
        } catch {
            throw Failure(error.description, hint: error.hint, code: .badConfiguration)
        }
    }

    /// The user's key; nil where there is none, or none is to be shown.
    func readKey() throws(Failure) -> ClientKey? {
        guard !noIdentity, !plain, control == nil else { return nil }
        let file = identity.map(IdentityFile.init(path:)) ?? .standard
        guard let file, identity != nil || file.exists else { return nil }
        if identity == nil, file.isOutOfSight {
            standardError("warning: \(file.path) is out of this user's reach: you are known by no key")
            return nil
        }
        do throws(IdentityError) { return try file.read() } catch { throw Failure(error) }
    }

    // MARK: Who vouches for the server

    private func serverTrust(of destination: Destination) throws(Failure) -> ServerTrust {
        ServerTrust(
            host: destination.host,
            port: destination.port,
            authority: authority,
            givenPins: destination.pins,
            knownPins: try knownPins(of: destination)
        )
    }

    /// The file that was named, or else the lab's, or else the user's own.
    var authority: ServerTrust.Authority {
        if systemTrust { return .system }
        if let ca { return .file(ca) }
        let places = ["certs/ca.pem"] + (UserFolder.configuration.path.map { ["\($0)/ca.pem"] } ?? [])
        return places.first { FilePath.mayExist($0) }.map { .file($0) } ?? .missing(places)
    }

    private func knownPins(of destination: Destination) throws(Failure) -> [KnownPin] {
        guard let file = KnownServers.standard else { return [] }
        guard !file.isOutOfSight else {
            standardError("warning: \(file.path) is out of this user's reach: no server is known")
            return []
        }
        do throws(KnownServersError) {
            return try file.pins(of: KnownServers.name(host: destination.host, port: destination.port))
        } catch { throw Failure(error.description, hint: error.hint, code: .badConfiguration) }
    }

    /// Remembers the keys that were given, once one of them was the server's.
    private func remembering(_ trust: ServerTrust) -> @Sendable (PeerFacts) -> Void {
        let isDone = Lock(false)
        return { facts in
            let wasDone = isDone.withLock { done in
                defer { done = true }
                return done
            }
            guard facts.identity != nil, !wasDone else { return }
            if let (sentence, hint) = trust.replacement {
                standardError(["warning: \(sentence)", "hint: \(CallableProgram.naming(in: hint))"])
            }
            do throws(KnownServersError) {
                guard let file = KnownServers.standard else { return }
                let server = KnownServers.name(host: trust.host, port: trust.port)
                if try file.remember(trust.givenPins, of: server) {
                    standardError("the key of \(server) is known from now on: \(file.path)")
                }
            } catch {
                standardError("warning: the key has to be given again next time: \(error)")
            }
        }
    }

    private func loadContext(
        _ authority: ServerTrust.Authority,
        showing key: ClientKey?,
        _ protocols: [String]
    ) throws(Failure) -> TLSContext {
        switch authority {
        case .file(let path):
            do throws(TLSFileError) {
                return try TLSContext(
                    trustingFile: path,
                    policy: .modern,
                    applicationProtocols: protocols,
                    clientKey: key
                )
            } catch { throw Failure(error, authorities: path) }
        case .missing, .system:
            do throws(TLSConfigurationError) {
                return try TLSContext(
                    trust: authority == .system ? .system : .nobody,
                    policy: .modern,
                    applicationProtocols: protocols,
                    clientKey: key
                )
            } catch { throw Failure(systemTrust: error) }
        }
    }
}
