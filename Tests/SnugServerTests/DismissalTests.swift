// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import SnugSystem
import TestSupport
import Testing

@testable import SnugServer

/// Whoever is put out is logged once, whatever its connection does meanwhile.
@Suite(.timeLimit(.minutes(30))) struct DismissalTests {
    private let process = PeerProcess(userID: 0, processID: 1)

    private func outcome(of kind: Request.Kind, in room: TestRoom) throws -> ChatHub.Moderation {
        let decided = Decided<ChatHub.Moderation>()
        room.hub.moderate(kind, for: process) { decided.set($0) }
        return try decided.value()
    }

    private func kick(_ name: String, in room: TestRoom) throws {
        let name = try #require(MemberName(cleaning: name))
        guard case .done = try outcome(of: .kick(name, reason: nil, from: nil), in: room) else {
            Issue.record("nobody was kicked")
            return
        }
    }

    private func departures(_ room: TestRoom) -> [String] {
        room.log.filter { $0.contains(" left as ann") }.map { String($0.drop { $0 != " " }) }
    }

    @Test func whoIsPutOutIsLogged() throws {
        let room = try TestRoom()
        let (ann, ben) = (try room.enter("ann"), try room.enter("ben"))
        room.settle()
        try kick("ann", in: room)
        room.settle()
        #expect(room.heard(by: ann).suffix(1) == ["* ann was kicked by an operator *"] && ann.hasEnded)
        #expect(room.heard(by: ben).suffix(2) == ["* ann was kicked by an operator *", "* ann left *"])
        #expect(departures(room) == [" left as ann: kicked"])
    }

    /// Its loop finds the connection gone, and drops it, in the turn at whose end it would be told to.
    @Test(arguments: [true, false]) func evenIfItsConnectionIsGoneInTheSameTurn(_ hasUnread: Bool) throws {
        let room = try TestRoom()
        let (ann, ben) = (try room.enter("ann"), try room.enter("ben"))
        room.settle()
        // What is closed with something unread in it is reset.
        if !hasUnread { _ = room.heard(by: ann) }
        try kick("ann", in: room)
        ann.leave()
        room.settle()
        #expect(room.heard(by: ben).suffix(2) == ["* ann was kicked by an operator *", "* ann left *"])
        #expect(departures(room) == [" left as ann: kicked"])
    }

    @Test func whoLeavesJustBeforeIsLoggedAsHavingLeft() throws {
        let room = try TestRoom()
        let (ann, ben) = (try room.enter("ann"), try room.enter("ben"))
        room.settle()
        try ann.send("/quit")
        room.turn()
        let name = try #require(MemberName(cleaning: "ann"))
        guard case .refused = try outcome(of: .kick(name, reason: nil, from: nil), in: room) else {
            Issue.record("somebody was kicked who is gone")
            return
        }
        room.settle()
        #expect(departures(room) == [" left as ann: quit"])
        ben.leave()
    }
}
