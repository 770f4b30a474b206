// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// What a terminal's user and its window do to the drawing, read like input instead of interrupting (signalfd(2)).
///
/// The signals that end a process are not among them: see ``RawMode``. Owned by the interface that draws on the
/// terminal and used only on the thread that made it, which must be the process's only one: a second thread without
/// the mask would take the signals' default actions.
public struct TerminalSignals: ~Copyable {
    /// What a signal asks for.
    public enum Request: Equatable, Sendable {
        /// SIGWINCH: the window has another size.
        case resize
        /// SIGCONT: the shell may have changed the terminal's modes in the meantime.
        case resume
        /// SIGTSTP: give the terminal to the shell.
        case stop
    }

    private let signals: OwnedDescriptor
    private let formerMask: sigset_t

    /// Holds the signals back from their default actions as long as this value lives.
    public init() throws(SystemError) {
        var watched = Self.set(of: [SIGWINCH, SIGCONT, SIGTSTP])
        let flags = Int32(SFD_CLOEXEC | SFD_NONBLOCK)
        let number = try Syscalls.run("signalfd") { signalfd(-1, &watched, flags) }
        signals = OwnedDescriptor(owning: number)
        var formerMask = sigset_t()
        pthread_sigmask(SIG_BLOCK, &watched, &formerMask)
        self.formerMask = formerMask
    }

    deinit {
        withUnsafePointer(to: formerMask) { _ = pthread_sigmask(SIG_SETMASK, $0, nil) }
    }

    /// Readable when ``next()`` has something to tell.
    public var descriptor: Int32 { signals.number }

    /// What the next signal asks for; nil if none waits.
    public borrowing func next() throws(SystemError) -> Request? {
        var info = signalfd_siginfo()
        let number = signals.number
        let received = try Syscalls.unlessWouldBlock("read") {
            read(number, &info, MemoryLayout<signalfd_siginfo>.size)
        }
        guard received != nil else { return nil }
        switch Int32(bitPattern: info.ssi_signo) {
        case SIGCONT: return .resume
        case SIGTSTP: return .stop
        default: return .resize
        }
    }

    /// Whom to stop.
    public enum Stopping: Sendable {
        /// Every process of the job, this one included: what Ctrl-Z does in a terminal's usual mode.
        case job
        /// This process, because ``Request/stop`` came; the others of the job got the signal as well.
        case process
    }

    /// Stops as SIGTSTP does by default, and returns when this process goes on.
    ///
    /// The terminal is to be given back before: once the first process of the job has stopped, the shell uses it. In a process group that no shell looks after the kernel does not stop it (setpgid(2)), and this returns at once.
    public borrowing func stop(_ stopping: Stopping) {
        // A shell that has said "go on" already does not say it again.
        if stopping == .process, Self.isPending(SIGCONT) { return }
        var stop = Self.set(of: [SIGTSTP])
        // Blocked it would come back as the next request; unblocked it acts before kill(2) returns.
        pthread_sigmask(SIG_UNBLOCK, &stop, nil)
        kill(stopping == .job ? 0 : getpid(), SIGTSTP)
        pthread_sigmask(SIG_BLOCK, &stop, nil)
    }

    private static func isPending(_ signal: Int32) -> Bool {
        var pending = sigset_t()
        sigpending(&pending)
        return sigismember(&pending, signal) == 1
    }

    private static func set(of numbers: [Int32]) -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for number in numbers { sigaddset(&set, number) }
        return set
    }
}
