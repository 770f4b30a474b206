// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import TestSupport
import Testing

@testable import SnugSystem
@testable import SnugTransport

@Suite(.timeLimit(.minutes(30))) struct RunningThreadTests {
    @Test func theWaitForAThreadThatIsStuckHasAnEnd() throws {
        let release = try LoopWaker()
        let thread = try RunningThread(name: "stuck") { release.wait() }
        #expect(!thread.join(until: .now))
        #expect(!thread.join(until: .now + .milliseconds(20)))
        release.wake()
        #expect(thread.join(until: .now + .seconds(60)))
        // As often as one likes.
        #expect(thread.join())
    }

    @Test func whatAThreadDidIsSeenByWhoeverWaitedForIt() throws {
        for _ in 0..<100 {
            let written = HandedOver(Box())
            let thread = try RunningThread(name: "writer") { written.value.number = 7 }
            #expect(thread.join(until: .now + .seconds(60)))
            #expect(written.value.number == 7)
        }
    }

    /// Each has a stack of megabytes.
    @Test func threadsThatNobodyWaitsForLeaveNothingBehind() throws {
        let before = try Self.addressSpaceBytes()
        for _ in 0..<1_000 {
            let release = try LoopWaker()
            _ = try RunningThread(name: "alone") { release.wake() }
            release.wait()
        }
        #expect(try Self.addressSpaceBytes() < before + 2 << 30)
    }

    private static func addressSpaceBytes() throws -> Int {
        let statm = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        return try #require(statm.split(separator: " ").first.flatMap { Int($0) }) * Int(getpagesize())
    }

    private final class Box { var number = 0 }

    /// In processes of their own, which end.
    @Test func aProcessThatLeavesAThreadBehindEndsWithoutExitHandlers() async {
        await #expect(processExitsWith: .exitCode(7)) {
            atexit { _exit(9) }
            let release = try LoopWaker()
            let thread = try RunningThread(name: "stuck") { release.wait() }
            RunningThread.endProcessUnderThreads(7)
            thread.join()
        }
        await #expect(processExitsWith: .exitCode(9)) {
            atexit { _exit(9) }
            let thread = try RunningThread(name: "done") {}
            thread.join()
            RunningThread.endProcessUnderThreads(7)
            exit(0)
        }
    }

    @Test func noSignalThatIsMeantForTheProgramGoesToAThread() throws {
        let masks = Lock<[[Bool]]>([])
        @Sendable func noteMask() {
            var mask = sigset_t()
            pthread_sigmask(SIG_BLOCK, nil, &mask)
            let blocked = [SIGHUP, SIGINT, SIGTERM, SIGUSR1].map { sigismember(&mask, $0) == 1 }
            masks.withLock { $0.append(blocked) }
        }
        let main = try RunningThread(name: "main") {
            // The tests' own threads block everything.
            var none = sigset_t()
            sigemptyset(&none)
            pthread_sigmask(SIG_SETMASK, &none, nil)
            let thread = try? RunningThread(name: "deaf") { noteMask() }
            thread?.join()
            noteMask()
        }
        main.join()
        #expect(masks.withLock { $0 } == [[true, true, true, false], [false, false, false, false]])
    }
}
