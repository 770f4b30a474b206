// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import Testing

@testable import SnugTerminal

/// Somebody looks for a line that was sent, by any part of it.
@Suite struct HistorySearchTests {
    private static let search = "\u{12}"

    @Test func theLastLineWithTheWordsInItIsFoundAndThenEarlierOnes() {
        var search = HistorySearch(in: ["disk one", "net", "disk two", "fan"])
        #expect(search.line == nil)
        search.extend("DIS")
        #expect(search.line?.string == "disk two" && search.line?.cursor == 0)
        search.extend("k o")
        #expect(search.line?.string == "disk one")
        search.shorten()
        #expect(search.line?.string == "disk two", "it begins at the end again")
        search.goOn()
        #expect(search.line?.string == "disk one" && !search.isInVain)
        search.goOn()
        #expect(search.line?.string == "disk one" && search.isInVain, "there is none before")
    }

    @Test func whatIsNotThereIsSaidAndWhatWasFoundStaysInSight() {
        var search = HistorySearch(in: ["one"])
        search.extend("n")
        #expect(search.line?.cursor == 1)
        search.extend("x")
        #expect(search.isInVain && search.line?.string == "one")
        search.shorten()
        search.shorten()
        search.shorten()
        #expect(!search.isInVain && search.line == nil)
        var empty = HistorySearch(in: [])
        empty.extend("x")
        empty.goOn()
        #expect(empty.isInVain && empty.line == nil)
    }

    // MARK: In the editor

    @Test func whatIsLookedForStandsInPlaceOfThePrompt() {
        var editor = Self.editor()
        #expect(editor.prompt == nil)
        _ = editor.take(Array("draft\(Self.search)tw".utf8))
        #expect(editor.prompt == "search: tw> ")
        #expect(String(editor.text) == "two" && editor.cursor == 0)
        _ = editor.take(Array("x".utf8))
        #expect(editor.prompt == "not found: twx> " && String(editor.text) == "two")
        #expect(editor.draft == "draft")
    }

    @Test(arguments: ["\u{7}", "\u{3}"])
    func controlGAndControlCBringTheDraftBack(key: String) {
        var editor = Self.editor()
        #expect(editor.take(Array("draft\(Self.search)tw\(key)".utf8)) == [])
        #expect(String(editor.text) == "draft" && editor.cursor == 5 && editor.prompt == nil)
    }

    @Test func enterSendsWhatWasFoundAndOtherKeysEditIt() {
        var editor = Self.editor()
        #expect(editor.take(Array("\(Self.search)on\r".utf8)) == [.line("one")])
        _ = editor.take(Array("\(Self.search)wo\u{5}!".utf8))
        #expect(String(editor.text) == "two!" && editor.prompt == nil)
        _ = editor.take(Array("\u{1B}[B".utf8))
        #expect(String(editor.text) == "three", "it is the line behind the one that was found")
    }

    @Test func escapeByItselfStaysAtWhatWasFound() {
        var editor = Self.editor()
        _ = editor.take(Array("\(Self.search)wo\u{1B}".utf8))
        #expect(editor.deadline == .start + .milliseconds(50))
        #expect(editor.proceed(at: editor.deadline) == [])
        #expect(String(editor.text) == "two" && editor.cursor == 1 && editor.prompt == nil)
    }

    @Test func controlRAgainGoesOnAndAPasteIsLookedForAsWell() {
        var editor = Self.editor()
        _ = editor.take(Array("\(Self.search)\u{1B}[200~o\u{1B}[201~".utf8))
        #expect(String(editor.text) == "four" && editor.cursor == 1)
        _ = editor.take(Array("\(Self.search)\(Self.search)".utf8))
        #expect(String(editor.text) == "one")
    }

    private static func editor() -> LineEditor {
        var editor = LineEditor()
        _ = editor.take(Array("one\rtwo\rthree\rfour\r".utf8))
        return editor
    }
}
