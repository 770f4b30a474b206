// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import SnugTerminal
import SnugTransport
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

    @Test func inAPipeAMessageIsOneLineAsItIs() throws {
        let pipe = try TestPipe()
        let filter = FilterInterface(output: pipe.input)
        let message = "ben: " + String(repeating: "a long way ", count: 20)
        try filter.show(message)
        try filter.show("* ben left *")
        try filter.finish()
        #expect(filter.output == nil && !filter.isFull && filter.signals == nil && filter.deadline == .never)
        let read = try Polling.read(pipe.output, atMost: 4_096)
        #expect(String(decoding: read, as: UTF8.self) == "\(message)\n* ben left *\n")
    }

    @Test func aTerminalIsLeftNoMessageToWrapAndNoSequenceThatItMayNotKnow() throws {
        let terminal = try TestTerminal(columns: 20)
        let plain = FilterInterface(output: terminal.descriptor)
        try plain.show("* ben joined the chat *")
        #expect(try terminal.drawn() == "* ben joined the\n    chat *\n")
        let obedient = FilterInterface(output: terminal.descriptor, obeysSequences: true)
        try obedient.show("* ben joined the chat *")
        #expect(try terminal.drawn() == "\u{1B}[?7l* ben joined the\n    chat *\u{1B}[?7h\n")
    }

    @Test func aTerminalIsRungAndAPipeIsNot() throws {
        let terminal = try TestTerminal()
        try FilterInterface(output: terminal.descriptor).ring()
        #expect(try terminal.drawn() == "\u{7}")
        let pipe = try TestPipe()
        let filter = FilterInterface(output: pipe.input)
        try filter.ring()
        try filter.show("* ben left *")
        try filter.finish()
        let read = try Polling.read(pipe.output, atMost: 4_096)
        #expect(String(decoding: read, as: UTF8.self) == "* ben left *\n")
    }

    @Test func aReaderThatStopsIsWaitedForAndGetsEverything() throws {
        let pipe = try TestPipe()
        let filter = FilterInterface(output: pipe.input)
        var shown = ""
        while !filter.isFull {
            let line = String(repeating: "x", count: 1_000)
            try filter.show(line)
            shown += line + "\n"
        }
        #expect(filter.output == pipe.input)
        var read: [UInt8] = []
        while read.count < shown.utf8.count {
            read += try Polling.read(pipe.output, atMost: 65_536)
            try filter.proceed()
        }
        #expect(read.elementsEqual(shown.utf8))
        #expect(filter.output == nil && !filter.isFull)
    }

    @Test func whereNobodyIsAtAKeyboardTheEndOfTheChatIsNotWaitedOut() throws {
        let pipe = try TestPipe()
        let filter = FilterInterface(output: pipe.input)
        #expect(filter.outlastChat("gone", input: pipe.output).isEmpty)
        #expect(filter.output == nil)
    }
}
