// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import SnugServer
internal import SnugSystem

/// Reloads that the control socket has asked for.
///
/// The main thread does them as it does those that SIGHUP asks for, and by that signal it is told of them: it waits for
/// signals and for nothing else.
final class ReloadRequests: Sendable {
    private let waiting = Lock<[@Sendable (ReloadOutcome) -> Void]>([])

    /// Has the files read again, and `answer` called with what came of it; for any thread.
    func add(_ answer: @escaping @Sendable (ReloadOutcome) -> Void) {
        waiting.withLock { $0.append(answer) }
        kill(getpid(), SIGHUP)
    }

    /// Tells all who have asked up to now what comes of `reload`; on the main thread.
    func answerAll(with reload: () -> ReloadOutcome) {
        // Whoever asks from here on may have changed a file since it was read.
        let answers = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        let outcome = reload()
        for answer in answers { answer(outcome) }
    }
}
