// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// A window that changes its width: nothing is left over from before, and no message is lost.
@Suite(.timeLimit(.minutes(30))) struct TerminalResizeTests {
    /// What is typed, and for widths of the window what is then to be seen of it.
    @Test(
        arguments: [
            ("the quick brown fox jumps over the lazy dog", [60, 46, 45, 44, 40, 30, 26, 23, 20, 15, 80]),
            ("漢字かな交じりの文章をここに書いています", [41, 40, 30, 21, 20, 80]),
            ("Широкая строка — с многоточием…", [40, 34, 33, 30, 20, 17, 16, 80]),
            ("\u{2329}\u{2630}\u{2631}\u{2637} 👋🏽 👨‍👩‍👧 e\u{301} ❤️ ok ok ok ok ok", [30, 20, 16, 80]),
        ]
    )
    func aNarrowerWindowShowsTheEndOfTheLineOnceAndNothingElseOfIt(line: String, widths: [Int]) throws {
        let room = try Room()
        let ben = try room.join("ben")
        try ben.send("hi")
        try room.window.type(line)
        try room.window.expect("line") { $0.last?.hasPrefix("> ") == true }
        try ben.send("now 0")
        try Self.expect(messages: 1, at: 80, in: room)
        for (index, columns) in widths.enumerated() {
            try room.window.resize(columns: columns)
            try Self.expectRow(behindMessage: "now \(index)", in: room)
            try Self.expect(messages: index + 1, at: columns, in: room)
            try ben.send("now \(index + 1)")
            try Self.expect(messages: index + 2, at: columns, in: room)
        }
        try room.window.press("Enter")
        try ben.expect("aisha: \(line)")
    }

    @Test func aNarrowerWindowShowsTheEndOfTheLineAndTheWholeLineIsSent() throws {
        let room = try Room()
        let ben = try room.join("ben")
        let line = "the quick brown fox jumps over the lazy dog"
        try room.window.type(line)
        try room.window.expect(lastRow: "> \(line)")
        try room.window.resize(columns: 26)
        let rows = try room.window.expect(lastRow: "> jumps over the lazy dog")
        #expect(rows.count { $0.hasPrefix(">") } == 1, "\(rows)")
        #expect(!rows.dropLast().contains { $0.contains("lazy") || $0.contains("quick") }, "\(rows)")
        try room.window.type("!")
        try room.window.press("Enter")
        try ben.expect("aisha: \(line)!")
    }

    /// Waits until the client knows of the new width: before, it may draw as if nothing had happened.
    private static func expectRow(behindMessage message: String, in room: Room) throws {
        try room.window.expect("row that was drawn again") { _ in
            let recorded = String(decoding: (try? room.window.recorded()) ?? [], as: UTF8.self)
            // One row comes with the message.
            return recorded.split(separator: "ben: \(message)").last?.split(separator: "\u{1B}8").count ?? 0
                > 1
        }
    }

    /// Waits until there are all messages, and one row for what is being typed under them.
    @discardableResult
    private static func expect(messages: Int, at columns: Int, in room: Room) throws -> [String] {
        try room.window.expect("\(messages) messages and one row at \(columns) columns") { rows in
            let chat = rows.drop { $0 != "ben: hi" }.dropFirst()
            return chat.count == messages + 1 && chat.last?.hasPrefix("> ") == true
                && chat.dropLast().allSatisfy { $0.hasPrefix("ben: now ") }
        }
    }
}
