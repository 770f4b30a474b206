// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

@testable import SnugSystem

/// What can be seen of it without ending the tests: signals go to one thread, and that thread has them blocked.
@Suite(.timeLimit(.minutes(30))) struct AwaitedSignalsTests {
    @Test func signalsComeInTurnOrNotAtAllBeforeTheDeadline() throws {
        let seen = Lock<[AwaitedSignals.Signal?]>([])
        let thread = try RunningThread(name: "main") {
            var signals = AwaitedSignals()
            signals.awaitTermination()
            func take() {
                let signal = signals.next(until: .now + .milliseconds(5))
                seen.withLock { $0.append(signal) }
            }
            take()
            for number in [SIGHUP, SIGTERM, SIGINT] {
                pthread_kill(pthread_self(), number)
                take()
            }
            take()
        }
        thread.join()
        #expect(seen.withLock { $0 } == [nil, .reload, .terminate, .terminate, nil])
    }

    @Test func hangUpsInARowDoNotPutOffTheEnd() throws {
        let seen = Lock<[AwaitedSignals.Signal?]>([])
        let thread = try RunningThread(name: "main") {
            var signals = AwaitedSignals()
            signals.awaitTermination()
            for number in [SIGHUP, SIGTERM] { pthread_kill(pthread_self(), number) }
            let signal = signals.next()
            seen.withLock { $0.append(signal) }
        }
        thread.join()
        #expect(seen.withLock { $0 } == [.terminate])
    }

    @Test func aSecondSignalThatCameTogetherWithTheFirstIsForgotten() throws {
        let thread = try RunningThread(name: "main") {
            var signals = AwaitedSignals()
            signals.awaitTermination()
            for number in [SIGTERM, SIGINT] { pthread_kill(pthread_self(), number) }
            // Would end the tests if one of them were still there.
            signals.endOnTermination()
        }
        thread.join()
    }

    @Test func whileThereIsNothingToStopTheKernelEndsTheProgram() throws {
        let blocked = Lock<[Bool]>([])
        let thread = try RunningThread(name: "main") {
            func note(_ signals: borrowing AwaitedSignals) {
                var mask = sigset_t()
                pthread_sigmask(SIG_BLOCK, nil, &mask)
                blocked.withLock { $0 += [SIGHUP, SIGINT, SIGTERM].map { sigismember(&mask, $0) == 1 } }
            }
            var signals = AwaitedSignals()
            note(signals)
            signals.awaitTermination()
            note(signals)
            signals.endOnTermination()
            note(signals)
        }
        thread.join()
        #expect(
            blocked.withLock { $0 } == [true, false, false, true, true, true, true, false, false]
        )
    }
}
