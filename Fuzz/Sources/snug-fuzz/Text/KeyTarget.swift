// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms
internal import SnugSystem

@testable internal import SnugTerminal

/// Whatever is typed, pasted or sent by the server, a terminal gets printable text and the client's own sequences.
func fuzzKeys(_ bytes: [UInt8]) {
    var input = FuzzInput(bytes)
    let settings = input.number(below: 4)
    var screen = TerminalScreen(
        palette: Palette(settings & 1 == 1 ? .many : .plain),
        columns: Int(input.byte())
    )
    screen.ambiguous = settings & 2 == 2 ? .oneColumn : .twoColumns
    let pieces = (0..<input.number(below: 8)).map { _ in Int(input.byte()) + 1 }
    let message = StyledText(SafeText.clean(input.text()), .notice)
    let typed = input.remaining()

    var parser = KeyParser()
    let wholeKeys = merged(parser.take(typed, at: .start))
    var cutParser = KeyParser()
    var cutKeys: [Key] = []
    var editor = LineEditor()

    var rest = typed[...]
    var index = 0
    while !rest.isEmpty {
        let piece = Array(rest.prefix(pieces.isEmpty ? 1 : pieces[index % pieces.count]))
        rest = rest.dropFirst(piece.count)
        index += 1
        cutKeys += cutParser.take(piece, at: .start)
        for case .line(let line) in editor.take(piece, at: .start) {
            promise(line.isHarmless, "a harmful line is sent: \(line.visible)")
            promise(line.utf8.count <= InputLimits.maximumLineBytes, "a line of \(line.utf8.count) bytes")
            promise(line.contains { !$0.isWhitespace }, "a blank line is sent")
        }
        promise((0...editor.text.count).contains(editor.cursor), "the cursor is outside of the line")
        // What is on the row is all of it on its way to the terminal.
        if index % 8 == 0 { checkDrawn(screen.drawn(screen.area(editor), over: nil)) }
    }
    promise(merged(cutKeys) == wholeKeys, "keys depend on how they arrive")
    checkDrawn(screen.message(message, insteadOf: nil))
    let rows = checkDrawn(screen.message(message)).split(separator: "\n")
    // By code points: a mark that a row begins with lies on the last space of the indent, and makes a character of both.
    let areIndented = rows.dropFirst().allSatisfy { $0.unicodeScalars.first == " " }
    promise(areIndented, "a part of a message looks like a whole one")
    let row = screen.area(editor).edited
    let above = row.rowsAboveCursor(
        wrappedAt: max(1, screen.columns / 2),
        screen.ambiguous,
        cursorColumn: Int(typed.first ?? 0)
    )
    promise((0...InputLimits.maximumLineBytes).contains(above), "the row begins \(above) rows up")
}

/// Text that arrives in pieces is one text.
private func merged(_ keys: [Key]) -> [Key] {
    var merged: [Key] = []
    for key in keys {
        switch (key, merged.last) {
        case (.text(let new), .text(let before)): merged[merged.count - 1] = .text(before + new)
        case (.pasted(let new), .pasted(let before)): merged[merged.count - 1] = .pasted(before + new)
        default: merged.append(key)
        }
    }
    return merged
}

private let ownSequences = [
    TerminalSequence.eraseRow, TerminalSequence.eraseToEndOfRow, TerminalSequence.wrapNothing,
    TerminalSequence.wrapAgain, TerminalSequence.saveCursor, TerminalSequence.restoreCursor,
    TerminalSequence.bold, TerminalSequence.boldReverse, TerminalSequence.dim, TerminalSequence.plain,
].map { Array($0.utf8) }

/// What is left of `text` without the client's own sequences: nothing that a terminal would obey.
@discardableResult
private func checkDrawn(_ text: String) -> String {
    var rest = Array(text.utf8)[...]
    var shown: [UInt8] = []
    while let byte = rest.first {
        if byte < 0x20, let sequence = ownSequences.first(where: { rest.starts(with: $0) }) {
            rest = rest.dropFirst(sequence.count)
        } else {
            shown.append(byte)
            rest = rest.dropFirst()
        }
    }
    let left = String(decoding: shown, as: UTF8.self)
    let isQuiet = left.unicodeScalars.allSatisfy { $0 == "\n" || !$0.traits.contains(.steering) }
    promise(isQuiet, "a terminal gets: \(left.visible)")
    return left
}

let keySeeds: [[UInt8]] = {
    func seed(_ message: String, _ typed: String) -> [UInt8] {
        [1, 80, 2, 3, 0, UInt8(message.utf8.count)] + Array(message.utf8) + Array(typed.utf8)
    }
    return [
        seed("* aisha joined the chat *", "hello\r/who\r"),
        seed("ben: 你好 👋", "\u{1B}[A\u{1B}[B\u{1B}[3~\u{1B}OH\u{1}\u{5}\u{B}\u{15}\u{17}\u{7F}x\r"),
        seed("* a is now b *", "\u{1B}[200~pasted\r\n\u{1B}[31mred\u{1B}[201~\r"),
        seed("x", "\u{1B}]0;title\u{7}\u{1B}P1\u{1B}\\e\u{301}\u{301}👨‍👩‍👧\u{3}"),
        seed(String(repeating: "w", count: 200), String(repeating: "漢字", count: 90) + "\u{2}\u{2}\u{2}\r"),
    ]
}()
