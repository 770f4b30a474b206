// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// What this process has taken of the machine, and may take (getrusage(2), getrlimit(2)).
public struct ProcessUsage: Sendable {
    /// Processor time of all threads, the kernel's work for them included.
    public let processorSeconds: Double

    /// How many descriptors may be open at once.
    public let descriptorLimit: UInt64

    /// The state at this moment.
    public static var now: ProcessUsage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let times = [usage.ru_utime, usage.ru_stime]
        return ProcessUsage(
            processorSeconds: times.reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 },
            descriptorLimit: UInt64(limit.rlim_cur)
        )
    }
}
