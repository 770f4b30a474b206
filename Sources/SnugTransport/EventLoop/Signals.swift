// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Signals that a program asks for in turn instead of being interrupted by them.
///
/// ```
///   loading ──awaitTermination()──► running ──next(): .terminate──► stopping ──endOnTermination()──►
///   SIGINT, SIGTERM: end at once    wait for next()                 wait                end at once
///   SIGHUP: waits for next() throughout
/// ```
///
/// For the main thread, made before any other thread starts. Other threads take none of these signals
/// (``RunningThread``). No handler ever runs, so nothing can go wrong inside one (signal-safety(7)), and what ends the
/// program at once is the kernel: that works whatever the program is stuck in.
public struct AwaitedSignals: ~Copyable {
    private var awaited: sigset_t

    /// Lets hang-up wait until it is asked for, and interrupt and termination end the program: there is nothing to stop
    /// yet.
    ///
    /// Writes that fail are told by their errors alone: neither a broken pipe nor a file that may not grow
    /// (setrlimit(2)) is a signal from now on.
    public init() {
        for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
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
            let number = takeSignal(of: awaited, until: deadline)
            if number > 0 { return number == SIGHUP ? .reload : .terminate }
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
        /// SIGHUP.
        case reload
        /// SIGINT or SIGTERM.
        case terminate
    }
}

private let terminations = [SIGINT, SIGTERM]

private func signalSet(_ numbers: [Int32]) -> sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for number in numbers { sigaddset(&set, number) }
    return set
}

/// Waits for one of `signals` that are blocked, and returns its number; -1 once `deadline` has come.
///
/// -1 too where the process was stopped and went on (sigtimedwait(2)).
private func takeSignal(of signals: sigset_t, until deadline: MonotonicTime?) -> Int32 {
    var signals = signals
    guard let deadline else { return sigtimedwait(&signals, nil, nil) }
    let rest = max(0, deadline.nanoseconds - MonotonicTime.now.nanoseconds)
    var time = timespec(tv_sec: Int(rest / 1_000_000_000), tv_nsec: Int(rest % 1_000_000_000))
    return sigtimedwait(&signals, nil, &time)
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
