// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import TestSupport
import Testing

@testable import SnugClient

/// What reaches the terminal is text that is safe and sequences that are our own, in one row that never wraps.
@Suite struct TerminalScreenTests {
    @Test func aMessageTakesTheRowsPlaceAndTheRowComesBackBelowIt() {
        let editor = Self.editor(after: "half a li\u{1B}[D")
        let screen = TerminalScreen(hasStyle: false, columns: 40)
        #expect(
            screen.message("ben: hello", above: editor)
                == "\r\u{1B}[Kben: hello\n\r\u{1B}[K> half a l\u{1B}7i\u{1B}[K\u{1B}8"
        )
    }

    @Test func noticesAreDimAndThePromptIsBoldWhereStyleIsWanted() {
        let plain = TerminalScreen(hasStyle: false, columns: 40)
        let styled = TerminalScreen(hasStyle: true, columns: 40)
        #expect(styled.message("* ben left *") == "\u{1B}[2m* ben left *\u{1B}[m\n")
        #expect(styled.message("ben: * x *") == "ben: * x *\n")
        #expect(styled.row(LineEditor()).contains("\u{1B}[1m> \u{1B}[m"))
        #expect(plain.message("* ben left *") == "* ben left *\n")
        #expect(plain.row(LineEditor()).contains("> "))
    }

    @Test(arguments: ["x", "ไท", "漢", "👨‍👩‍👧", "🇹🇭", "e\u{301}"], [20, 40, 80])
    func aLongLineScrollsSidewaysAroundTheCursor(unit: String, columns: Int) {
        let screen = TerminalScreen(hasStyle: true, columns: columns)
        var editor = Self.editor(after: String(repeating: unit, count: 100))
        #expect(Self.text(of: screen.row(editor)).columns < columns)
        #expect(Self.beforeCursor(screen.row(editor)).hasSuffix(unit))
        for _ in 0..<100 {
            _ = editor.take(Array("\u{1B}[D".utf8))
            #expect(Self.text(of: screen.row(editor)).columns < columns)
        }
        _ = editor.take([0x01])
        #expect(Self.beforeCursor(screen.row(editor)) == "> ")
        #expect(Self.text(of: screen.row(editor)).hasPrefix("> " + unit))
    }

    @Test func aLineThatFitsIsShownWhole() {
        let screen = TerminalScreen(hasStyle: false, columns: 15)
        var editor = Self.editor(after: "twelve chars")
        for _ in 0...12 {
            #expect(Self.text(of: screen.row(editor)) == "> twelve chars")
            _ = editor.take(Array("\u{1B}[D".utf8))
        }
    }

    @Test func aMessageIsWrappedHereSoThatNoRowOfItBeginsWhereMessagesBegin() {
        let screen = TerminalScreen(hasStyle: true, columns: 20)
        let forged = "ben: ok" + String(repeating: " ", count: 13) + "* alice is now admin *"
        #expect(screen.message(forged) == "ben: ok * alice is\n    now admin *\n")
        #expect(screen.message("* alice is now admin *") == "\u{1B}[2m* alice is now\n    admin *\u{1B}[m\n")
    }

    @Test(arguments: 0..<40)
    func whateverIsTypedOnlyPrintableTextAndOurOwnSequencesAreDrawn(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var editor = LineEditor()
        var screen = TerminalScreen(hasStyle: seed.isMultiple(of: 2), columns: 80)
        for _ in 0..<300 {
            _ = editor.take(HostileInput.piece(using: &random))
            screen.columns = Int.random(in: 1...100, using: &random)
            for drawn in [screen.row(editor), screen.cleared(editor)] {
                let text = Self.text(of: drawn)
                #expect(text.unicodeScalars.allSatisfy { !Self.isControl($0) }, "seed \(seed)")
                if screen.columns >= 8 { #expect(text.columns < screen.columns, "seed \(seed)") }
            }
        }
    }

    /// What is left when our own sequences are taken away.
    private static func text(of drawn: String) -> String {
        let own = [
            TerminalSequence.clearScreen, TerminalSequence.eraseRow, TerminalSequence.eraseToEndOfRow,
            TerminalSequence.saveCursor, TerminalSequence.restoreCursor, TerminalSequence.bold,
            TerminalSequence.dim, TerminalSequence.plain,
        ]
        return own.reduce(drawn) { $0.split(separator: $1, omittingEmptySubsequences: false).joined() }
    }

    private static func beforeCursor(_ drawn: String) -> String {
        text(of: String(drawn.split(separator: TerminalSequence.saveCursor).first ?? ""))
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            || (0x202A...0x202E).contains(scalar.value)
            || (0x2066...0x2069).contains(scalar.value)
    }

    private static func editor(after typed: String) -> LineEditor {
        var editor = LineEditor()
        _ = editor.take(Array(typed.utf8))
        return editor
    }
}
