// SPDX-License-Identifier: Apache-2.0

internal import CGnuTLS
internal import Glibc
public import SnugSystem

extension ProcessHardening {
    /// The oldest GnuTLS that this project is tested with: Debian 12's.
    public static let oldestGnuTLS = "3.7.9"

    /// Removes `SSLKEYLOGFILE` from the environment, where GnuTLS looks for it whenever a session begins.
    ///
    /// With it set, every session's keys would be written to that file without a word.
    public static func removeKeyLogVariable() {
        unsetenv(keyLogVariable)
    }

    /// Makes GnuTLS append the keys of every session to the file at `path` (NSS key log format).
    ///
    /// Whoever has the file can read the traffic: it is made for this process's user alone. To be said to everyone
    /// whose words it gives away.
    public static func logSessionKeys(to path: String) throws(SystemError) {
        // GnuTLS itself would make the file readable for everyone.
        let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW
        let file = OwnedDescriptor(owning: try Syscalls.run("open") { open(path, flags, 0o600) })
        let number = file.number
        try Syscalls.run("fchmod") { fchmod(number, 0o600) }
        try Syscalls.run("setenv") { setenv(keyLogVariable, path, 1) }
    }

    /// Makes sure that the GnuTLS which was loaded, not only the one that was compiled with, is new enough.
    ///
    /// - Parameter version: the oldest to accept, as `major.minor.patch`.
    public static func requireGnuTLS(atLeast version: String = oldestGnuTLS) throws(OutdatedGnuTLS) {
        guard gnutls_check_version(version) == nil else { return }
        throw OutdatedGnuTLS(found: gnuTLSVersion, required: version)
    }

    /// The library in use is older than what this project is tested with.
    public struct OutdatedGnuTLS: Error, Equatable, Sendable, CustomStringConvertible {
        /// The version in use.
        public let found: String

        /// The oldest version to accept.
        public let required: String

        /// One lower-case sentence without a full stop.
        public var description: String { "GnuTLS \(found) is too old: \(required) or newer is needed" }

        /// What to do about it.
        public var hint: String {
            "upgrade GnuTLS (the package libgnutls30, libgnutls30t64 from Debian 13 on), and start this again"
        }
    }

    private static let keyLogVariable = "SSLKEYLOGFILE"
}

/// The version of the GnuTLS that was loaded, such as `3.7.9`.
public var gnuTLSVersion: String {
    gnutls_check_version(nil).map { String(cString: $0) } ?? "unknown"
}
