// SPDX-License-Identifier: Apache-2.0

public import SnugClient
public import SnugLab
public import SnugServer
public import SnugSystem
public import SnugTransport

/// Why a comparison could not be made.
public enum WireError: Error, Equatable, Sendable {
    /// The laboratory's certificates could not be made.
    case certificatesNotMade(CertificateError)

    /// TLS could not use the laboratory's certificates.
    case certificatesNotUsable(TLSConfigurationError)

    /// What was to happen did not, although there was time enough.
    case nothingHappened(awaited: String)

    /// A person's client gave up.
    case personFailed(name: String, ClientError)

    /// The passphrase cannot be one.
    case passphraseNotUsable(PassphraseError)

    /// The server could not start.
    case serverNotStarted(ServerStartError)

    /// The operating system failed us.
    case system(SystemError)
}

extension WireError: CustomStringConvertible {
    /// One lower-case sentence without a full stop.
    ///
    /// May hold text from a script: clean it before showing it.
    public var description: String {
        switch self {
        case .certificatesNotMade(let error): error.description
        case .certificatesNotUsable(let error): error.description
        case .nothingHappened(let awaited): "the chat stopped: nobody saw \(awaited)"
        case .personFailed(let name, let error): "\(name) could not go on: \(error)"
        case .passphraseNotUsable(let error): error.description
        // Every port is the kernel's choice here, so it had none left.
        case .serverNotStarted(.addressInUse): "this machine has no free port left"
        case .system(let error) where error.isAddressInUse: "this machine has no free port left"
        case .serverNotStarted(let error): error.description
        case .system(let error): "the chat could not be recorded: \(error)"
        }
    }

    /// What to do about it, one sentence.
    public var hint: String {
        switch self {
        case .certificatesNotMade: "check this system's GnuTLS and its source of random numbers"
        case .certificatesNotUsable(let error): error.hint
        case .nothingHappened: "try again when the machine is less busy"
        case .passphraseNotUsable(let error): error.hint
        case .personFailed, .serverNotStarted, .system:
            "free some ports, memory, threads or open files of this system, and try again"
        }
    }
}
