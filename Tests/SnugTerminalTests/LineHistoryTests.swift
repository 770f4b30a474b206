// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugTerminal

/// Lines that were sent come back, with what was changed in them meanwhile.
@Suite struct LineHistoryTests {
    @Test func whatIsChangedInARecalledLineStaysThereUntilThatIsSent() {
        var history = Self.history(["one", "two"])
        #expect(history.earlier(than: "draft") == "two")
        #expect(history.earlier(than: "two!") == "one")
        #expect(history.later(than: "one") == "two!")
        #expect(history.later(than: "two!") == "draft")
        #expect(history.later(than: "draft") == nil)
        history.finish("three")
        #expect(history.earlier(than: "") == "three")
        #expect(history.earlier(than: "three") == "two!", "another line was sent")
        history.finish("two!")
        #expect(history.lines == ["one", "two", "three", "two!"])
        #expect((0..<3).map { _ in history.earlier(than: "") } == ["two!", "three", "two"])
    }

    @Test func aLineIsKeptOnceInARow() {
        #expect(Self.history(["one", "one", "two", "one"]).lines == ["one", "two", "one"])
    }

    @Test func aLineWithThisNumberIsRecalledFromAnywhere() {
        var history = Self.history(["one", "two", "three"])
        #expect(history.recall(0, from: "draft") == "one")
        #expect(history.later(than: "one") == "two")
        #expect(history.recall(3, from: "two") == nil && history.recall(-1, from: "two") == nil)
        #expect(history.recall(2, from: "two") == "three")
        #expect(history.later(than: "three") == "draft")
    }

    /// Against a plain list of what each place holds.
    @Test(arguments: 0..<20)
    func everyPlaceHoldsWhatWasLastLeftThere(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var history = LineHistory()
        var sent: [String] = []
        var places = [""]
        var place = 0
        for step in 0..<2_000 {
            places[place] = Bool.random(using: &random) ? "\(places[place])\(step % 10)" : places[place]
            switch Int.random(in: 0..<5, using: &random) {
            case 0:
                let line = places[place].isEmpty ? nil : places[place]
                if place < sent.count { places[place] = sent[place] }
                if let line, line != sent.last {
                    sent.append(line)
                    places[sent.count - 1] = line
                    places.append("")
                }
                if sent.count > 100 {
                    sent.removeFirst()
                    places.removeFirst()
                }
                place = sent.count
                places[place] = ""
                history.finish(line)
            case 1, 2:
                let shown = history.earlier(than: places[place])
                if place > 0 { place -= 1 } else { #expect(shown == nil) }
                if let shown { #expect(shown == places[place], "seed \(seed), step \(step)") }
            default:
                let shown = history.later(than: places[place])
                if place < sent.count { place += 1 } else { #expect(shown == nil) }
                if let shown { #expect(shown == places[place], "seed \(seed), step \(step)") }
            }
            #expect(history.lines == sent)
        }
        #expect(sent.count > 50)
    }

    private static func history(_ lines: [String]) -> LineHistory {
        var history = LineHistory()
        for line in lines { history.finish(line) }
        return history
    }
}
