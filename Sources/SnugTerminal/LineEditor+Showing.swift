// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms

/// What is to be seen of the line, and said about it.
extension LineEditor {
    /// What is to be seen of the line.
    package var text: [Character] { shown.text }

    /// How many of the characters stand before the cursor.
    package var cursor: Int { shown.cursor }

    private var shown: EditedLine {
        switch mode {
        case .editing, .pasting: line
        case .pasted: EditedLine()
        case .searching(let search): search.line ?? line
        }
    }

    /// What was typed and not sent: also what is hidden by a search or a question.
    package var draft: String { line.string }

    /// What stands in front of the line in place of the usual prompt; nil for that.
    package var prompt: String? {
        switch mode {
        case .editing, .pasting: nil
        case .pasted: "send? "
        case .searching(let search):
            "\(search.isInVain ? "not found" : "search"): \(search.query.string)> "
        }
    }

    /// The rows above the line that say what a key would do; never more than four.
    package var hints: [StyledText] {
        if case .pasted(let paste) = mode { return Self.question(about: paste.lines(in: line), paste) }
        if warning == .leaving { return [Self.hint("Ctrl-C again leaves")] }
        guard case .editing = mode, let excess = LineExcess(of: line.string) else { return [] }
        let end = "without the last \(excess.characters.counted("characters"))"
        let hint =
            warning == .excess ? "Enter again sends it \(end)" : "too long: the server keeps it \(end)"
        return [Self.hint(hint)]
    }

    private static func hint(_ text: String) -> StyledText {
        StyledText(TerminalScreen.programMark + text, .program)
    }

    private static func question(about lines: [String], _ paste: Paste) -> [StyledText] {
        let tooLong = lines.count { LineExcess(of: $0) != nil }
        var what = "\(lines.count.counted("lines")) pasted"
        if paste.missingLines > 0 { what += " of \((lines.count + paste.missingLines))" }
        if tooLong > 0 { what += ", \(tooLong) too long" }
        let shown = lines.count > 3 ? 2 : 3
        var rows = [hint("\(what): Enter sends, Esc drops, Tab joins them")]
        for line in lines.prefix(shown) {
            var row = StyledText("| ", .program)
            row.append(line, .speech)
            rows.append(row)
        }
        if lines.count > shown { rows.append(StyledText("| and \(lines.count - shown) more", .program)) }
        return rows
    }
}
