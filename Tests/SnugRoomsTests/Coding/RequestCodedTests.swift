// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugRooms

@Suite struct RequestCodedTests {
    @Test(arguments: [1, UInt64.random(in: 2...UInt64.max)])
    func everyRequestIsReadAsItWasWritten(seed: UInt64) throws {
        var source = RandomChat(seed: seed)
        for _ in 0..<3_000 {
            let request = source.next().request
            #expect(try Request(coded: request.coded) == request, "seed \(seed)")
        }
    }

    /// Bytes that are changed are refused, or stand for another request in the one form that this has.
    @Test(arguments: [1, UInt64.random(in: 2...UInt64.max)])
    func noBytesStandForARequestThatWouldBeWrittenOtherwise(seed: UInt64) {
        var source = RandomChat(seed: seed)
        var read = 0
        for _ in 0..<6_000 {
            var bytes = source.next().request.coded
            for _ in 0...Int.random(in: 0...2, using: &source.random) { spoil(&bytes, &source.random) }
            guard let request = try? Request(coded: bytes) else { continue }
            read += 1
            #expect(request.coded == bytes, "seed \(seed)")
        }
        #expect(read > 50)
    }
}

/// Changes, adds or takes away a byte.
func spoil(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
    let place = Int.random(in: 0..<max(1, bytes.count), using: &random)
    switch Int.random(in: 0...3, using: &random) {
    case 0: bytes.insert(UInt8.random(in: 0...255, using: &random), at: min(place, bytes.count))
    case 1 where !bytes.isEmpty: bytes.remove(at: place)
    default: if !bytes.isEmpty { bytes[place] = UInt8.random(in: 0...255, using: &random) }
    }
}
