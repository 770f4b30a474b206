// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import SnugSystem
import TestSupport
import Testing

@testable import SnugClient

@Suite struct AbsenteesTests {
    private static let start = MonotonicTime.start + .seconds(50)

    /// Against a plain list.
    @Test(arguments: 0..<40)
    func whoIsNotBackInTimeIsTakenAndNobodyElse(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let rooms = try ["a", "b"].map { try #require(RoomName($0)) }
        let people = (0..<5).map {
            Absentees.Visitor(name: ShownName("p\($0)"), key: $0.isMultiple(of: 2) ? "k\($0)" : nil)
        }
        var absentees = Absentees()
        var missing: [Absentees.Absentee] = []
        for _ in 0..<40 {
            guard let who = people.randomElement(using: &random),
                let room = rooms.randomElement(using: &random)
            else { continue }
            let absentee = Absentees.Absentee(who: who, room: room)
            if Bool.random(using: &random) {
                let isAwaited = absentees.add(who, room, at: Self.start)
                #expect(isAwaited)
                if !missing.contains(absentee) { missing.append(absentee) }
            } else {
                let isBack = absentees.isBack(who, room)
                #expect(isBack == missing.contains(absentee))
                missing.removeAll { $0 == absentee }
            }
            #expect(absentees.deadline == (missing.isEmpty ? .never : Self.start + Absentees.patience))
        }
        let gone = absentees.takeAll()
        #expect(gone == missing)
        #expect(absentees.deadline == .never)
    }

    @Test func aRoomThatIsForgottenIsWaitedForNoMoreAndTheOthersAre() throws {
        let ops = try #require(RoomName("ops"))
        let ben = ComingsAndGoings.Visitor(name: ShownName("ben"), key: nil)
        let now = MonotonicTime.start + .seconds(5)
        var absentees = Absentees()
        for room in [RoomName.main, ops] { _ = absentees.add(ben, room, at: now) }
        absentees.forget(.main)
        let isBack = absentees.isBack(ben, .main)
        #expect(!isBack)
        #expect(absentees.deadline == now + Absentees.patience)
        absentees.forget(ops)
        #expect(absentees.deadline == .never)
        let gone = absentees.takeAll()
        #expect(gone.isEmpty)
    }

    @Test func whoIsMissedLaterHasAllOfTheTime() {
        let ben = ComingsAndGoings.Visitor(name: ShownName("ben"), key: nil)
        var absentees = Absentees()
        for seconds in [0, 7] { _ = absentees.add(ben, .main, at: Self.start + .seconds(seconds)) }
        #expect(absentees.deadline == Self.start + .seconds(7) + Absentees.patience)
    }

    @Test func whoHasAnotherKeyIsSomebodyElse() {
        var absentees = Absentees()
        _ = absentees.add(.init(name: ShownName("ben"), key: "k"), .main, at: Self.start)
        let isBack = absentees.isBack(.init(name: ShownName("ben"), key: nil), .main)
        #expect(!isBack)
    }

    @Test func noMoreAreWaitedForThanThereIsPlaceFor() {
        var absentees = Absentees()
        let awaited = (0..<Absentees.maximum + 5).count {
            absentees.add(.init(name: ShownName.anOperator, key: "k\($0)"), .main, at: Self.start)
        }
        #expect(awaited == Absentees.maximum)
    }
}
