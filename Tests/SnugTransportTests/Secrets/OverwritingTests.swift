// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugTransport

@Suite struct OverwritingTests {
    @Test(arguments: TransportKind.allCases, [true, false])
    func whatALoopReadsIsOverwrittenOnceLentIfItsPeersSendPassphrases(kind: TransportKind, wipes: Bool) throws
    {
        let pair = try ConnectedPair(kind)
        _ = try pair.completeHandshake()
        let guess = Array("open sesame".utf8)
        #expect(try pair.client.write(guess.span.bytes, pair.buffers) == guess.count)
        pair.buffers.wipesPlaintext = wipes
        #expect(try pair.read(pair.server) == guess)
        let left = Array(pair.buffers.plaintext[..<guess.count])
        #expect(left == (wipes ? [UInt8](repeating: 0, count: guess.count) : guess))
    }
}
