// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// Signals that a program asks for in turn instead of being interrupted by them.
///
/// ```
///   loading ──awaitTermination()──► running ──next(): .terminate──► stopping ──endOnTermination()──►
///   SIGINT, SIGTERM: end at once    wait for next()                 wait                end at once
///   SIGHUP: waits for next() throughout, and means `terminate` if the terminal is gone
/// ```
///
/// For the main thread, made before any other thread starts. Other threads take none of these signals
/// (``RunningThread``). No handler ever runs, so nothing can go wrong inside one (signal-safety(7)), and what ends the
/// program at once is the kernel: that works whatever the program is stuck in.
public struct AwaitedSignals: ~Copyable {
    private var awaited: sigset_t
    private let window: Window?

    /// Lets hang-up wait until it is asked for, and interrupt and termination end the program: there is nothing to stop
    /// yet.
    ///
    /// Writes that fail are told by their errors alone: neither a broken pipe nor a file that may not grow
    /// (setrlimit(2)) is a signal from now on. What asks other programs for something, such as to open their logs again,
    /// means nothing here, and ends nothing.
    public init() {
        for number in [SIGPIPE, SIGXFSZ] + meaningless { signal(number, SIG_IGN) }
        window = Window()
        // A shell lets its background jobs begin with interrupt ignored.
        for number in terminations { signal(number, SIG_DFL) }
        awaited = signalSet([SIGHUP])
        var unblocked = signalSet(terminations)
        pthread_sigmask(SIG_BLOCK, &awaited, nil)
        pthread_sigmask(SIG_UNBLOCK, &unblocked, nil)
    }

    /// From now on interrupt and termination wait for ``next(until:)`` as well: there is something to stop.
    public mutating func awaitTermination() {
        awaited = signalSet([SIGHUP] + terminations)
        pthread_sigmask(SIG_BLOCK, &awaited, nil)
    }

    /// Waits for the next signal; nil once `deadline` has come without one.
    public borrowing func next(until deadline: MonotonicTime? = nil) -> Signal? {
        // The lowest number comes first (signal(7)): hang-ups in a row must not put off the end.
        if takeSignal(of: signalSet(terminations), until: .start) > 0 { return .terminate }
        while true {
            var details = siginfo_t()
            let number = takeSignal(of: awaited, until: deadline, &details)
            if number == SIGHUP { return window?.wasClosed(details) == true ? .terminate : .reload }
            if number > 0 { return .terminate }
            if let deadline, deadline <= .now { return nil }
        }
    }

    /// From now on interrupt and termination end the program at once; those that came already are forgotten.
    public mutating func endOnTermination() {
        var unblocked = signalSet(terminations)
        while takeSignal(of: unblocked, until: .start) > 0 {}
        pthread_sigmask(SIG_UNBLOCK, &unblocked, nil)
    }

    /// What a signal asks for.
    public enum Signal: Sendable {
        /// SIGHUP, from whoever wants files to be read again.
        case reload
        /// SIGINT or SIGTERM; or SIGHUP because the terminal is gone.
        case terminate
    }
}

private let terminations = [SIGINT, SIGTERM]

/// Of the signals that would end the process by default (signal(7)), those that nobody sends to have it ended.
private let meaningless = [SIGALRM, SIGIO, SIGPROF, SIGUSR1, SIGUSR2, SIGVTALRM]

/// The terminal that the program was started in.
///
/// Who closes it wants the program to end: nobody would see its log any more, and it would hold its port for ever.
private struct Window {
    private let showsLog: Bool
    private let isControlling: Bool

    /// Nil where there is none, and where hang-ups are ignored (nohup(1)): then it is to outlive its terminal.
    init?() {
        showsLog = isatty(STDERR_FILENO) == 1
        isControlling = Self.errorOfControllingTerminal() == nil
        guard is_signal_ignored(SIGHUP) == 0, showsLog || isControlling else { return nil }
    }

    /// Whether a hang-up was sent because the terminal has gone.
    ///
    /// The kernel sends one to the job in the foreground and to the session's leader, and a shell that is the leader
    /// passes it on to the jobs in the background. A job that was left behind when its shell ended hears nothing then:
    /// what it is sent later, by somebody else, is no news of the terminal.
    func wasClosed(_ hangUp: siginfo_t) -> Bool {
        if showsLog && isatty(STDERR_FILENO) == 0 { return true }
        guard isControlling, let error = Self.errorOfControllingTerminal(), [EIO, ENXIO].contains(error.code)
        else { return false }
        return hangUp.si_code == SI_KERNEL || hangUp._sifields._kill.si_pid == getsid(0)
    }

    /// Nil if there is one; after a hang-up its device leads to none (tty(4)).
    private static func errorOfControllingTerminal() -> SystemError? {
        do throws(SystemError) {
            let number = try Syscalls.run("open") { open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC) }
            OwnedDescriptor(owning: number).close()
            return nil
        } catch {
            return error
        }
    }
}

func signalSet(_ numbers: [Int32]) -> sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for number in numbers { sigaddset(&set, number) }
    return set
}

/// Waits for one of `signals` that are blocked, and returns its number; -1 once `deadline` has come.
///
/// -1 too where the process was stopped and went on (sigtimedwait(2)).
private func takeSignal(
    of signals: sigset_t,
    until deadline: MonotonicTime?,
    _ details: UnsafeMutablePointer<siginfo_t>? = nil
) -> Int32 {
    var signals = signals
    guard let deadline else { return sigtimedwait(&signals, details, nil) }
    let rest = max(0, deadline.nanoseconds - MonotonicTime.now.nanoseconds)
    var time = timespec(tv_sec: Int(rest / 1_000_000_000), tv_nsec: Int(rest % 1_000_000_000))
    return sigtimedwait(&signals, details, &time)
}

/// Runs `body` while hang-up, interrupt and termination wait for it to be done.
///
/// For a program whose other threads, if it has any, are ``RunningThread``s: any other would take the signal, and the
/// process would end in the middle of `body`. A thread that `body` starts lets them wait for good.
public func postponingSignals<Result, Failure: Error>(
    during body: () throws(Failure) -> Result
) throws(Failure) -> Result {
    var postponed = signalSet([SIGHUP] + terminations)
    var before = sigset_t()
    pthread_sigmask(SIG_BLOCK, &postponed, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    return try body()
}
