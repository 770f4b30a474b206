// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugHistory

struct RetentionTests {
    @Test func aThousandLinesAndADayAreKeptUnlessSomebodyWantsOtherwise() {
        #expect(Retention.standard == Retention(lines: 1_000, hours: 24))
        #expect(Retention.standard.cutoff(at: noon) == noon - 86_400_000)
    }

    @Test func zeroOfEitherKeepsNothing() {
        #expect(Retention(lines: 0, hours: 24).keepsNothing)
        #expect(Retention(lines: 10, hours: 0).keepsNothing)
        #expect(!Retention(lines: 1, hours: 1).keepsNothing)
    }

    @Test func numbersBeyondAllMeasureDoNotTrap() {
        #expect(Retention(lines: .min, hours: .min).keepsNothing)
        #expect(Retention(lines: .max, hours: .max).cutoff(at: noon) < 0)
        _ = Retention(lines: .max, hours: .max).cutoff(at: .min)
    }
}
