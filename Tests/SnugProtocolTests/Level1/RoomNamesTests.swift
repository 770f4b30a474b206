// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import TestSupport
import Testing

@testable import SnugProtocol

@Suite struct RoomNamesTests {
    @Test func whatIsRememberedIsWhatWouldBeJudgedAnew() {
        let written = [
            "main", "#main", "Main", "", "#", " ", "tea", "te\u{E9}", "te\u{65}\u{301}", "te\u{E9}",
            "t\u{435}a",
            "main", "main", "\u{202E}main", String(repeating: "x", count: 256), "main",
        ]
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        var names = RoomNames()
        for _ in 0..<500 {
            guard let name = written.randomElement(using: &generator) else { continue }
            let (remembered, judged) = (names.name(name), RoomName(name))
            #expect(remembered?.text.utf8.map { $0 } == judged?.text.utf8.map { $0 }, "\(name), seed \(seed)")
        }
    }
}
