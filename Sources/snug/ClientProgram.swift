// SPDX-License-Identifier: Apache-2.0

internal import SnugClient
internal import SnugLab
internal import SnugProgram
internal import SnugSystem
internal import SnugTransport

/// From options to a chat.
struct ClientProgram {
    let options: ClientCommand

    func run() throws(Failure) {
        options.prepareProcess()
        var passphrase = try options.readPassphrase()
        let key = try options.readKey()
        let mayAsk = passphrase == nil && PassphrasePrompt.hasSomebodyToAsk
        let destination = try Destination(options)
        guard destination.control == nil || hasTerminal else {
            throw Failure(
                "--control is for somebody at a terminal",
                hint: "snug send --control PATH and snug tail --json --control PATH are for programs",
                code: .usage
            )
        }
        let configuration = try options.clientConfiguration(
            of: destination,
            as: try NameChoice.currentOrAsked(given: options.name),
            showing: key,
            protocols: protocols
        )
        // To find the server can take a while, and may have to wait for several addresses.
        standardError("connecting to \(configuration.server)")
        for attempt in 0... {
            do throws(ClientError) {
                return try chat(
                    configuration,
                    in: destination.rooms,
                    passphrase.take(),
                    isFirst: attempt == 0,
                    hasKey: key != nil
                )
            } catch {
                // A server says that it has a passphrase by refusing who comes without, and hangs up.
                if case .wrongPassphrase = error, mayAsk, attempt < Self.questions {
                    standardError(attempt == 0 ? "this room has a passphrase" : "\(error)")
                    passphrase = try ask()
                }
                guard passphrase != nil else { throw Failure(error, joining: configuration) }
            }
        }
    }

    /// How often someone may mistype it.
    private static let questions = 3

    private func ask() throws(Failure) -> Passphrase? {
        do throws(PassphrasePrompt.Failure) {
            return try PassphrasePrompt.ask()
        } catch {
            switch error {
            case .terminal(let error):
                throw Failure(
                    "the passphrase cannot be typed: \(error)",
                    hint: "set CHAT_SECRET or CHAT_SECRET_FILE to it",
                    code: .failure
                )
            case .passphrase(let error):
                throw Failure(error.description, hint: error.hint, code: .refused)
            }
        }
    }

    func announce(_ facts: PeerFacts, hasKey: Bool) {
        if let control = options.control {
            return standardError("connected to \(control), the control socket of this machine: you moderate")
        }
        guard let version = facts.protocolVersion, let identity = facts.identity else {
            standardError("connected WITHOUT encryption: everyone on the way can read along")
            return
        }
        var lines = [
            "connected over \(version) to \(identity.verifiedName), vouched for by \(identity.voucher)"
        ]
        // Nobody can compare by ear a key that is read out once; `/tls` tells it to whoever asks.
        if !options.plainOutput {
            lines.append(
                "cipher \(facts.cipher ?? "?"), key exchange \(facts.group ?? "?"), server key \(identity.pin)"
            )
        }
        if let key = facts.shownKey {
            lines.append("you are known there by your key \(key.short)")
        } else if hasKey {
            lines.append("this server asks for no keys: it does not know you by yours")
        }
        standardError(lines)
    }
}

extension Failure {
    /// What is said of an error of somebody who joins, or has joined, a server.
    init(_ error: ClientError, joining configuration: ClientConfiguration) {
        if error.mayBeOfThisSystem, let fault = TLSPolicy.modern.systemFault {
            self.init(fault.description, hint: fault.hint, code: .badConfiguration)
        } else if case .transportFailed(.certificateRejected(let rejection)) = error,
            let (sentence, hint) = configuration.trust?.refusal(of: rejection)
        {
            self.init(sentence, hint: hint, code: .refused)
        } else {
            self.init(error.description, hint: error.hint, code: Code(rawValue: error.exitCode) ?? .failure)
        }
    }
}

extension ClientError {
    /// Whether it looks the same where this system's settings for GnuTLS leave a server nothing to agree to.
    fileprivate var mayBeOfThisSystem: Bool {
        switch self {
        case .transportFailed(.certificateRejected), .transportFailed(.peerMisbehaved(.alert)),
            .transportFailed(.peerMisbehaved(.refusedByTLS)):
            true
        default: false
        }
    }
}
