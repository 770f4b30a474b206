// SPDX-License-Identifier: Apache-2.0

/// The comparison as one file that a browser shows without scripts and without the network.
struct HTMLReport {
    let findings: Findings
    let claims: [Claim]
    let levelOneClaims: [Claim]
    private let origin: ReportOrigin?

    init(
        _ findings: Findings,
        _ claims: [Claim],
        _ levelOneClaims: [Claim],
        _ origin: ReportOrigin? = nil
    ) {
        self.findings = findings
        self.origin = origin
        self.claims = claims
        self.levelOneClaims = levelOneClaims
    }

    var page: String {
        let sections = [
            events, bytes, sizes, timeline, leaks, scoreboard, attacks, verdict, levelOne, further,
        ]
        .filter { !$0.isEmpty }.joined(separator: "\n")
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
            base-uri 'none'; form-action 'none'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="referrer" content="no-referrer">
            <title>On the wire: what an eavesdropper sees of a chat</title>
            <style>\(PageStyle.sheet)</style></head><body>
            <a class="skip" href="#events">Skip to the messages</a>
            \(opening)
            \(Self.contents(of: sections))
            <main>
            \(sections)
            </main>
            <footer>Captured on the loopback interface of one machine. Written by snug-wire\(making).</footer>
            </body></html>

            """
    }

    /// A list of the sections, by their headings.
    private static func contents(of sections: String) -> String {
        let links = sections.split(separator: "<h2 id=\"").dropFirst().compactMap { rest in
            let parts = rest.prefix { $0 != "<" }.split(separator: "\">", maxSplits: 1)
            return parts.count == 2 ? "<li><a href=\"#\(parts[0])\">\(parts[1])</a></li>" : nil
        }
        return "<nav aria-label=\"Contents\"><ol>\(links.joined(separator: "\n"))</ol></nav>"
    }

    private var making: String {
        guard let origin else { return "" }
        let versions = Markup.escape(origin.versions.joined(separator: ", "))
        return " on \(Markup.escape(origin.date)) with \(versions)"
    }

    // MARK: Opening

    private var opening: String {
        let failed = claims.count { !$0.held }
        let people = Markup.escape(findings.people.joined(separator: ", "))
        return """
            <header><h1>On the wire: what an eavesdropper sees of a chat</h1>
            <p class="lead">\(people) held the same chat three times, over real sockets with the real server: once \
            without protection, once over TLS, and once over TLS with padded records. What an eavesdropper finds \
            and guesses below was computed from the bytes that crossed the wire; what really happened is there to \
            check it by.</p>
            <div class="grid three">\(findings.modes.map(card).joined(separator: "\n"))</div>
            <p class="verdict\(failed > 0 ? " failed" : "")"><a href="#claims">\(claims.count - failed) of \
            \(claims.count) claims</a> of this report held in this run.</p></header>
            """
    }

    private func card(_ analysis: ModeAnalysis) -> String {
        let figures = [
            ("control strings found", "\(analysis.control.found) of \(analysis.control.findings.count)"),
            ("readable bytes", Decimal.text(analysis.statistics.printableShare * 100, places: 0) + " %"),
            ("longest readable run", "\(analysis.statistics.longestReadableRun) bytes"),
            ("bytes on the wire", "\(analysis.byteCount)"),
        ]
        return """
            <div class="card \(analysis.mode.rawValue)"><h3>\(analysis.mode.title)</h3>\
            <b>\(analysis.search.found) of \(analysis.search.findings.count)</b> secrets found by searching
            <dl>\(figures.map { "<dt>\($0)</dt><dd>\($1)</dd>" }.joined())</dl></div>
            """
    }

    // MARK: Messages

    /// More would make the page heavy; wire.json and the captures hold all.
    private static let shownRows = 120
    private static let shownColumns = 60

    /// On a telephone the others wait until they are asked for.
    private static let unfoldedRows = 12

    private var events: String {
        let rows = findings.rows.prefix(Self.shownRows)
        let more = findings.rows.count - rows.count
        return section(
            "events",
            "The same message, three times",
            """
            Each row is one thing that a person did, and the message that carried it. What was \
            <mark>planted and found</mark> is marked. Of an encrypted message only the header and the \
            size can be read: compare the sizes with and without padding.
            """,
            Markup.table(
                caption: "Messages of the clients" + (more > 0 ? ", without the last \(more)" : ""),
                columns: ["who does what", "plain: anyone reads it", "TLS", "TLS, padded"],
                rows: rows.map { row in
                    [
                        Markup.escape(row.person) + " <span class=\"soft\">\(row.action)</span>",
                        message(row.plain, isEncrypted: false), message(row.tls, isEncrypted: true),
                        message(row.padded, isEncrypted: true),
                    ]
                },
                style: "events stack",
                foldedBehind: Self.unfoldedRows
            ),
            Markup.details("What was searched for, and where it was found", searchTable)
        )
    }

    private func message(_ cell: EventRow.Cell, isEncrypted: Bool) -> String {
        guard !cell.bytes.isEmpty else { return "<span class=\"soft\">the connection ends</span>" }
        guard isEncrypted, cell.found.isEmpty else {
            let header = cell.bytes.prefix(isEncrypted ? 5 : 4)
            let pieces = CapturedText.pieces(of: cell, skipping: header.count, limit: 400).map { piece in
                let text = Markup.escape(piece.text)
                return piece.isFound ? "<mark>\(text)</mark>" : text
            }
            return size(cell)
                + "<span class=\"bytes\"><span class=\"soft\">\(CapturedText.hexadecimal(header))"
                + "</span> \(pieces.joined())\(cell.bytes.count > 400 ? " …" : "")</span>"
        }
        return size(cell)
            + "<span class=\"bytes soft\">\(CapturedText.hexadecimal(cell.bytes.prefix(8))) …</span>"
    }

    private func size(_ cell: EventRow.Cell) -> String {
        "<span class=\"size\">\(cell.bytes.count) bytes</span> "
    }

    private var searchTable: String {
        let texts = findings.plain.search.findings.indices.map { index in
            [Markup.escape(Columns.cut(findings.plain.search.findings[index].text, Self.shownColumns))]
                + findings.modes.map { hits($0.search.findings[index]) }
        }
        let controls =
            findings.plain.control.findings.map { [control($0), hits($0), "", ""] }
            + zip(findings.tls.control.findings, findings.padded.control.findings).map { tls, padded in
                [control(tls), "", hits(tls), hits(padded)]
            }
        return """
            <p>Each string was looked for as text and as base64 at all three alignments, in both directions of every \
            connection, across the borders of segments. Strings under \(SecretSearch.shortestPattern) bytes were \
            looked for with their frame's header, because so few bytes come up by chance. The controls are in every \
            client's hello, or in what the server says to everyone: they must be found, or the zeros would mean \
            nothing.</p>
            """
                + Markup.table(
                    caption: "How often each string was found",
                    columns: ["string", "#plain", "#TLS", "#TLS, padded"],
                    rows: texts + controls,
                    style: "figures"
                )
    }

    private func control(_ finding: SecretSearch.Finding) -> String {
        "\(Markup.escape(finding.text)) <span class=\"soft\">(control)</span>"
    }

    private func hits(_ finding: SecretSearch.Finding) -> String { "\(finding.hits.count)" }

    // MARK: Claims

    private var verdict: String {
        section(
            "claims",
            "Claims, checked in this run",
            "The program that wrote this page ends with an error if one of them does not hold.",
            list(of: claims)
        )
    }

    func list(of claims: [Claim]) -> String {
        let items = claims.map { claim in
            "<li><b class=\"\(claim.held ? "held" : "failed")\" aria-hidden=\"true\">\(claim.held ? "✓" : "✗")</b>"
                + "<span class=\"\(claim.held ? "" : "failed")\">\(claim.held ? "" : "not held: ")"
                + "\(Markup.escape(claim.name))</span></li>"
        }
        return "<ul class=\"claims\">\(items.joined(separator: "\n"))</ul>"
    }

    private var further: String {
        section(
            "next",
            "Where to look next",
            """
            The captures beside this file open in Wireshark. Their TCP and IP headers are reconstructed; the bytes \
            above TCP are the ones that crossed the sockets.
            """,
            """
            <pre>tshark -r plain.pcapng -q -z follow,tcp,ascii,0    # the chat
            tshark -r tls.pcapng -q -z follow,tcp,ascii,0      # ciphertext
            python3 -m json.tool wire.json                     # every figure of this page</pre>
            <p>What this page does not show: the server and everyone in the room read every line, TLS or not. Whoever \
            has the session keys reads the captures too. One machine's loopback is quieter than a network: real \
            times are noisier, real rooms talk over each other. And bytes that look random prove nothing by \
            themselves: a compressed file looks the same.</p>
            """
        )
    }

    func section(_ id: String, _ title: String, _ text: String, _ parts: String...) -> String {
        """
        <section aria-labelledby="\(id)"><h2 id="\(id)">\(title)</h2>
        <p>\(text)</p>
        \(parts.joined(separator: "\n"))
        </section>
        """
    }
}
