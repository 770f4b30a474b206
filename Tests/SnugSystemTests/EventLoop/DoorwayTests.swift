// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

@testable import SnugSystem

@Suite struct DoorwayTests {
    @Test func aCrowdAtTheDoorIsTakenInOverSeveralTurns() throws {
        let door = try CrowdedDoor()
        door.events.turn(mayWait: false)
        let atOnce = door.taken
        #expect(atOnce > 1)
        door.events.turn(mayWait: false)
        #expect(door.taken == 2 * atOnce)
    }

    @Test func whenItFailsNobodyIsTakenInForAWhileAndThenThoseWhoWait() throws {
        let door = try CrowdedDoor()
        door.failure = SystemError(code: EMFILE, call: "accept4")
        door.events.turn(mayWait: false)
        #expect(door.failures == 1)
        for _ in 0..<3 { door.events.turn(mayWait: false) }
        #expect(door.failures == 1 && door.taken == 0)
        door.failure = nil
        door.clock.pass(.seconds(1))
        // The deadline opens it, and the turn after that takes them in.
        for _ in 0..<2 { door.events.turn(mayWait: false) }
        #expect(door.taken > 0)
    }

    @Test func pausedWithoutATimeItWaitsToBeResumed() throws {
        let door = try CrowdedDoor()
        door.pause()
        door.clock.pass(.seconds(3_600))
        for _ in 0..<3 { door.events.turn(mayWait: false) }
        #expect(door.taken == 0)
        door.resume()
        door.events.turn(mayWait: false)
        #expect(door.taken > 0)
    }

    @Test func onceShutNobodyIsTakenInWhateverIsAskedForThen() throws {
        let door = try CrowdedDoor()
        door.shut()
        door.pause(for: .zero)
        door.resume()
        door.shut()
        for _ in 0..<3 { door.events.turn(mayWait: false) }
        #expect(door.taken == 0)
    }
}

/// A door at which there is always one more.
private final class CrowdedDoor: Doorway {
    let clock = TestClock()
    let events: EventLoop
    var registration: RegistrationID?
    private(set) var taken = 0
    private(set) var failures = 0
    var failure: SystemError?
    private var ends: [Int32] = [-1, -1]

    init() throws {
        events = try EventLoop(waker: LoopWaker(), clock: { [clock] in clock.now })
        try #require(pipe(&ends) == 0)
        try #require(write(ends[1], "x", 1) == 1)
        try open(at: ends[0])
    }

    deinit { for end in ends { close(end) } }

    func acceptOne() throws(SystemError) -> Bool {
        if let failure { throw failure }
        taken += 1
        return true
    }

    func acceptFailed(_ error: SystemError) { failures += 1 }
}
