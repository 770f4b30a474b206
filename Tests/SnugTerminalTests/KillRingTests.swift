// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugTerminal

/// What was killed can be yanked, and there is never more of it than fits into a few lines.
@Suite struct KillRingTests {
    @Test func whatIsKilledInARowIsOneTextInItsOrder() {
        var ring = KillRing()
        ring.kill("c", .behindTheCursor)
        ring.kill("d", .behindTheCursor)
        ring.kill("b", .beforeTheCursor)
        ring.kill("", .behindTheCursor)
        ring.kill("a", .beforeTheCursor)
        #expect(ring.yank() == "abcd")
        ring.close()
        ring.kill("e", .behindTheCursor)
        #expect(ring.yank() == "e")
    }

    @Test func theEarlierOnesComeOneAfterTheOther() {
        var ring = KillRing()
        #expect(ring.yank() == nil && ring.yankEarlier() == nil)
        for text in ["one", "two", "three"] {
            ring.kill(text, .behindTheCursor)
            ring.close()
        }
        #expect(ring.yank() == "three")
        #expect((0..<4).map { _ in ring.yankEarlier() } == ["two", "one", "three", "two"])
        #expect(ring.yank() == "three")
    }

    @Test func onlyTheLastEightAreKept() {
        var ring = KillRing()
        for number in 0..<20 {
            ring.kill("\(number)", .behindTheCursor)
            ring.close()
        }
        #expect(ring.yank() == "19")
        #expect((0..<8).map { _ in ring.yankEarlier() } == (12..<19).reversed().map { "\($0)" } + ["19"])
    }

    @Test(arguments: [KillRing.Side.behindTheCursor, .beforeTheCursor])
    func howeverMuchIsKilledInARowNoTextIsLongerThanALine(side: KillRing.Side) {
        var ring = KillRing()
        for _ in 0..<10 { ring.kill(String(repeating: "é", count: 500), side) }
        #expect(ring.yank() == String(repeating: "é", count: InputLimits.maximumLineBytes / 2))
    }
}
