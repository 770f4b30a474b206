// SPDX-License-Identifier: Apache-2.0

/// The comparison in twelve lines, and where the rest of it is; only what did not hold makes it longer.
struct TerminalSummary {
    let report: TerminalReport
    let findings: Findings
    let claims: [Claim]
    let levelOneClaims: [Claim]

    /// The folder with the captures, as a word for a shell.
    let folder: String

    var text: String { (figures + sentences + failures + ways).joined(separator: "\n") }

    private var figures: [String] {
        [report.line("One chat, three times on the wire", "plain", "TLS", "TLS, padded")]
            + found("secrets that a search finds", findings.modes)
            + (findings.levelOne.map { found("the same at level 1", $0.runs.map(\.analysis)) } ?? [])
            + guessed("lengths of lines that a listener guesses", findings.scoreboard.lineLengths)
            + guessed("speakers that a listener guesses", findings.scoreboard.speakers)
            + row("bytes on the wire", findings.modes.map { "\($0.byteCount)" })
    }

    private func found(_ title: String, _ modes: [ModeAnalysis]) -> [String] {
        row(title, modes.map { "\($0.search.found) of \($0.search.findings.count)" })
    }

    /// Where nothing was asked, there is nothing to tell.
    private func guessed(_ title: String, _ score: Score) -> [String] {
        guard score.tls.total > 0 || score.padded.total > 0 else { return [] }
        return row(title, ["all", report.tally(score.tls), report.tally(score.padded)])
    }

    private func row(_ title: String, _ cells: [String]) -> [String] {
        [report.line(title, cells[0], cells[1], cells[2])]
    }

    private var sentences: [String] {
        let heldOff = findings.attacks.count(where: \.held)
        return [
            "TLS hides what is said, padding how long it is; who speaks and when stays seen.",
            "Attacks on the wire that TLS held off: \(heldOff) of \(findings.attacks.count).",
            (["Claims: \(held(claims))"]
                + (levelOneClaims.isEmpty ? [] : ["about level 1: \(held(levelOneClaims))"]))
                .joined(separator: "; ") + ".",
        ]
    }

    private func held(_ claims: [Claim]) -> String {
        "\(claims.count(where: \.held)) of \(claims.count) held"
    }

    private var failures: [String] { report.rows(of: (claims + levelOneClaims).filter { !$0.held }) }

    private var ways: [String] {
        [
            "Look at   \(folder)/report.html",
            "or        tshark -r \(folder)/plain.pcapng -q -z follow,tcp,ascii,0",
            "All of it here: give --all. To learn with it: docs/worksheet.md",
        ]
    }
}
