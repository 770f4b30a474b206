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
    func clientConfiguration(
        showing key: ClientKey?,
        protocols: [String] = ClientConfiguration.applicationProtocols
    ) throws(Failure) -> ClientConfiguration {
        ClientConfiguration(
            host: try HostName(option: host).text,
            port: port,
            name: name ?? LoginName.current,
            security: plain ? .plain : .tls(try loadContext(showing: key, protocols), pins: pins),
            paddingMultiple: pad
        )
    }

    func readPassphrase() throws(Failure) -> Passphrase? {
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
        guard !noIdentity, !plain else { return nil }
        let file = identity.map(IdentityFile.init(path:)) ?? .standard
        guard let file, identity != nil || file.exists else { return nil }
        if identity == nil, file.isOutOfSight {
            standardError("warning: \(file.path) is out of this user's reach: you are known by no key")
            return nil
        }
        do throws(IdentityError) { return try file.read() } catch { throw Failure(error) }
    }

    private func loadContext(
        showing key: ClientKey?,
        _ protocols: [String]
    ) throws(Failure) -> TLSContext {
        do throws(TLSFileError) {
            guard systemTrust else {
                return try TLSContext(
                    trustingFile: ca,
                    policy: .modern,
                    applicationProtocols: protocols,
                    clientKey: key
                )
            }
        } catch {
            throw Failure(error, authorities: ca)
        }
        do throws(TLSConfigurationError) {
            return try TLSContext(
                trust: .system,
                policy: .modern,
                applicationProtocols: protocols,
                clientKey: key
            )
        } catch { throw Failure(systemTrust: error) }
    }
}
