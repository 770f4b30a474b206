// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugClient

/// No line is forgotten before all its bytes have arrived.
@Suite struct OutgoingLinesTests {
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
