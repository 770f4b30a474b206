// SPDX-License-Identifier: Apache-2.0

/// The comparison in 80 columns, short enough to be read.
struct TerminalReport {
    let findings: Findings
    private let claims: [Claim]
    let levelOneClaims: [Claim]
    private let colour: Bool

    init(_ findings: Findings, _ claims: [Claim], _ levelOneClaims: [Claim], colour: Bool) {
        self.findings = findings
        self.claims = claims
        self.levelOneClaims = levelOneClaims
        self.colour = colour
    }

    var text: String {
        let sections = [overview, events, leaks, scoreboard, attacks, verdict] + levelOne
        return sections.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
            + "\n"
    }

    // MARK: Overview

    private var overview: [String] {
        let rows: [(String, (ModeAnalysis) -> String)] = [
            (
                "planted strings found in the capture",
                { "\($0.search.found) of \($0.search.findings.count)" }
            ),
            (
                "control strings found (must be all)",
                { "\($0.control.found) of \($0.control.findings.count)" }
            ),
            (
                "readable bytes (chance: 37 %)",
                { Decimal.text($0.statistics.printableShare * 100, places: 0) + " %" }
            ),
            ("entropy, bits per byte (most: 8)", { Decimal.text($0.statistics.entropy, places: 2) }),
            ("longest readable run, bytes", { "\($0.statistics.longestReadableRun)" }),
            ("bytes on the wire, handshakes included", { "\($0.byteCount)" }),
        ]
        return [
            heading("What is on the wire: one chat, three times"),
            line("", "plain", "TLS", "TLS, padded"),
        ]
            + rows.map { title, value in
                line(title, value(findings.plain), value(findings.tls), value(findings.padded))
            }
            + [
                "Looked for: passphrase, names, lines; as text and as base64, across segments,",
                "both ways. Finding nothing proves something only because the same search finds",
                "the controls, which are known to be there. Looking like chance proves nothing.",
            ]
    }

    func line(_ title: String, _ cells: String...) -> String {
        Columns.fit(title, 40) + cells.map { " " + Columns.right($0, 12) }.joined()
    }

    // MARK: Events

    private static let shownRows = 12
    private static let plainWidth = 30

    private var events: [String] {
        let shown = typicalRows
        let more = findings.rows.count - shown.count
        return [
            heading("The same message on the same row"),
            row(
                "who",
                "does",
                Columns.fit("plain: anyone reads it", Self.plainWidth),
                "TLS: the same message"
            ),
        ]
            + shown.map { event in
                row(
                    CapturedText.visible(event.person),
                    event.action,
                    readable(event.plain, skipping: 4, width: Self.plainWidth),
                    event.tls.found.isEmpty
                        ? encrypted(event.tls) : readable(event.tls, skipping: 5, width: 23)
                )
            }
            + [
                "\(marked("Marked")): planted and found."
                    + (more > 0 ? " \(more) more rows in report.html." : "")
            ]
    }

    /// Every kind of message once, then lines: three people come in the same way.
    private var typicalRows: [EventRow] {
        var seen: Set<String> = []
        let varied = findings.rows.filter { row in
            row.kind == .line || row.kind == .command || seen.insert(row.action).inserted
        }
        let surplus = max(0, varied.count - Self.shownRows)
        var dropped = 0
        return varied.reversed().filter { row in
            guard row.kind == .line, dropped < surplus else { return true }
            dropped += 1
            return false
        }.reversed().prefix(Self.shownRows).map(\.self)
    }

    private func row(_ who: String, _ does: String, _ plain: String, _ tls: String) -> String {
        Columns.fit(who, 8) + " " + Columns.fit(does, 16) + " " + plain + " " + tls
    }

    private func readable(_ cell: EventRow.Cell, skipping headerBytes: Int, width: Int) -> String {
        guard !cell.bytes.isEmpty else { return Columns.fit("(hangs up)", width) }
        var text = ""
        var remaining = width
        for piece in CapturedText.pieces(of: cell, skipping: headerBytes) {
            let brackets = piece.isFound && !colour ? 2 : 0
            guard remaining > brackets else { break }
            let taken = min(Columns.width(of: piece.text), remaining - brackets)
            let shown = Columns.fit(piece.text, taken)
            text += piece.isFound ? marked(shown) : shown
            remaining -= taken + brackets
        }
        return text + String(repeating: " ", count: remaining)
    }

    private func encrypted(_ cell: EventRow.Cell) -> String {
        guard !cell.bytes.isEmpty else { return "(says goodbye, 24 B)" }
        return CapturedText.hexadecimal(cell.bytes.dropFirst(5).prefix(5)) + " …"
            + Columns.right("\(cell.bytes.count) B", 7)
    }

    private func marked(_ text: String) -> String {
        colour ? "\u{1b}[7m\(text)\u{1b}[27m" : "[\(text)]"
    }

    // MARK: The rest

    private var leaks: [String] {
        [heading("What TLS does not hide, measured")]
            + findings.leaks.flatMap { leak in
                let padded = leak.padded.map { " (padded: \($0))" }
                return Columns.hanging(leak.title, leak.tls + (padded ?? ""), labelWidth: 27)
            }
    }

    private var scoreboard: [String] {
        let price = findings.price
        let chat = PaddingPrice.percent(price.chatBytesWith, over: price.chatBytesWithout)
        let all = PaddingPrice.percent(price.allBytesWith, over: price.allBytesWithout)
        return [
            heading("What an eavesdropper guesses from the TLS captures alone"),
            line("right answers", "TLS", "TLS, padded", "no capture"),
        ]
            + findings.scoreboard.scores.map { score in
                line(score.question, tally(score.tls), tally(score.padded), tally(score.fixedAnswer))
            }
            + [
                "No capture: the single answer that is right most often, given every time.",
                "Price of padding: \(price.chatBytesWith - price.chatBytesWithout) bytes, "
                    + "\(Decimal.text(chat, places: 0)) % of the chat's records "
                    + "(\(Decimal.text(all, places: 0)) % of the run).",
                "Padding hides lengths only: times, counts, speakers and the room's size remain.",
            ]
    }

    func tally(_ tally: Tally) -> String { "\(tally.right) of \(tally.total)" }

    private var attacks: [String] {
        guard !findings.attacks.isEmpty else { return [] }
        return [heading("Attacks on the wire")]
            + findings.attacks.flatMap { attack in
                [attack.name]
                    + Columns.hanging("  plain", attack.plain, labelWidth: 8)
                    + Columns.hanging("  TLS", attack.tls, labelWidth: 8)
            }
    }

    private var verdict: [String] {
        [heading("Claims: \(claims.count(where: \.held)) of \(claims.count) held")] + rows(of: claims)
    }

    func rows(of claims: [Claim]) -> [String] {
        claims.flatMap { Columns.hanging($0.held ? "held" : "NOT HELD", $0.name, labelWidth: 8) }
    }

    func heading(_ title: String) -> String {
        colour ? "\u{1b}[1m\(title)\u{1b}[22m" : title + "\n" + String(repeating: "-", count: title.count)
    }
}
