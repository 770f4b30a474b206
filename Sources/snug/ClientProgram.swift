// SPDX-License-Identifier: Apache-2.0

internal import SnugClient
internal import SnugProgram
internal import SnugTransport

/// From options to a chat.
struct ClientProgram {
    let options: ClientCommand

    func run() throws(Failure) {
        ProcessHardening.ignoreBrokenPipeSignal()
        ProcessHardening.forbidCoreDumps()
        ProcessHardening.removeKeyLogVariable()
        let passphrase = try readPassphrase()
        let configuration = ClientConfiguration(
            host: options.host,
            port: options.port,
            name: options.name ?? LoginName.current,
            security: options.plain ? .plain : .tls(try loadContext(), pins: options.pins),
            paddingMultiple: options.pad
        )
        do throws(ClientError) {
            let session = try ChatSession(configuration)
            announce(session.facts)
            try session.authenticate(passphrase)
            do throws(ClientError) { try session.chat() } catch {
                list(session.doubtfulLines)
                throw error
            }
            if session.wasEndedByServer { standardError("the server has closed the connection") }
        } catch {
            throw Failure(
                error.description,
                hint: error.hint,
                code: Failure.Code(rawValue: error.exitCode) ?? .failure
            )
        }
    }

    private func list(_ lines: DoubtfulLines) {
        guard lines.count > 0 else { return }
        let isAll = lines.last.count == lines.count
        standardError(
            (isAll ? "these lines" : "\(lines.count) lines, of which these are the last,")
                + " may not have arrived:"
        )
        for line in lines.last { standardError("  \(line)") }
    }

    private func announce(_ facts: PeerFacts) {
        guard let version = facts.protocolVersion, let identity = facts.identity else {
            standardError("connected WITHOUT encryption: everyone on the way can read along")
            return
        }
        standardError(
            "connected over \(version) ✔ \(identity.verifiedName), vouched for by \(identity.issuer)"
        )
        standardError(
            "cipher \(facts.cipher ?? "?"), key exchange \(facts.group ?? "?"), server key \(identity.pin)"
        )
    }

    private func readPassphrase() throws(Failure) -> Passphrase? {
        do throws(PassphraseError) {
            guard let passphrase = try Passphrase.fromEnvironment() else { return nil }
            for oddity in passphrase.oddities { standardError("warning: \(oddity)") }
            return passphrase
        } catch {
            throw Failure(error.description, hint: error.hint, code: .badConfiguration)
        }
    }

    private func loadContext() throws(Failure) -> TLSContext {
        do throws(TLSFileError) {
            guard options.systemTrust else {
                return try TLSContext(trustingFile: options.ca, policy: .modern)
            }
        } catch {
            throw Failure(error.description, hint: error.hint, code: .badConfiguration)
        }
        do throws(TLSConfigurationError) {
            return try TLSContext(trust: .system, policy: .modern)
        } catch {
            throw Failure(error.description, hint: error.hint, code: .badConfiguration)
        }
    }
}
