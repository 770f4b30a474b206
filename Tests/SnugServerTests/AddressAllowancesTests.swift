// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import TestSupport
import Testing

@testable import SnugServer

@Suite struct AddressAllowancesTests {
    /// Fifty addresses at random, each against an allowance that is never forgotten.
    @Test(arguments: 0..<10)
    func eachAddressHasAnAllowanceOfItsOwnThatComesBackWithTimeAlone(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let rate = LineRate(burst: 4, perSecond: 2)
        var allowances = AddressAllowances(rate)
        var model: [[UInt8]: LineAllowance] = [:]
        var now = MonotonicTime(at: 10_000)
        for _ in 0..<4_000 {
            now = now + .milliseconds(Int.random(in: 0...40, using: &random))
            let address: [UInt8] = [192, 0, 2, .random(in: 0..<50, using: &random)]
            if Int.random(in: 0..<100, using: &random) == 0 {
                allowances.forgive(address)
                model[address] = nil
                continue
            }
            var expected = model[address] ?? LineAllowance(rate)
            let isAllowed = expected.nextLine(now: now) <= now
            #expect((allowances.next(for: address, now: now) <= now) == isAllowed)
            let (isTaken, isExpected) = (allowances.take(for: address, now: now), expected.take(now: now))
            #expect(isTaken == isExpected)
            model[address] = expected
        }
    }

    /// Or whoever guesses from many addresses would begin anew with each of them.
    @Test func anAddressThatUsedUpItsAllowanceIsNotForgottenForTwoThousandOthers() {
        var allowances = AddressAllowances(LineRate(burst: 1, perSecond: 1))
        let now = MonotonicTime(at: 10_000)
        let first = allowances.take(for: [1], now: now)
        #expect(first)
        for number in 0..<2_000 {
            let isTaken = allowances.take(for: [2, UInt8(number >> 8), UInt8(number & 0xFF)], now: now)
            #expect(isTaken)
        }
        let again = allowances.take(for: [1], now: now)
        #expect(!again)
    }
}
