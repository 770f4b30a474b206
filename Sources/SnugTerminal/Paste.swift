// SPDX-License-Identifier: Apache-2.0

/// What is being pasted, line by line, however it arrives; of a long one the beginning.
struct Paste: Sendable {
    /// As they came: they may hold anything.
    private var rawLines = [""]
    private var followsCarriageReturn = false

    /// How many lines there was no room for.
    private(set) var missingLines = 0

    /// More would take the server's rate limit too long.
    static let maximumLines = 200

    mutating func take(_ text: String) {
        for scalar in text.unicodeScalars {
            let endsLineBreak = followsCarriageReturn && scalar == "\n"
            followsCarriageReturn = scalar == "\r"
            if endsLineBreak { continue }
            if scalar == "\r" || scalar == "\n" { beginLine() } else { append(scalar) }
        }
    }

    private mutating func beginLine() {
        if rawLines.count < Self.maximumLines { rawLines.append("") } else { missingLines += 1 }
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        let last = rawLines.count - 1
        guard missingLines == 0, rawLines[last].utf8.count < InputLimits.maximumLineBytes else { return }
        rawLines[last].unicodeScalars.append(scalar)
    }

    /// Whether there is something in one line at most.
    var isOneLine: Bool { visibleLines.count < 2 }

    /// All of it on one line.
    var joined: String { rawLines.count == 1 ? rawLines[0] : visibleLines.joined(separator: " ") }

    private var visibleLines: [String] { rawLines.filter { !$0.allSatisfy(\.isWhitespace) } }

    /// Its lines, without blank ones, each safe to draw and short enough to be sent.
    ///
    /// - Parameter draft: what it is pasted into: what is before the cursor belongs to its first line, and what is behind
    ///   the cursor to its last.
    func lines(in draft: EditedLine) -> [String] {
        var raw = rawLines
        raw[0] = draft.before + raw[0]
        raw[raw.count - 1] += draft.after
        return raw.compactMap { text in
            var line = EditedLine()
            line.insert(text)
            return line.isBlank ? nil : line.string
        }
    }
}
