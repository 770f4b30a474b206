// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// The first hang-up, interrupt or termination, read like input (signalfd(2)), so that a program can take its leave.
///
/// The next one ends it at once. Signals that are ignored, as by nohup(1), stay so. For a process without threads but
/// ``RunningThread``s, which take none of these signals.
public final class StopRequests {
    private let signals: OwnedDescriptor
    private var awaited: sigset_t
    private var formerMask = sigset_t()
    private var hasCome = false

    /// Holds the signals back from their default actions until ``take()``.
    public init() throws(SystemError) {
        awaited = sigset_t()
        sigemptyset(&awaited)
        for number in [SIGHUP, SIGINT, SIGTERM] { sigaddset(&awaited, number) }
        let flags = Int32(SFD_CLOEXEC | SFD_NONBLOCK)
        var watched = awaited
        signals = OwnedDescriptor(owning: try Syscalls.run("signalfd") { signalfd(-1, &watched, flags) })
        pthread_sigmask(SIG_BLOCK, &awaited, &formerMask)
    }

    deinit { take() }

    /// Readable when somebody wants the program to stop; nil once that is known.
    public var descriptor: Int32? { hasCome ? nil : signals.number }

    /// Takes the request, and lets the next one have its default action.
    public func take() {
        guard !hasCome else { return }
        hasCome = true
        // Without a request none is waiting, and that is as good.
        var details = signalfd_siginfo()
        _ = read(signals.number, &details, MemoryLayout<signalfd_siginfo>.size)
        pthread_sigmask(SIG_SETMASK, &formerMask, nil)
    }
}
