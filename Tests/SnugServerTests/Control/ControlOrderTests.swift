// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugProtocol
@testable import SnugServer

@Suite struct ControlOrderTests {
    private func kind(_ action: ControlOrder.Action, _ words: String...) throws -> ClientMessage.Kind {
        try ControlOrder(action, words).message.kind
    }

    @Test func wordsMeanWhatTheyDoInTheChat() throws {
        #expect(try kind(.who) == .control(.sessions))
        #expect(try kind(.stats) == .control(.stats))
        #expect(try kind(.reload) == .control(.reload))
        #expect(try kind(.rooms) == .rooms)
        #expect(try kind(.bans) == .bans)
        #expect(try kind(.kick, "ann lee") == .kick(name: "ann lee", room: nil, reason: nil))
        #expect(
            try kind(.kick, "ben", "far", "too", "loud")
                == .kick(name: "ben", room: nil, reason: "far too loud")
        )
        #expect(try kind(.mute, "ben") == .mute(name: "ben", room: nil, seconds: 600))
        #expect(try kind(.mute, "ben", "90s") == .mute(name: "ben", room: nil, seconds: 90))
        #expect(try kind(.mute, "ben", "forever") == .mute(name: "ben", room: nil, seconds: nil))
        #expect(try kind(.ban, "ben") == .ban(.init(name: "ben")))
        #expect(try kind(.ban, "ben", "1h") == .ban(.init(name: "ben", seconds: 3_600)))
        #expect(
            try kind(.ban, "ben", "7d", "spam") == .ban(.init(name: "ben", seconds: 604_800, reason: "spam"))
        )
        #expect(try kind(.ban, "ben", "forever", "spam") == .ban(.init(name: "ben", reason: "spam")))
        #expect(try kind(.ban, "ben", "for", "spam") == .ban(.init(name: "ben", reason: "for spam")))
        #expect(try kind(.unban, "12") == .unban(number: 12))
    }

    @Test func whatIsNoOrderIsRefusedWithTheWordsThatItTakes() {
        let wrong: [(ControlOrder.Action, [String])] = [
            (.kick, []), (.kick, [""]), (.kick, ["***"]), (.mute, ["ben", "loudly"]),
            (.mute, ["ben", "10m", "why"]),
            (.ban, []), (.unban, []), (.unban, ["one"]), (.unban, ["1", "2"]), (.unban, ["-1"]),
            (.unban, ["99999999999999999999999"]), (.who, ["ben"]), (.stats, ["x"]), (.reload, ["now"]),
        ]
        for (action, words) in wrong {
            let misuse = #expect(throws: ControlOrder.Misuse.self, "\(action) \(words)") {
                _ = try ControlOrder(action, words)
            }
            #expect(misuse?.description.contains(action.rawValue) == true)
        }
    }

    /// Whatever the words are, the order fits a frame, or there is none.
    @Test func anyWordsMakeAnOrderThatCanBeSent() throws {
        var generator = SeededGenerator(seed: 20)
        for _ in 0..<500 {
            let words = (0..<Int.random(in: 0..<4, using: &generator)).map { _ in
                String(
                    String.UnicodeScalarView(
                        (0..<Int.random(in: 0..<3_000, using: &generator)).compactMap { _ in
                            Unicode.Scalar(UInt32.random(in: 0..<0x3000, using: &generator))
                        }
                    )
                )
            }
            for action in ControlOrder.Action.allCases {
                guard let order = try? ControlOrder(action, words) else { continue }
                // A reason is cut; a name is not, and is judged by the server.
                guard (words.first?.utf8.count ?? 0) < 256 else { continue }
                var frame: [UInt8] = []
                try order.message.encode(appendingTo: &frame)
                #expect(!frame.isEmpty)
            }
        }
    }
}
