// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import SnugRooms
import SnugSystem
import SnugTerminal
import TestSupport
import Testing

@testable import SnugClient

@Suite struct ComingsAndGoingsTests {
    private typealias Visitor = ComingsAndGoings.Visitor

    private static let start = MonotonicTime.start + .seconds(50)

    private func visitor(_ name: String, key: String? = nil) -> Visitor {
        Visitor(name: ShownName(name), key: key)
    }

    private func run(_ steps: [(String, String?, Bool)]) -> ComingsAndGoings.Run? {
        var comings = ComingsAndGoings()
        for (name, key, isThere) in steps {
            comings.add(visitor(name, key: key), isThere: isThere, nil, time: .now, at: Self.start)
        }
        return comings.takeAll().first
    }

    @Test func aRunIsOfTheTimeAtWhichTheLastOfThemCame() {
        var comings = ComingsAndGoings()
        for (number, name) in ["ann", "ben"].enumerated() {
            let time = UnixTime(seconds: 1_000 + number)
            comings.add(visitor(name), isThere: true, .main, time: time, at: Self.start)
        }
        let runs = comings.takeAll()
        #expect(runs.map(\.time) == [UnixTime(seconds: 1_001)])
    }

    @Test func whoProvesTheSameKeyAgainIsNoNews() {
        #expect(run([("ben", "k", false), ("ben", "k", true)]) == nil)
    }

    @Test func whoHasNoKeyMayBeSomebodyElseAndIsToldToHaveComeBack() {
        let run = run([("ben", nil, false), ("ben", nil, true)])
        #expect(run?.returned.map(\.text) == ["ben"])
        #expect(run?.joined.isEmpty == true && run?.left.isEmpty == true)
    }

    @Test func whoTakesANameWithoutItsKeyIsSomebodyElse() {
        let run = run([("ben", "k", false), ("ben", nil, true)])
        #expect(run?.left.map(\.text) == ["ben"])
        #expect(run?.joined.map(\.text) == ["ben"])
    }

    @Test func whoCameAndLeftAtOnceIsNotKeptSecret() {
        let run = run([("ben", "k", true), ("ben", "k", false)])
        #expect(run?.joined.map(\.text) == ["ben"])
        #expect(run?.left.map(\.text) == ["ben"])
    }

    /// Whatever comes in, each room's run is the difference between who was there first and who is there last.
    @Test(arguments: 0..<60)
    func aRunIsWhatHasChangedBetweenItsBeginningAndItsEnd(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let rooms = [RoomName("a"), RoomName("b")]
        let people = (0..<6).map { visitor("p\($0)", key: $0 < 3 ? "k\($0)" : nil) }
        var present: [Set<Visitor>] = rooms.map { _ in Set(people.filter { _ in Bool.random(using: &random) })
        }
        let before = present
        var touched: [Set<Visitor>] = rooms.map { _ in [] }
        var comings = ComingsAndGoings()
        for _ in 0..<Int.random(in: 0...30, using: &random) {
            guard let who = people.randomElement(using: &random) else { continue }
            let room = Int.random(in: 0..<rooms.count, using: &random)
            let isThere = !present[room].contains(who)
            if isThere { present[room].insert(who) } else { present[room].remove(who) }
            touched[room].insert(who)
            comings.add(who, isThere: isThere, rooms[room], time: .now, at: Self.start)
        }
        let runs = comings.takeAll()
        for (index, room) in rooms.enumerated() {
            let run = runs.first { $0.room == room }
            func names(_ of: Set<Visitor>) -> Set<String> { Set(of.map(\.name.text)) }
            let passing = touched[index].subtracting(before[index]).subtracting(present[index])
            #expect(
                Set((run?.joined ?? []).map(\.text))
                    == names(present[index].subtracting(before[index]).union(passing))
            )
            #expect(
                Set((run?.left ?? []).map(\.text))
                    == names(before[index].subtracting(present[index]).union(passing))
            )
            let stayed = touched[index].intersection(before[index]).intersection(present[index])
            #expect(Set((run?.returned ?? []).map(\.text)) == names(stayed.filter { $0.key == nil }))
        }
        #expect(comings.takeAll().isEmpty)
        #expect(comings.deadline == .never)
    }

    @Test func whatWaitsIsPutOffByMoreOfItsKindButNotForEver() {
        var comings = ComingsAndGoings()
        #expect(comings.deadline == .never)
        var now = Self.start
        comings.add(visitor("a"), isThere: true, nil, time: .now, at: now)
        #expect(comings.deadline == Self.start + ComingsAndGoings.pause)
        for number in 0..<20 {
            now = now + .seconds(1)
            comings.add(visitor("p\(number)"), isThere: true, nil, time: .now, at: now)
        }
        #expect(comings.deadline == Self.start + ComingsAndGoings.longestPause)
    }

    @Test func aCrowdIsToldBeforeItTakesMoreThanItsPlace() {
        var comings = ComingsAndGoings()
        var count = 0
        while !comings.isFull, count < 10_000 {
            comings.add(visitor("p\(count)"), isThere: true, nil, time: .now, at: Self.start)
            count += 1
        }
        #expect(count == ComingsAndGoings.maximum)
        #expect(comings.takeAll().first?.joined.count == count)
    }
}
