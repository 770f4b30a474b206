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

    private let signals: HeldSignals

    /// Holds the signals back from their default actions as long as this value lives.
    public init() throws(SystemError) { signals = try HeldSignals([SIGWINCH, SIGCONT, SIGTSTP]) }

    /// Readable when ``next()`` has something to tell.
    public var descriptor: Int32 { signals.descriptor }

    /// What the next signal asks for; nil if none waits.
    public borrowing func next() throws(SystemError) -> Request? {
        try signals.next().map { signal in
            switch signal {
            case SIGCONT: .resume
            case SIGTSTP: .stop
            default: .resize
            }
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
        var stop = signalSet([SIGTSTP])
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
}
