// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import TestSupport
import Testing

@testable import SnugServer

@Suite struct AddressTurnsTests {
    private final class Waiter {
        let number: Int
        init(_ number: Int) { self.number = number }
    }

    private static let office: [UInt8] = [192, 0, 2, 1]
    private static let home: [UInt8] = [192, 0, 2, 2]

    /// Everything that can happen, at random, against two arrays and a counter for each address.
    @Test(arguments: 0..<20)
    func turnsAreThoseOfAPlainModel(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let rate = LineRate(burst: .random(in: 1...4, using: &random), perSecond: 4)
        let turns = AddressTurns<Waiter>(rate)
        var models = [Self.office: Model(rate), Self.home: Model(rate)]
        var now = MonotonicTime.start + .seconds(1_000)
        for number in 0..<2_000 {
            now = now + .milliseconds(Int.random(in: 0...100, using: &random))
            let address = Bool.random(using: &random) ? Self.office : Self.home
            for address in models.keys { models[address]?.pass(to: now) }
            let waiter = models[address]?.everyone.randomElement(using: &random)
            switch (Int.random(in: 0..<6, using: &random), waiter) {
            case (0, let waiter?):
                turns.leave(waiter, at: address)
                models[address]?.remove(waiter)
            case (1, let waiter?):
                models[address]?.remove(waiter)
                let hasRoom = (models[address]?.yielding.count ?? 0) < 32
                #expect(turns.yield(waiter, at: address) == hasRoom)
                if hasRoom { models[address]?.yielding.append(waiter) }
            case (2, _):
                guard let (waiter, time) = turns.next(at: address, now: now), time <= now else { break }
                turns.leave(waiter, at: address)
                turns.charge(address, now: now)
                models[address]?.remove(waiter)
                models[address]?.takenMilliseconds += 250
            case (3, _) where number % 50 == 0:
                turns.forgive(address)
                models[address]?.takenMilliseconds = 0
            default:
                let newcomer = Waiter(number)
                turns.join(newcomer, at: address)
                models[address]?.waiting.append(newcomer)
            }
            for (address, model) in models {
                let next = turns.next(at: address, now: now)
                let first = model.everyone.first
                #expect(next?.waiter === first)
                if let next { #expect((next.time <= now) == model.isAllowed) }
            }
        }
    }

    private struct Model {
        let burst: Int
        var waiting: [Waiter] = []
        var yielding: [Waiter] = []
        /// How much of the allowance is used up; it comes back with time.
        var takenMilliseconds = 0
        private var time: MonotonicTime?

        init(_ rate: LineRate) { burst = rate.burst }

        var everyone: [Waiter] { waiting + yielding }
        var isAllowed: Bool { takenMilliseconds <= 250 * (burst - 1) }

        mutating func pass(to now: MonotonicTime) {
            let passed = Int(((time ?? now).duration(to: now) / .milliseconds(1)).rounded())
            takenMilliseconds = max(0, takenMilliseconds - passed)
            time = now
        }

        mutating func remove(_ waiter: Waiter) {
            waiting.removeAll { $0 === waiter }
            yielding.removeAll { $0 === waiter }
        }
    }

    @Test func withAllConnectionsOfAnAddressGuessingTheLastOneIsAnsweredWithinEightSeconds() throws {
        let limits = ServerLimits()
        let turns = AddressTurns<Waiter>(limits.answerRate)
        let guessers = (0..<(limits.connectionsPerAddress ?? 0) - 1).map { Waiter($0) }
        for guesser in guessers { turns.join(guesser, at: Self.office) }
        let start = MonotonicTime.now
        var now = start
        for round in 0..<3 {
            let right = Waiter(1_000 + round)
            let cameAt = now
            turns.join(right, at: Self.office)
            while true {
                let (waiter, time) = try #require(turns.next(at: Self.office, now: now))
                now = max(now, time)
                turns.leave(waiter, at: Self.office)
                if waiter === right { break }
                // Wrong, and at once there again.
                turns.charge(Self.office, now: now)
                turns.join(waiter, at: Self.office)
            }
            #expect(cameAt.duration(to: now) <= .seconds(8))
        }
        #expect(turns.next(at: Self.home, now: start) == nil)
    }

    @Test func aCrowdThatKnowsThePassphraseWaitsForNobody() throws {
        let turns = AddressTurns<Waiter>(ServerLimits().answerRate)
        let now = MonotonicTime.now
        for number in 0..<1_000 { turns.join(Waiter(number), at: Self.office) }
        for number in 0..<1_000 {
            let (waiter, time) = try #require(turns.next(at: Self.office, now: now))
            #expect(waiter.number == number && time <= now)
            turns.leave(waiter, at: Self.office)
        }
    }

    @Test func addressesWithoutEndTakeUpNoMoreMemory() {
        var seen = RecentAddresses<Int>(limit: 100)
        func address(_ number: Int) -> [UInt8] { [UInt8(number >> 8), UInt8(number & 0xff)] }
        for number in 0..<10_000 {
            seen[address(number)] = number
            #expect(seen[address(number)] == number)
            // Who was heard of lately is known, however many others came.
            let earlier = max(0, number - 49)
            #expect(seen[address(earlier)] == earlier)
            #expect(seen.count <= 100)
        }
        seen[[39, 15]] = nil
        #expect(seen[[39, 15]] == nil)
    }
}
