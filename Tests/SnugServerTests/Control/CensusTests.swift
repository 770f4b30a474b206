// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import SnugSystem
import TestSupport
import Testing

@testable import SnugServer

/// What loops say of their members when somebody asks.
@Suite(.timeLimit(.minutes(30))) struct CensusTests {
    @Test func anAnswerIsThereOnceEachLoopHasGivenItsOwn() throws {
        let census = Census(of: .everyone, loops: 3, waker: try LoopWaker())
        census.add(waitingBytes: 5)
        #expect(census.answers() == nil && census.answers(evenParts: true)?.waitingBytes == 5)
        census.add(waitingBytes: 7)
        #expect(census.answers() == nil)
        census.add([])
        #expect(census.answers()?.waitingBytes == 12 && census.answers()?.missing == 0)
        #expect(Census(of: .sessions([]), loops: 0, waker: try LoopWaker()).answers() != nil)
    }

    /// Asked about somebody who has not gone, a loop knows where it comes from and what waits for it.
    @Test func eachLoopAnswersInItsNextTurnForItsOwnMembers() throws {
        let room = try TestRoom(loops: 2)
        let guests = try ["ann", "ben", "cem", "dora"].map { try room.enter($0) }
        room.settle()
        let waker = try LoopWaker()
        let seated = room.hub.seated(room.hub.allSessions.sorted())
        #expect(seated.map(\.who.name.text) == ["ann", "ben", "cem", "dora"])
        #expect(Set(seated.map(\.loop)) == [0, 1])
        let census = room.hub.ask(about: seated, waker: waker)
        room.turn(only: 0)
        #expect(census.answers() == nil)
        #expect(census.answers(evenParts: true)?.members.count == 2)
        room.turn(only: 1)
        let members = try #require(census.answers()?.members)
        #expect(Set(members.keys) == Set(seated.map(\.id)))
        #expect(
            members.values.allSatisfy {
                $0.origin.peer == .address(.loopback(port: 1)) && $0.waitingBytes == 0
            }
        )
        #expect(members.values.allSatisfy { $0.origin.security == nil })
        guests[0].leave()
        room.settle()
        let later = room.hub.ask(about: seated, waker: waker)
        room.turn()
        #expect(later.answers()?.members.count == 3)
    }

    @Test func whatWaitsForWhoDoesNotReadIsCounted() throws {
        let room = try TestRoom()
        let (ann, ben) = (try room.enter("ann"), try room.enter("ben"))
        room.settle()
        // Ben reads nothing: what the kernel does not take waits here.
        for _ in 0..<4 {
            for _ in 0..<10 { try ann.send(String(repeating: "x", count: 400)) }
            room.pass(.seconds(2))
            _ = room.heard(by: ann)
        }
        let census = room.hub.askAboutEveryone(waker: try LoopWaker())
        room.turn()
        #expect(try #require(census.answers()).waitingBytes > 1_000)
        _ = room.allHeard(by: ben)
        room.settle()
        _ = room.allHeard(by: ben)
        let empty = room.hub.askAboutEveryone(waker: try LoopWaker())
        room.turn()
        #expect(empty.answers()?.waitingBytes == 0)
    }
}
