// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import TestSupport
import Testing

@testable import SnugServer

@Suite struct PlacesTests {
    private final class Someone: PlaceHolder {
        var place = 0
    }

    private let start = MonotonicTime.now

    @Test func aFewAddressesWithManyConnectionsPushOutEachOtherAndNotTheOneThatComesAlone() {
        var places = Places<Someone>()
        let friend = Someone()
        places.add(friend, from: [203, 0, 113, 9], now: start)
        for address in 0..<34 {
            for _ in 0..<29 {
                places.add(Someone(), from: [192, 0, 2, UInt8(address)], now: start + .seconds(1))
            }
        }
        #expect(places.isModest(friend))
        // Even if it has said nothing for two seconds, and they came a second later.
        let overdue = places.overdue(atMost: 1_000, now: start + .seconds(2))
        #expect(overdue.count == 34 * 29)
        #expect(!overdue.contains { $0 === friend })
    }

    @Test func whoHasComeFarAndGoesNoFurtherLosesToWhoHasJustCome() {
        var places = Places<Someone>()
        for address in 0..<100 {
            let attacker = Someone()
            places.add(attacker, from: [192, 0, 2, UInt8(address)], now: start)
            places.advance(attacker, to: .connected, now: start)
        }
        let newcomer = Someone()
        places.add(newcomer, from: [203, 0, 113, 9], now: start + .milliseconds(500))
        let overdue = places.overdue(atMost: 1_000, now: start + .milliseconds(600))
        #expect(overdue.count == 100 && !overdue.contains { $0 === newcomer })
    }

    @Test func aHandshakeOverASlowLinkOutlivesAFloodOfSilence() {
        var places = Places<Someone>()
        let friend = Someone()
        places.add(friend, from: [203, 0, 113, 9], now: start)
        places.advance(friend, to: .began, now: start)
        for number in 0..<999 {
            places.add(Someone(), from: [10, 0, UInt8(number / 250), UInt8(number % 250)], now: start)
        }
        // A round trip later.
        let overdue = places.overdue(atMost: 1_000, now: start + .milliseconds(300))
        #expect(overdue.count == 999 && !overdue.contains { $0 === friend })
    }

    @Test func aCrowdFromOneAddressIsNotHurried() {
        var places = Places<Someone>()
        for _ in 0..<1_000 { places.add(Someone(), from: [192, 0, 2, 1], now: start) }
        #expect(places.holders.allSatisfy { !places.isModest($0) })
        #expect(!places.hasOverdue(now: start + .milliseconds(150)))
    }

    @Test func atAFullAddressNobodyIsPushedOutWhoWaitsForItsTurn() {
        var places = Places<Someone>()
        let (silent, waiting) = (Someone(), Someone())
        places.add(silent, from: [192, 0, 2, 1], now: start)
        places.add(waiting, from: [192, 0, 2, 1], now: start)
        places.advance(waiting, to: .waitsForAnswer, now: start)
        #expect(places.overdue(from: [192, 0, 2, 1], now: start + .milliseconds(100)) == nil)
        #expect(places.overdue(from: [192, 0, 2, 1], now: start + .seconds(9)) === silent)
        places.remove(silent)
        #expect(places.overdue(from: [192, 0, 2, 1], now: start + .seconds(9)) == nil)
        #expect(places.overdue(from: [192, 0, 2, 2], now: start + .seconds(9)) == nil)
    }

    /// Comings, steps and goings at random, against a list that is searched anew for everything.
    @Test(arguments: 0..<10)
    func whoIsOverdueIsWhoAPlainListSaysItIs(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var places = Places<Someone>()
        var model: [(someone: Someone, address: [UInt8]?, step: Step, since: MonotonicTime)] = []
        var now = start
        for _ in 0..<1_000 {
            now = now + .milliseconds(Int.random(in: 0...40, using: &random))
            let index = model.indices.randomElement(using: &random)
            switch (Int.random(in: 0..<3, using: &random), index) {
            case (0, let index?):
                places.remove(model[index].someone)
                places.remove(model[index].someone)
                model.remove(at: index)
            case (1, let index?):
                let step: Step =
                    [.began, .waitsForHandshake, .connected, .waitsForAnswer, .authenticated, .leaving]
                    .randomElement(using: &random) ?? .began
                places.advance(model[index].someone, to: step, now: now)
                model[index].step = step
                model[index].since = now
            default:
                let address: [UInt8]? =
                    Int.random(in: 0..<5, using: &random) == 0 ? nil : [.random(in: 0..<6, using: &random)]
                model.append((Someone(), address, .accepted, now))
                places.add(model[model.count - 1].someone, from: address, now: now)
            }
            #expect(places.count == model.count)
            let addresses = Set(model.compactMap(\.address)).count + model.count { $0.address == nil }
            let expected = model.filter { entry in
                let sharers = entry.address.map { address in model.count { $0.address == address } } ?? 1
                let share = min(4, Double(sharers * addresses) / Double(model.count))
                return entry.since.duration(to: now) / entry.step.time * share >= 1
            }
            let overdue = places.overdue(atMost: .max, now: now)
            #expect(
                Set(overdue.map(ObjectIdentifier.init)) == Set(expected.map { ObjectIdentifier($0.someone) })
            )
            #expect(places.hasOverdue(now: now) == !expected.isEmpty)
        }
    }
}
