// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import TestSupport
import Testing

@testable import SnugClient

@Suite(.timeLimit(.minutes(30))) struct InputLinesTests {
    @Test func linesComeAsTheyWereWrittenAndEmptyOnesAreNone() throws {
        let pipe = try TestPipe()
        var lines = InputLines(of: pipe.output)
        try Polling.write(Array("one\r\n\n \t\ntw".utf8), to: pipe.input)
        try lines.take()
        #expect(lines.next() == "one" && lines.next() == nil && !lines.hasEnded)
        try Polling.write(Array("o\nthree".utf8), to: pipe.input)
        try lines.take()
        #expect(lines.next() == "two" && lines.next() == nil)
        pipe.closeInput()
        try lines.take()
        // The last one needs no end.
        #expect(!lines.hasEnded && lines.next() == "three" && lines.next() == nil && lines.hasEnded)
    }

    /// Whatever pieces it comes in, and without keeping more than a line and what was read at once.
    @Test func theSameBytesAreTheSameLinesInWhateverPieces() throws {
        var random = SeededGenerator(seed: 4)
        for _ in 0..<200 {
            let texts = (0..<20).map { number in
                String(repeating: "é", count: Int.random(in: 0...40, using: &random)) + "\(number)"
            }
            var bytes = Array(texts.map { $0 + "\n" }.joined().utf8)[...]
            let pipe = try TestPipe()
            var lines = InputLines(of: pipe.output)
            var found: [String] = []
            while !bytes.isEmpty {
                let piece = bytes.prefix(Int.random(in: 1...200, using: &random))
                bytes = bytes.dropFirst(piece.count)
                try Polling.write(Array(piece), to: pipe.input)
                try lines.take()
                while let line = lines.next() { found.append(line) }
            }
            #expect(found == texts)
        }
    }

    @Test func aLineWithoutAnEndIsNotKeptForEver() throws {
        let pipe = try TestPipe()
        var lines = InputLines(of: pipe.output)
        let piece = [UInt8](repeating: 0x78, count: 8_192)
        var lengths: [Int] = []
        for _ in 0..<8 {
            try Polling.write(piece, to: pipe.input)
            try lines.take()
            while let line = lines.next() { lengths.append(line.utf8.count) }
        }
        #expect(lengths.allSatisfy { $0 == InputLines.longestLine } && lengths.count == 3)
    }

    @Test func anInputThatCannotBeReadIsAnError() throws {
        var lines = InputLines(of: -1)
        #expect(throws: SystemError.self) { try lines.take() }
    }
}
