// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import TestSupport
import Testing

@testable import SnugServer

/// Speakers with lines of random lengths, in simulated time: what they say is compared with the budget and with a fair
/// share of it.
@Suite struct TalkQueueTests {
    private final class Person: Speaker {
        var talk = TalkPart()
        var lines: [Int]
        var said: [(bytes: Int, at: MonotonicTime)] = []

        init(lines: [Int]) { self.lines = lines }
    }

    private struct Simulation {
        var queue: TalkQueue<Person>
        let people: [Person]
        let readers: Int

        mutating func speak(_ person: Person, now: MonotonicTime) {
            while let bytes = person.lines.first, queue.take(bytes, readers: readers, for: person, now: now) {
                person.said.append((bytes, now))
                person.lines.removeFirst()
            }
        }

        /// Everyone tries at once, and then has a turn whenever there is one.
        mutating func run(until end: MonotonicTime) {
            for person in people { speak(person, now: .start) }
            while let time = queue.nextTurn(now: .start), time <= end {
                while let person = queue.beginTurn(now: time) {
                    speak(person, now: time)
                    queue.endTurn(of: person)
                }
            }
        }
    }

    private static func simulate(_ lines: [[Int]], readers: Int, bytesPerSecond: Int?) -> [Person] {
        let people = lines.map { Person(lines: $0) }
        var simulation = Simulation(
            queue: TalkQueue(TalkBudget(bytesPerSecond: bytesPerSecond)),
            people: people,
            readers: readers
        )
        simulation.run(until: MonotonicTime(at: 60_000))
        return people
    }

    @Test(arguments: 0..<10)
    func allTogetherSayNoMoreThanTheRoomMaySendAndNothingIsLostOrReordered(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let lines = (0..<20).map { _ in (0..<40).map { _ in Int.random(in: 1...2_000, using: &random) } }
        let readers = Int.random(in: 1...50, using: &random)
        let rate = 200_000
        let people = Self.simulate(lines, readers: readers, bytesPerSecond: rate)
        for second in 0..<60 {
            let end = MonotonicTime(at: (second + 1) * 1_000)
            let sent = people.flatMap(\.said).filter { $0.at < end }.map { $0.bytes * readers }.reduce(0, +)
            // A second's worth at the beginning, and the line that overdraws.
            #expect(sent <= (second + 2) * rate + 2_000 * readers)
        }
        for (person, sent) in zip(people, lines) {
            #expect(person.said.map(\.bytes) == Array(sent.prefix(person.said.count)))
        }
        let allBytes = lines.joined().reduce(0, +) * readers
        if allBytes < 59 * rate { #expect(people.allSatisfy { $0.lines.isEmpty }) }
    }

    @Test func whoSaysLittleDoesNotWaitBehindThoseWhoSayMuch() throws {
        // Ninety-nine say two kilobytes at a time and do not stop; what all want takes hours.
        let crowd = Array(repeating: Array(repeating: 2_000, count: 1_000), count: 99)
        let people = Self.simulate(crowd + [[40, 40]], readers: 100, bytesPerSecond: 10_000_000)
        let quiet = try #require(people.last)
        #expect(quiet.lines.isEmpty)
        // A round is 512 bytes of each: half a second at this rate.
        #expect(quiet.said.allSatisfy { $0.at < MonotonicTime(at: 1_200) })
        // Whoever comes first may use up what has gathered in a quiet second.
        let shares = people.dropLast().map { $0.said.filter { $0.at > .start }.map(\.bytes).reduce(0, +) }
        #expect((shares.max() ?? 0) - (shares.min() ?? 0) <= 2 * 2_000 + 512, "everybody has the same share")
    }

    @Test func withoutABudgetNobodyWaits() {
        let people = Self.simulate([[8_192, 8_192], [1]], readers: 1_000_000, bytesPerSecond: nil)
        #expect(people.allSatisfy { $0.lines.isEmpty && !$0.talk.isQueued })
    }

    @Test func aLineToMoreReadersThanABudgetHasBytesWaitsAMinuteAtMost() {
        var budget = TalkBudget(bytesPerSecond: 1)
        let start = MonotonicTime(at: 5_000)
        let isLetThrough = budget.take(bytes: .max, readers: .max, now: start)
        let isNext = budget.take(bytes: 1, readers: 1, now: start)
        #expect(isLetThrough && !isNext)
        #expect(budget.nextTake(now: start) <= start + .seconds(60))
    }
}
