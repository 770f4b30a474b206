// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugClient

/// No line is forgotten before all its bytes have arrived.
@Suite struct OutgoingLinesTests {
    @Test func aLineIsCertainWithItsLastByteAndNotBefore() throws {
        var outgoing = OutgoingLines()
        outgoing.noteArrival(unacknowledged: 0)
        // Frames of 5, 6 and 7 bytes, of which the connection takes the first and a half, and then the rest.
        for line in ["a", "bb", "ccc"] { try outgoing.append(frameHolding: line, isLine: true) }
        outgoing.took(8, unacknowledged: (0, 8))
        outgoing.noteArrival(unacknowledged: 1)
        #expect(outgoing.doubtful == DoubtfulLines(last: ["a", "bb", "ccc"], count: 3))
        outgoing.took(3, unacknowledged: (1, 4))
        #expect(outgoing.unsent.count == 7)
        outgoing.noteArrival(unacknowledged: 3)
        #expect(outgoing.doubtful.last == ["bb", "ccc"])
        outgoing.took(7, unacknowledged: (3, 10))
        outgoing.noteArrival(unacknowledged: 7)
        #expect(outgoing.doubtful.last == ["ccc"])
        outgoing.noteArrival(unacknowledged: 0)
        #expect(outgoing.doubtful.count == 0)
    }

    @Test func whatIsNoLineIsNeverMissing() throws {
        var outgoing = OutgoingLines()
        for (text, isLine) in [("name", false), ("a", true), ("", false)] {
            try outgoing.append(frameHolding: text, isLine: isLine)
        }
        #expect(outgoing.doubtful == DoubtfulLines(last: ["a"], count: 1))
    }

    @Test(arguments: 0..<50)
    func aLineIsDoubtfulUntilAllItsBytesHaveArrived(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var outgoing = OutgoingLines()
        // What really happened: where each line ends in the stream, and what each write made of the stream.
        var ends: [Int] = []
        var queued = 0
        var writes: [(streamEnd: Int, wireEnd: Int)] = [(0, 0)]
        var arrivedOnWire = 0
        func wireEnd() -> Int { writes.last?.wireEnd ?? 0 }
        func acknowledgeSome() { arrivedOnWire = .random(in: arrivedOnWire...wireEnd(), using: &random) }
        for _ in 0..<300 {
            if Bool.random(using: &random) {
                let line = String(repeating: "x", count: .random(in: 1...300, using: &random))
                try outgoing.append(frameHolding: line, isLine: true)
                queued += 4 + line.utf8.count
                ends.append(queued)
            }
            if !outgoing.unsent.isEmpty, Bool.random(using: &random) {
                let before = wireEnd() - arrivedOnWire
                let count = Int.random(in: 0...outgoing.unsent.count, using: &random)
                let streamEnd = (writes.last?.streamEnd ?? 0) + count
                writes.append((streamEnd, wireEnd() + (count == 0 ? 0 : (count / 256 + 1) * 256 + 22)))
                // Some of it may be acknowledged before anyone can look.
                if Bool.random(using: &random) { acknowledgeSome() }
                outgoing.took(count, unacknowledged: (before, wireEnd() - arrivedOnWire))
            }
            if Bool.random(using: &random) { acknowledgeSome() }
            outgoing.noteArrival(unacknowledged: wireEnd() - arrivedOnWire)
            let arrived = writes.last { $0.wireEnd <= arrivedOnWire }?.streamEnd ?? 0
            let missing = ends.count { $0 > arrived }
            #expect(outgoing.doubtful.count >= missing, "seed \(seed)")
            #expect(outgoing.doubtful.last.count == min(10, outgoing.doubtful.count))
            let sent = writes.last?.streamEnd ?? 0
            if arrivedOnWire == wireEnd() {
                #expect(outgoing.doubtful.count == ends.count { $0 > sent }, "seed \(seed)")
            }
        }
    }
}
