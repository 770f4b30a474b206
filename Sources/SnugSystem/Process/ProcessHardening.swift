// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// What a program does about itself before it opens a socket or starts a thread.
public enum ProcessHardening {
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

    /// Makes writing behind the size that a file may have fail with EFBIG instead of ending the process (setrlimit(2)),
    /// which would leave what it has begun: temporary files, and keys in them.
    public static func ignoreFileSizeSignal() {
        signal(SIGXFSZ, SIG_IGN)
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

    /// Keeps this process and its children from getting rights by running a program that has them (setuid).
    static func forbidNewPrivileges() {
        // Cannot fail: the arguments are constants (PR_SET_NO_NEW_PRIVS, prctl(2)).
        _ = forbid_new_privileges()
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
}
