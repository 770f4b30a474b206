// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugProgram

@Suite struct NearestWordTests {
    @Test(arguments: [
        ("sned", "send"), ("SEND", "send"), ("tial", "tail"), ("whoo", "who"), ("konfig", "config"),
    ])
    func theWordThatWasMeantIsFound(word: String, meant: String) {
        #expect(NearestWord.to(word, among: ["config", "identity", "send", "tail", "who"]) == meant)
    }

    @Test func aLongWordTakesNoLongTimeAndNoneIsNearestAmongNone() {
        #expect(NearestWord.to(String(repeating: "x", count: 100_000), among: ["a", "b"]) != nil)
        #expect(NearestWord.to("a", among: []) == nil)
    }
}
