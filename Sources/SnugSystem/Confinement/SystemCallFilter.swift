// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// A program that the kernel runs ahead of each system call of this process, and that refuses some for good (seccomp(2)).
///
/// What it refuses fails with EPERM, and the process goes on. It lists what is refused and not what is allowed: the latter
/// is another list with each version of the C library, Swift, GnuTLS and SQLite, and a call that is missing in it is a
/// server that fails on somebody else's machine. What is newer than this list does not exist (ENOSYS), and the C library
/// does without it.
struct SystemCallFilter {
    private(set) var code: [sock_filter] = []

    /// - Parameters:
    ///   - process: the only one that may be sent signals.
    ///   - opensConnections: whether this process goes on opening some; it accepts no others than before all the same.
    init(process: pid_t = getpid(), opensConnections: Bool = false) {
        load(Field.architecture)
        refuse(with: EPERM, unless: BPF_JEQ, own_architecture)
        load(Field.number)
        // All numbers of x86-64's second interface, x32, are greater as well.
        refuse(with: ENOSYS, if: BPF_JGT, UInt32(SYS_set_mempolicy_home_node))
        // Its flags are in memory, where no filter sees them; in its stead the C library calls clone.
        refuse(with: ENOSYS, if: BPF_JEQ, UInt32(SYS_clone3))

        // What is sent while people talk comes first.
        for (call, flags) in [(SYS_sendto, 3), (SYS_sendmsg, 2), (SYS_sendmmsg, 3)] {
            // It connects as well (RFC 7413), and no Landlock before version 8 looks at it.
            judge(call, argument: flags, mayHave: BPF_JSET, UInt32(MSG_FASTOPEN), isRefused: true)
        }
        for call in [SYS_mmap, SYS_mprotect, SYS_pkey_mprotect] {
            judge(call, argument: 2, mayHave: BPF_JSET, UInt32(PROT_EXEC), isRefused: true)
        }
        for call in [SYS_kill, SYS_tgkill] {
            judge(call, argument: 0, mayHave: BPF_JEQ, UInt32(bitPattern: process), isRefused: false)
        }
        // A thread, and no process.
        judge(SYS_clone, argument: 0, mayHave: BPF_JSET, UInt32(CLONE_THREAD), isRefused: false)

        for call in Self.refused { refuse(with: EPERM, if: BPF_JEQ, UInt32(call)) }
        if !opensConnections {
            for call in [SYS_socket, SYS_connect] { refuse(with: EPERM, if: BPF_JEQ, UInt32(call)) }
        }
        code.append(Self.statement(BPF_RET | BPF_K, UInt32(SECCOMP_RET_ALLOW)))
    }

    /// Puts it in force for all threads of this process, for good.
    ///
    /// The process must have given up new privileges, or be root's.
    func apply() throws(SystemError) {
        var code = code
        let count = UInt16(clamping: code.count)
        try Syscalls.run("seccomp") { restrict_by_filter(&code, count) }
    }

    // MARK: What is refused

    private static let refused: [Int32] =
        otherPrograms + otherProcesses + newSockets + kernel + machine + users + ofOneArchitecture

    private static let otherPrograms = [SYS_execve, SYS_execveat]

    /// Looking into them, and waking them up by ways that no rule above sees.
    private static let otherProcesses = [
        SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_process_madvise, SYS_process_mrelease,
        SYS_pidfd_open, SYS_pidfd_getfd, SYS_pidfd_send_signal, SYS_kcmp, SYS_tkill, SYS_rt_sigqueueinfo,
        SYS_rt_tgsigqueueinfo,
    ]

    /// Those that are there stay, and accept(2) goes on making more of them.
    private static let newSockets = [SYS_bind, SYS_listen]

