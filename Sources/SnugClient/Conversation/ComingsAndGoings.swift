// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms
internal import SnugSystem

/// Comings and goings that wait for more of their kind, to be told in one row.
struct ComingsAndGoings: Sendable {
    /// Somebody who comes or goes: the same one under the same name and with the same key.
    struct Visitor: Hashable, Sendable {
        let name: ShownName
        let key: String?
    }

    /// What is told of one room at once.
    struct Run: Equatable, Sendable {
        /// Nil where there are no rooms to tell apart.
        let room: RoomName?
        /// When the last of them came or went.
        var time: UnixTime
        var joined: [ShownName] = []
        var left: [ShownName] = []
        /// Those who were there before and are now, and have shown no key: it may be somebody else.
        var returned: [ShownName] = []

        var isEmpty: Bool { joined.isEmpty && left.isEmpty && returned.isEmpty }
    }

    private struct Change: Sendable {
        let who: Visitor
        let wasThere: Bool
        var isThere: Bool
    }

    private struct Waiting: Sendable {
        let room: RoomName?
        var time: UnixTime
        var changes: [Change] = []
        var places: [Visitor: Int] = [:]
    }

    /// How long one waits for the next.
    static let pause = Duration.milliseconds(1_500)

    /// How long all of them wait at most.
    static let longestPause = Duration.seconds(5)

    /// More people than that are told at once.
    static let maximum = 500

    /// When what waits has waited long enough.
    private(set) var deadline = MonotonicTime.never

    private var waiting: [Waiting] = []
    private var count = 0
    private var latest = MonotonicTime.never

    /// Whether no more should wait.
    var isFull: Bool { count >= Self.maximum }

    /// Takes somebody who came, or who went.
    mutating func add(_ who: Visitor, isThere: Bool, _ room: RoomName?, time: UnixTime, at now: MonotonicTime)
    {
        if waiting.isEmpty { latest = now + Self.longestPause }
        deadline = min(latest, now + Self.pause)
        let index = index(of: room, time)
        waiting[index].time = time
        if let place = waiting[index].places[who] {
            waiting[index].changes[place].isThere = isThere
        } else {
            waiting[index].places[who] = waiting[index].changes.count
            waiting[index].changes.append(Change(who: who, wasThere: !isThere, isThere: isThere))
            count += 1
        }
    }

    private mutating func index(of room: RoomName?, _ time: UnixTime) -> Int {
        if let index = waiting.firstIndex(where: { $0.room == room }) { return index }
        waiting.append(Waiting(room: room, time: time))
        return waiting.count - 1
    }

    /// Takes all that waits, a run for each room in which something has changed.
    mutating func takeAll() -> [Run] {
        let runs = waiting.map(Self.run)
        self = ComingsAndGoings()
        return runs.filter { !$0.isEmpty }
    }

    private static func run(_ waiting: Waiting) -> Run {
        var run = Run(room: waiting.room, time: waiting.time)
        for change in waiting.changes {
            switch (change.wasThere, change.isThere) {
            case (false, true): run.joined.append(change.who.name)
            case (true, false): run.left.append(change.who.name)
            case (true, true):
                // Who has proved the same key is the same person, and that is no news.
                if change.who.key == nil { run.returned.append(change.who.name) }
            case (false, false):
                run.joined.append(change.who.name)
                run.left.append(change.who.name)
            }
        }
        return run
    }
}
