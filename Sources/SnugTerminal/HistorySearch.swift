// SPDX-License-Identifier: Apache-2.0

/// A search through the lines that were sent, while what is looked for is typed (Ctrl-R).
struct HistorySearch: Sendable {
    /// What is looked for.
    private(set) var query = EditedLine()
    private let lines: [String]
    /// The characters of the lines, in lower case.
    private let folded: [[String]]
    /// Where the line was found; nil if nothing was looked for yet, or nothing is there.
    private(set) var found: Int?
    /// Whether there is no (further) line with the query in it.
    private(set) var isInVain = false

    /// - Parameter lines: the last one last.
    init(in lines: [String]) {
        self.lines = lines
        folded = lines.map { $0.map { $0.lowercased() } }
    }

    /// The line that was found, with the cursor in front of what was looked for.
    var line: EditedLine? {
        guard let found else { return nil }
        var line = EditedLine(lines[found])
        if let start = place(in: found) { line.moveCursor(to: start) }
        return line
    }

    /// Goes on with more of what is looked for, from the line that was found.
    mutating func extend(_ text: String) {
        query.insert(text)
        look(from: found ?? lines.count - 1)
    }

    /// Goes on with less of what is looked for, from the last line.
    mutating func shorten() {
        query.remove(query.cursor - 1..<query.cursor)
        look(from: lines.count - 1)
    }

    /// Goes on to an earlier line.
    mutating func goOn() { look(from: (found ?? lines.count) - 1) }

    private mutating func look(from start: Int) {
        guard !query.text.isEmpty else {
            found = nil
            isInVain = false
            return
        }
        let match = stride(from: min(start, lines.count - 1), through: 0, by: -1).first {
            place(in: $0) != nil
        }
        isInVain = match == nil
        // What was found stays in sight.
        found = match ?? found
    }

    /// Where what is looked for begins in a line, whatever the case of either.
    private func place(in line: Int) -> Int? {
        let part = query.text.map { $0.lowercased() }
        let whole = folded[line]
        guard part.count <= whole.count else { return nil }
        return (0...whole.count - part.count).first { whole[$0..<$0 + part.count].elementsEqual(part) }
    }
}
