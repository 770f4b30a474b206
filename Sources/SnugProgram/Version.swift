// SPDX-License-Identifier: Apache-2.0

internal import SnugTransport

/// This project's version; CHANGELOG.md says what is in it.
public let programVersion = "0.2.0"

/// The version with that of the TLS library in use, as `--version` shows it.
public var versionDescription: String { "\(programVersion) (GnuTLS \(gnuTLSVersion))" }
