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
        if let sentence = EnvironmentOptions.leftAside { standardError(sentence) }
        let host = try HostName(option: options.host)
        let passphrase = try readPassphrase()
        let configuration = ClientConfiguration(
            host: host.text,
            port: options.port,
            name: options.name ?? LoginName.current,
            security: options.plain ? .plain : .tls(try loadContext(), pins: options.pins),
            paddingMultiple: options.pad
        )
        // To find the server can take a while, and may have to wait for several addresses.
        standardError("connecting to \(configuration.server)")
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
            return try Passphrase.fromEnvironment()
        } catch {
            throw Failure(error.description, hint: error.hint, code: .badConfiguration)
        }
    }

    private func loadContext() throws(Failure) -> TLSContext {
        let trust: TrustAnchors = options.systemTrust ? .system : .authorities(pem: try readAuthorities())
        do throws(TLSConfigurationError) {
            return try TLSContext(trust: trust, policy: .modern)
        } catch {
            throw Failure(
                options.systemTrust
                    ? "this system trusts no authority" : "\(options.ca) cannot be used: \(error)",
                hint: "give the file that the server's owner gave you with --ca",
                code: .badConfiguration
            )
        }
    }

    private func readAuthorities() throws(Failure) -> [UInt8] {
        do throws(CertificateFileError) {
            return try CertificateFiles.readCertificates(options.ca)
        } catch {
            throw Failure(error.description, hint: error.hint, code: .badConfiguration)
        }
    }
}
