// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugRooms

@Suite struct SanctionsTests {
    private static let targets: [Sanction.Target] = [
        .key(PersonKey(testing: 1)), .key(PersonKey(testing: 2)), .address(.of(10, 0, 0, 1)),
        .address(.of(10, 0, 0, 2)),
    ]

    private func sanction(
        _ number: UInt64,
        _ kind: Sanction.Kind,
        _ target: Sanction.Target,
        until milliseconds: Int64? = nil
    ) -> Sanction {
        Sanction(
            number: number,
            kind: kind,
            target: target,
            name: .of("bob"),
            until: milliseconds.map(ChatTime.init(milliseconds:)),
            reason: nil,
            by: nil
        )
    }

    @Test(arguments: [1, 2, UInt64.random(in: 3...UInt64.max)])
    func oneOfEachKindIsInForceForEachTargetUntilItIsOver(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var sanctions = Sanctions()
        var model: [Sanction] = []
        for now in Int64(0)..<2000 {
            let kind: Sanction.Kind = Bool.random(using: &random) ? .ban : .mute
            let target = Self.targets.randomElement(using: &random) ?? Self.targets[0]
            switch Int.random(in: 0...2, using: &random) {
            case 0:
                let end: Int64? =
                    Bool.random(using: &random) ? now + Int64.random(in: 1...30, using: &random) : nil
                let new = sanction(sanctions.nextNumber, kind, target, until: end)
                sanctions.add(new)
                model.removeAll { $0.kind == kind && $0.target == target }
                model.append(new)
            case 1:
                let number = UInt64.random(in: 0...sanctions.nextNumber, using: &random)
                #expect(sanctions.remove(number) == model.first { $0.number == number }, "seed \(seed)")
                model.removeAll { $0.number == number }
            default:
                var changes = Few<DurableChange>()
                sanctions.expire(ChatTime(milliseconds: now), &changes)
                let over = model.filter { $0.until.map { $0.milliseconds <= now } ?? false }
                #expect(Array(changes) == over.map { .sanctionEnded(number: $0.number) }, "seed \(seed)")
                model.removeAll { over.contains($0) }
            }
            #expect(sanctions.all == model, "seed \(seed)")
            #expect(sanctions.nextEnd == model.compactMap(\.until).min(), "seed \(seed)")
            #expect(sanctions[kind, target] == model.first { $0.kind == kind && $0.target == target })
        }
    }

    @Test func aBanOfAnAddressIsForAllThereAndAMuteForThoseWithoutAKey() {
        let key = PersonKey(testing: 1)
        let address = AddressKey.of(10, 0, 0, 1)
        var sanctions = Sanctions()
        sanctions.add(sanction(1, .ban, .address(address)))
        sanctions.add(sanction(2, .mute, .address(address)))
        #expect(sanctions.inForce(.ban, key: key, address: address)?.number == 1)
        #expect(sanctions.inForce(.mute, key: key, address: address) == nil)
        #expect(sanctions.inForce(.mute, key: nil, address: address)?.number == 2)
        #expect(sanctions.inForce(.ban, key: key, address: .of(10, 0, 0, 2)) == nil)
        #expect(sanctions.inForce(.ban, key: nil, address: nil) == nil)
        sanctions.add(sanction(3, .mute, .key(key)))
        #expect(sanctions.inForce(.mute, key: key, address: nil)?.number == 3)
    }

    @Test func numbersAreNotGivenTwice() {
        var sanctions = Sanctions([sanction(7, .ban, Self.targets[0])], lastNumber: 0)
        _ = sanctions.remove(7)
        #expect(sanctions.nextNumber == 8)
        #expect(Sanctions([], lastNumber: 7).nextNumber == 8)
    }
}
