// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import TestSupport
import Testing

@Suite struct UnixTimeTests {
    @Test func whatWasWrittenIsReadAgain() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<2_000 {
            let time = UnixTime(seconds: Int.random(in: 0...253_402_300_799, using: &random))
            #expect(UnixTime(time.description) == time)
        }
        #expect(UnixTime("1970-01-01T00:00:00Z") == UnixTime(seconds: 0))
        #expect(UnixTime("2024-02-29T23:59:59Z")?.description == "2024-02-29T23:59:59Z")
    }

    @Test(arguments: [
        "", "2026-11-27", "2026-11-27T09:00:00", "2026-11-27T09:00:00z", "2026-11-27 09:00:00Z",
        " 2026-11-27T09:00:00Z", "2026-11-27T09:00:00Z ", "2026-11-27T9:00:00Z", "2026-02-30T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-11-27T24:00:00Z", "2026-11-27T09:00:00+00:00", "x",
    ])
    func whatIsWrittenInAnotherWayIsNone(text: String) {
        #expect(UnixTime(text) == nil)
    }
}
