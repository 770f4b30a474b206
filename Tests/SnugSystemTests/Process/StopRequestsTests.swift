// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem
import Testing

/// Each in a process of its own: signals belong to the process.
@Suite struct StopRequestsTests {
    @Test(arguments: [SIGHUP, SIGINT, SIGTERM])
    func theFirstRequestIsReadLikeInput(signal: Int32) async {
        await #expect(processExitsWith: .success) { [signal] in
            // A shell lets its background jobs begin with interrupt ignored.
            Glibc.signal(signal, SIG_DFL)
            letAllSignalsAct()
            let requests = try StopRequests()
            var entries = [Polling.Entry(requests.descriptor, for: .readable)]
            Polling.wait(for: &entries, until: .start)
            #expect(entries[0].readiness.isEmpty)
            raise(signal)
            Polling.wait(for: &entries, until: .never)
            #expect(entries[0].readiness.contains(.readable))
            requests.take()
            requests.take()
            #expect(requests.descriptor == nil)
        }
    }

    @Test func theSecondOneEndsTheProgram() async {
        await #expect(processExitsWith: .signal(SIGTERM)) {
            Glibc.signal(SIGTERM, SIG_DFL)
            letAllSignalsAct()
            let requests = try StopRequests()
            raise(SIGTERM)
            requests.take()
            raise(SIGTERM)
        }
    }

    @Test func whoeverForgetsItLeavesTheSignalsAsTheyWere() async {
        await #expect(processExitsWith: .success) {
            var before = sigset_t()
            pthread_sigmask(SIG_SETMASK, nil, &before)
            do { _ = try StopRequests() }
            var after = sigset_t()
            pthread_sigmask(SIG_SETMASK, nil, &after)
            for signal in [SIGHUP, SIGINT, SIGTERM] {
                #expect(sigismember(&before, signal) == sigismember(&after, signal))
            }
        }
    }

    @Test func whatIsIgnoredAsByNohupStaysSo() async {
        await #expect(processExitsWith: .success) {
            Glibc.signal(SIGHUP, SIG_IGN)
            let requests = try StopRequests()
            raise(SIGHUP)
            requests.take()
            raise(SIGHUP)
        }
    }
}

/// A test's process may begin with some of them held back, which would act only when nobody looks any more.
private func letAllSignalsAct() {
    var none = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, nil)
}
