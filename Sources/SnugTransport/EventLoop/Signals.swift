// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Signals that a program asks for in turn instead of being interrupted by them.
///
/// Make it on the main thread before any other thread starts: threads inherit the mask, and a thread without it would
/// be killed by the first signal. No handler ever runs, so nothing can go wrong inside one (signal-safety(7)).
public struct AwaitedSignals: ~Copyable {
    private var set = sigset_t()

    /// Blocks hang-up, interrupt and termination, and ignores broken pipes.
    public init() {
        signal(SIGPIPE, SIG_IGN)
        sigemptyset(&set)
        for number in [SIGHUP, SIGINT, SIGTERM] { sigaddset(&set, number) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Waits for the next one (sigwait(3)).
    public borrowing func next() -> Signal {
        var set = set
        var number: Int32 = 0
        while true {
            guard sigwait(&set, &number) == 0 else { continue }
            return number == SIGHUP ? .reload : .terminate
        }
    }

    /// What a signal asks for.
    public enum Signal: Sendable {
        /// SIGHUP.
        case reload
        /// SIGINT or SIGTERM.
        case terminate
    }
}

/// Runs `body` while hang-up, interrupt and termination wait for it to be done.
///
/// For a program's only thread: any other would take the signal, and the process would end in the middle of `body`.
public func postponingSignals<Result, Failure: Error>(
    during body: () throws(Failure) -> Result
) throws(Failure) -> Result {
    var postponed = sigset_t()
    var before = sigset_t()
    sigemptyset(&postponed)
    for number in [SIGHUP, SIGINT, SIGTERM] { sigaddset(&postponed, number) }
    pthread_sigmask(SIG_BLOCK, &postponed, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    return try body()
}
