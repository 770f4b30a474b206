// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugSystem

@Suite struct LoopStopperTests {
    @Test func whoeverStopsALoopWakesItFromItsWaitOnceAndForAll() throws {
        let stopper = try LoopStopper()
        let loop = try EventLoop(waker: stopper.waker)
        #expect(!stopper.isStopping)
        let thread = try RunningThread(name: "stops") { stopper.stop() }
        // Without the wake-up this would wait for ever.
        while !stopper.isStopping { loop.turn() }
        thread.join()
        stopper.stop()
        #expect(stopper.isStopping)
    }
}
