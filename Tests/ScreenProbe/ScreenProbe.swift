// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugRooms
import SnugSystem
import SnugTerminal

/// Does with an editor and a screen what a terminal interface does with them; requests in, drawn bytes and beliefs out.
///
/// A request is a word and its arguments, an answer its fields: what is sent to the terminal, what the row for what is
/// being typed shows in front of the cursor and behind it, the columns in front of it, the live rows. Text is in hexadecimal,
/// "-" if there is none.
struct ScreenProbe {
    private var editor = LineEditor()
    private var screen = TerminalScreen(palette: Palette(.many), columns: 80)
    private var prompt = EditedRow.usualPrompt
    private var live: [StyledText] = []
    /// As the terminal has it.
    private var area: LiveArea?
    private var questions = TerminalQuestions()
    private var cursorColumn = 1

    mutating func answer(to request: [Substring]) -> String {
        let arguments = request.dropFirst().map(Self.text)
        var output = ""
        switch (request.first, arguments.count) {
        case ("open", 0): output = open()
        case ("keys", 1): output = take(Array(arguments[0].utf8))
        case ("message", 2): output = message(of: arguments[0], arguments[1])
        case ("live", _):
            live = arguments.map { StyledText(SafeText.clean($0), .program) }
            output = redrawn()
        case ("prompt", 1):
            prompt = SafeText.clean(arguments[0]) + EditedRow.usualPrompt
            output = redrawn()
        case ("size", 2): output = resize(columns: Int(request[1]) ?? 80, rows: Int(request[2]) ?? 24)
        default: exit(64)
        }
        return ([output] + beliefs).map(Self.hexadecimal).joined(separator: " ")
    }

    private var beliefs: [String] {
        guard let area else { return [] }
        let row = area.edited
        let before = row.prompt + row.before
        return [before, row.after, "\(before.columns(screen.ambiguous))"] + area.rows.map(\.text)
    }

    // MARK: Requests

    private mutating func open() -> String {
        questions.ask(.ambiguousWidth, at: .now)
        return TerminalSequence.takeOver + TerminalScreen.firstQuestions + redrawn()
    }

    private mutating func take(_ bytes: [UInt8]) -> String {
        var output = ""
        for action in editor.take(bytes, at: .now) {
            switch action {
            case .clearScreen:
                area = nil
                output += TerminalSequence.clearScreen
            case .cursorReport(let column): output += takeAnswer(column)
            case .terminalReport(let kind, let version): screen.learnKind(kind, version: version)
            default: break
            }
        }
        return output + redrawn()
    }

    private mutating func message(of name: String, _ text: String) -> String {
        let message = StyledText([
            StyledText.Part(name, .name(name)), StyledText.Part(": " + SafeText.clean(text), .speech),
        ])
        let drawn = screen.message(message, insteadOf: area)
        area = nil
        return drawn + redrawn()
    }

    private mutating func resize(columns: Int, rows: Int) -> String {
        screen.columns = columns
        screen.rows = rows
        guard let area, questions.areAnswered, area.isWider(than: columns) else { return redrawn() }
        questions.ask(.cursor, at: .now)
        questions.ask(.width, at: .now)
        return TerminalSequence.askForCursorAndWidth
    }

    private mutating func takeAnswer(_ column: Int) -> String {
        switch questions.takeAnswer() {
        case .ambiguousWidth: screen.learnWidth(fromCursorColumn: column)
        case .cursor: cursorColumn = column
        case .width:
            screen.columns = min(screen.columns, max(1, column))
            defer { area = nil }
            return screen.erasure(of: area, cursorColumn: cursorColumn)
        case nil: break
        }
        return ""
    }

    // MARK: Drawing

    private mutating func redrawn() -> String {
        guard !questions.isLayoutOpen(at: .now) else { return "" }
        let new = screen.area(editor, prompt: prompt, live: live)
        defer { area = new }
        return screen.drawn(new, over: area)
    }

    // MARK: Text

    private static func text(of hexadecimal: Substring) -> String {
        var bytes: [UInt8] = []
        var digits = hexadecimal[...]
        while digits.count >= 2 {
            bytes.append(UInt8(digits.prefix(2), radix: 16) ?? 0)
            digits = digits.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func hexadecimal(of text: String) -> String {
        let digits = Array("0123456789abcdef")
        let written = text.utf8.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return written.isEmpty ? "-" : String(written)
    }
}
