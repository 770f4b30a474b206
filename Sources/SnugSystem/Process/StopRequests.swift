// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The first hang-up, interrupt or termination, read like input (signalfd(2)), so that a program can take its leave.
///
/// The next one ends it at once. Signals that are ignored, as by nohup(1), stay so. For a process without threads but
/// ``RunningThread``s, which take none of these signals.
public final class StopRequests {
    private var signals: HeldSignals?

    /// Holds the signals back from their default actions until ``take()``.
    public init() throws(SystemError) { signals = try HeldSignals([SIGHUP, SIGINT, SIGTERM]) }

    deinit { take() }

    /// Readable when somebody wants the program to stop; nil once that is known.
    public var descriptor: Int32? { signals?.descriptor }

    /// Takes the request, and lets the next one have its default action.
    public func take() {
        // Without a request none is waiting, and that is as good.
        _ = try? signals?.next()
        signals = nil
    }
}
