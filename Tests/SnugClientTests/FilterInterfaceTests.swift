// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugClient

/// Lines from a script go out as they are, however they arrive.
@Suite struct FilterInterfaceTests {
    @Test func linesAreTheSameInAnySplit() throws {
        let bytes = Array("one\n\nzwei ü\n👋\nno newline".utf8)
        for cut in 0...bytes.count {
            let filter = FilterInterface(output: -1)
            // Empty bytes are the end, so a cut at either end is no cut.
            let pieces = [Array(bytes[..<cut]), Array(bytes[cut...])].filter { !$0.isEmpty }
            let actions = try pieces.flatMap { try filter.take($0) } + filter.take([])
            #expect(actions == [.line("one"), .line("zwei ü"), .line("👋"), .line("no newline"), .endOfInput])
        }
    }

    @Test func aLineWithoutEndIsCutToWhatFitsAFrameEvenIfEveryByteIsReplaced() throws {
        let filter = FilterInterface(output: -1)
        for _ in 0..<100 { #expect(try filter.take([UInt8](repeating: 0xFF, count: 4_096)) == []) }
        let actions = try filter.take([0x0A])
        #expect(actions == [.line(String(repeating: "\u{FFFD}", count: InputLimits.maximumLineBytes))])
        #expect(3 * InputLimits.maximumLineBytes <= 8_192)
    }
}
