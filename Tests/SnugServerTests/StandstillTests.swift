// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import SnugSystem
import Testing

@testable import SnugServer

/// A process that stands still for a while, as on a machine that sleeps: nobody pays for the time in which nobody was heard.
@Suite struct StandstillTests {
    /// Between reading and looking at the clock as well.
    @Test func whoSpokeUntilTheServerStoodStillWasNotIdleMeanwhile() throws {
        let room = try TestRoom { $0.idleTimeout = .seconds(3) }
        let ann = try room.enter("ann", pause: .seconds(4))
        for _ in 1...5 {
            try ann.send("")
            for _ in 0..<3 { room.turn() }
        }
        #expect(room.log.count == 1, "\(room.log)")
        room.pass(.milliseconds(2_999))
        #expect(room.log.count == 1, "\(room.log)")
        room.pass(.milliseconds(2))
        #expect(room.log.last?.hasSuffix("left as ann: idle for 3 s") == true, "\(room.log)")
    }

    @Test func whoeverIsAskedLateAtLevelOneHasAllItsTimeToAnswer() throws {
        let room = try TestRoom()
        let ann = try room.enter("ann", at: .typed)
        let ben = try room.enter("ben", at: .typed)
        room.settle()
        for guest in [ann, ben] { _ = room.heard(by: guest) }
        room.pass(.seconds(60))
        for guest in [ann, ben] {
            #expect(room.heard(by: guest).map { $0.hasPrefix(#"{"type":"ping""#) } == [true])
        }
        room.pass(.seconds(14))
        try ann.send(#"{"type":"pong","id":"x"}"#)
        room.pass(.seconds(1))
        #expect(room.log.count == 3, "\(room.log)")
        #expect(room.log.last?.hasPrefix("127.0.0.1:1 left as ben: idle for ") == true, "\(room.log)")
    }
}
