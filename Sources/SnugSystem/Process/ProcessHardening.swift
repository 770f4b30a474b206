// SPDX-License-Identifier: Apache-2.0

internal import CGnuTLS
internal import CLinux
internal import Glibc

/// What a program does about itself before it opens a socket or starts a thread.
public enum ProcessHardening {
    /// The oldest GnuTLS that this project is tested with: Debian 12's.
    public static let oldestGnuTLS = "3.7.9"

    /// Opens /dev/null in place of standard input, output and error where the parent had closed them.
    ///
    /// Otherwise the next file or connection would get that number, and what is meant for people would go into it. So
    /// the process ends where that cannot be helped.
    public static func fillStandardDescriptors() {
        // The lowest free number is taken (open(2)), so each fills its own gap.
        for number in Int32(0)...2 where fcntl(number, F_GETFD) == -1 {
            guard open("/dev/null", O_RDWR) == number else { _exit(EXIT_FAILURE) }
        }
    }

    /// Makes a write to a broken pipe or socket fail with EPIPE instead of ending the process (signal(7)).
    public static func ignoreBrokenPipeSignal() {
        signal(SIGPIPE, SIG_IGN)
    }

    /// Lets a crash end the process at once, and nothing of its memory be printed.
    ///
    /// Swift's runtime installs handlers that print registers, memory and a backtrace, and with memory that nobody else
    /// may read they hang instead. It reads SWIFT_BACKTRACE before `main` runs, so that setting it comes too late.
    public static func endAtOnceOnCrash() {
        for fault in [SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT, SIGSEGV, SIGTRAP] { signal(fault, SIG_DFL) }
    }

    /// Keeps secrets out of core dumps, and other processes of the same user from reading our memory.
    ///
    /// /proc/PID belongs to root from now on (PR_SET_DUMPABLE, prctl(2)): the process itself can still list its
    /// /proc/self/fd, but other processes need CAP_SYS_PTRACE to look at ours.
    public static func forbidCoreDumps() {
        // Neither can fail: both only give up something, with constant arguments.
        _ = forbid_dumps()
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    }

    /// Lets this process open as many descriptors as its hard limit allows, and returns how many that is.
    ///
    /// The soft limit is low for the sake of programs that use select(2) (getrlimit(2)); a connection is a descriptor.
    @discardableResult
    public static func raiseDescriptorLimit() -> UInt {
        var limit = rlimit()
        let descriptors = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        // Neither can fail: a soft limit may always be moved up to the hard one.
        getrlimit(descriptors, &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(descriptors, &limit)
        return limit.rlim_cur
    }

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