    /// Where holes of the kernel were found, again and again, and ways around this filter.
    private static let kernel = [
        SYS_bpf, SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register, SYS_perf_event_open,
        SYS_userfaultfd, SYS_keyctl, SYS_add_key, SYS_request_key, SYS_init_module, SYS_finit_module,
        SYS_delete_module, SYS_kexec_load, SYS_fanotify_init, SYS_name_to_handle_at, SYS_open_by_handle_at,
        SYS_personality, SYS_memfd_create, SYS_memfd_secret, SYS_shmat, SYS_remap_file_pages, SYS_vmsplice,
    ]

    /// What belongs to whoever looks after it: mounts, namespaces, clocks, names.
    private static let machine = [
        SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_unshare, SYS_setns, SYS_open_tree,
        SYS_move_mount, SYS_fsopen, SYS_fsconfig, SYS_fsmount, SYS_fspick, SYS_mount_setattr, SYS_swapon,
        SYS_swapoff, SYS_reboot, SYS_acct, SYS_quotactl, SYS_quotactl_fd, SYS_syslog, SYS_vhangup,
        SYS_sethostname, SYS_setdomainname, SYS_settimeofday, SYS_clock_settime, SYS_clock_adjtime,
        SYS_adjtimex,
    ]

    /// Becoming another one.
    private static let users = [
        SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid, SYS_setresuid, SYS_setresgid, SYS_setfsuid,
        SYS_setfsgid, SYS_setgroups, SYS_capset,
    ]

    #if arch(x86_64)
    private static let ofOneArchitecture = [
        SYS_fork, SYS_vfork, SYS_kexec_file_load, SYS_modify_ldt, SYS_iopl, SYS_ioperm, SYS_uselib,
    ]
    #else
    private static let ofOneArchitecture: [Int32] = [SYS_kexec_file_load]
    #endif

    // MARK: The program

    /// Where a value lies in seccomp_data, which the kernel hands to the program; all are 32 bits of a
    /// little-endian machine.
    private enum Field {
        static let number: UInt32 = 0
        static let architecture: UInt32 = 4

        /// The lower half: all that the kernel looks at in what is an `int`, and in all flags that are asked for here.
        static func argument(_ index: Int) -> UInt32 { 16 + 8 * UInt32(index) }
    }

    private mutating func load(_ field: UInt32) {
        code.append(Self.statement(BPF_LD | BPF_W | BPF_ABS, field))
    }

    private mutating func refuse(with error: Int32, if comparison: Int32, _ value: UInt32) {
        code.append(Self.jump(comparison, value, otherwise: 1))
        code.append(Self.refusal(error))
    }

    private mutating func refuse(with error: Int32, unless comparison: Int32, _ value: UInt32) {
        code.append(Self.jump(comparison, value, then: 1))
        code.append(Self.refusal(error))
    }

    /// Decides on all of a call by one argument; what follows sees the call's number no more, and never that call.
    private mutating func judge(
        _ call: Int32,
        argument: Int,
        mayHave comparison: Int32,
        _ value: UInt32,
        isRefused: Bool
    ) {
        code.append(Self.jump(BPF_JEQ, UInt32(call), otherwise: 4))
        load(Field.argument(argument))
        code.append(Self.jump(comparison, value, then: isRefused ? 0 : 1, otherwise: isRefused ? 1 : 0))
        code.append(Self.refusal(EPERM))
        code.append(Self.statement(BPF_RET | BPF_K, UInt32(SECCOMP_RET_ALLOW)))
    }

    private static func refusal(_ error: Int32) -> sock_filter {
        statement(BPF_RET | BPF_K, UInt32(SECCOMP_RET_ERRNO) | UInt32(error))
    }

    private static func statement(_ code: Int32, _ value: UInt32) -> sock_filter {
        sock_filter(code: UInt16(code), jt: 0, jf: 0, k: value)
    }

    /// Leaves out so many statements.
    private static func jump(
        _ comparison: Int32,
        _ value: UInt32,
        then: UInt8 = 0,
        otherwise: UInt8 = 0
    ) -> sock_filter {
        sock_filter(code: UInt16(BPF_JMP | comparison | BPF_K), jt: then, jf: otherwise, k: value)
    }
}
