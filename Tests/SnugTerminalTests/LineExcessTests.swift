// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import Testing

@testable import SnugTerminal

/// Who types more than the server keeps knows it before anybody sees half of a line.
@Suite struct LineExcessTests {
    @Test(arguments: [
        ("x", 500, 0), ("x", 501, 1), ("é", 500, 0), ("é", 512, 12), ("漢", 500, 0), ("漢", 510, 10),
        ("👋", 500, 0), ("👋", 501, 1), ("👨‍👩‍👧‍👦", 80, 0), ("👨‍👩‍👧‍👦", 81, 1),
        ("ที่", 222, 0), ("ที่", 230, 8), ("e\u{301}\u{302}", 333, 0), ("e\u{301}\u{302}", 340, 7),
    ])
    func itIsWhatTheServerWouldTakeAway(unit: String, count: Int, excess: Int) throws {
        let line = String(repeating: unit, count: count)
        let kept = try #require(ChatLine(line))
        #expect(kept.changes.contains(.shortened) == (excess > 0))
        #expect(LineExcess(of: line)?.characters ?? 0 == excess)
        if excess > 0 { #expect(line.count - kept.text.count == excess) }
    }

    @Test func blanksAtTheEndsAndCommandsDoNotCount() {
        let line = String(repeating: "x", count: 500)
        for typed in ["  \(line)  ", "/me \(line)", "/\(line) y", "//\(line.dropFirst())"] {
            #expect(LineExcess(of: typed) == nil, "\(typed.prefix(10))")
        }
        for typed in ["  \(line)y  ", "/me \(line)y", "//\(line)", "a \(line)"] {
            #expect(LineExcess(of: typed) != nil, "\(typed.prefix(10))")
        }
    }

    // MARK: In the editor

    @Test func aLineThatIsTooLongIsSentByTheSecondEnter() {
        let line = String(repeating: "x", count: 512)
        var editor = LineEditor()
        _ = editor.take(Array(line.utf8))
        #expect(
            editor.hints.map(\.text) == ["*! too long: the server keeps it without the last 12 characters"]
        )
        #expect(editor.take([0x0D]) == [])
        #expect(editor.hints.map(\.text) == ["*! Enter again sends it without the last 12 characters"])
        #expect(editor.take([0x7F, 0x0D]) == [], "it is another line")
        #expect(editor.hints.map(\.text) == ["*! Enter again sends it without the last 11 characters"])
        #expect(editor.take([0x0D]) == [.line(String(line.dropLast()))])
        #expect(editor.hints.isEmpty)
    }

    @Test func whatIsNotSentAnyMoreIsTakenWithoutAWord() {
        let line = String(repeating: "x", count: 512)
        var editor = LineEditor()
        editor.isAfterChat = true
        #expect(editor.take(Array((line + "\r").utf8)) == [.line(line)])
    }
}
