// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What the kernel that runs the tests can do, by its own word and not by that of what is tested.
public enum KernelSupport {
    /// Landlock's version (landlock(7)); 0 where there is none.
    public static let landlockVersion: Int = {
        typealias SystemCall = @convention(c) (Int, UnsafeRawPointer?, UInt, UInt32) -> Int
        guard let symbol = dlsym(nil, "syscall") else { return 0 }
        // landlock_create_ruleset, with nothing but the question for its version.
        return max(0, unsafeBitCast(symbol, to: SystemCall.self)(444, nil, 0, 1))
    }()

    /// Whether a process may give up system calls (proc(5)), and no sanitizer needs them.
    public static let canFilterCalls =
        access("/proc/sys/kernel/seccomp/actions_avail", F_OK) == 0 && !isSanitized

    /// Whether the programs were built with a sanitizer, which starts programs and looks into its own process.
    public static let isSanitized = dlsym(nil, "__tsan_init") != nil || dlsym(nil, "__asan_init") != nil
}
