// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms
internal import SnugSystem

/// Who was there before the connection was lost and is not now: a server that was restarted is found again by everybody
/// at another moment, and that is no news.
struct Absentees: Sendable {
    typealias Visitor = ComingsAndGoings.Visitor

    struct Absentee: Hashable, Sendable {
        let who: Visitor
        let room: RoomName
    }

    /// How long they have to come back: a few attempts to connect.
    static let patience = Duration.seconds(20)

    /// More than that are not waited for.
    static let maximum = 2_000

    /// When those who are not back have left.
    private(set) var deadline = MonotonicTime.never

    private var missing: [Absentee] = []
    private var places: Set<Absentee> = []

    /// Waits for somebody; false if too many are waited for.
    mutating func add(_ who: Visitor, _ room: RoomName, at now: MonotonicTime) -> Bool {
        guard missing.count < Self.maximum else { return false }
        let absentee = Absentee(who: who, room: room)
        if places.insert(absentee).inserted { missing.append(absentee) }
        deadline = now + Self.patience
        return true
    }

    /// Whether somebody who comes is one of them, and so no newcomer.
    mutating func isBack(_ who: Visitor, _ room: RoomName) -> Bool {
        let absentee = Absentee(who: who, room: room)
        guard places.remove(absentee) != nil else { return false }
        missing.removeAll { $0 == absentee }
        if missing.isEmpty { deadline = .never }
        return true
    }

    /// It is not known any more who is in that room.
    mutating func forget(_ room: RoomName) {
        missing.removeAll { $0.room == room }
        places = Set(missing)
        if missing.isEmpty { deadline = .never }
    }

    /// Takes those who have not come back.
    mutating func takeAll() -> [Absentee] {
        let gone = missing
        self = Absentees()
        return gone
    }
}
