// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import SnugSystem

/// Each in a process of its own: signals belong to the process.
@Suite struct HeldSignalsTests {
    @Test func eachSignalIsReadOnceAndNoneEndsTheProgram() async {
        await #expect(processExitsWith: .success) {
            let signals = try HeldSignals([SIGTERM, SIGWINCH])
            #expect(try signals.next() == nil)
            raise(SIGTERM)
            raise(SIGWINCH)
            var entries = [Polling.Entry(signals.descriptor, for: .readable)]
            Polling.wait(for: &entries, until: .never)
            #expect(entries[0].readiness.contains(.readable))
            let came = [try signals.next(), try signals.next()]
            #expect(Set(came) == [SIGTERM, SIGWINCH])
            #expect(try signals.next() == nil)
        }
    }

    @Test func theMaskIsAsItWasOnceNobodyHoldsThem() async {
        await #expect(processExitsWith: .success) {
            var held = sigset_t()
            sigemptyset(&held)
            sigaddset(&held, SIGUSR1)
            pthread_sigmask(SIG_SETMASK, &held, nil)
            do { _ = try HeldSignals([SIGTERM]) }
            var after = sigset_t()
            pthread_sigmask(SIG_SETMASK, nil, &after)
            #expect(sigismember(&after, SIGUSR1) == 1)
            #expect(sigismember(&after, SIGTERM) == 0)
        }
    }
}
