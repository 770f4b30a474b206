// SPDX-License-Identifier: Apache-2.0

extension HTMLReport {
    var bytes: String {
        section(
            "bytes",
            "What the bytes look like",
            """
            Text uses few of the 256 values a byte can have, and most of them can be read. Encrypted bytes use all \
            values alike. That is what it takes to look like noise, not what makes it safe.
            """,
            "<div class=\"grid three\">\(findings.modes.map(histogram).joined(separator: "\n"))</div>",
            Markup.details("The figures behind the pictures", statisticsTable)
        )
    }

    private func histogram(_ analysis: ModeAnalysis) -> String {
        let statistics = analysis.statistics
        return """
            <figure class="\(analysis.mode.rawValue)"><h3>\(analysis.mode.title)</h3>\
            \(HistogramPicture.markup(analysis))
            <figcaption><strong>\(Decimal.text(statistics.entropy, places: 2)) bits per byte</strong> of 8, \
            \(Decimal.text(statistics.printableShare * 100, places: 0)) % readable \
            (chance: 37 %).</figcaption></figure>
            """
    }

    private var statisticsTable: String {
        let rows: [(String, (ByteStatistics) -> String)] = [
            ("bytes looked at", { "\($0.byteCount)" }),
            ("readable", { Decimal.text($0.printableShare * 100, places: 1) + " %" }),
            ("entropy, bits per byte", { Decimal.text($0.entropy, places: 3) }),
            ("longest readable run, bytes", { "\($0.longestReadableRun)" }),
            (
                "chi-square against equal shares (chance: 205 to 311)",
                { Decimal.text($0.chiSquare, places: 0) }
            ),
        ]
        let figures = Markup.table(
            caption: "Plain: everything above TCP. TLS: the inside of encrypted records.",
            columns: ["figure", "#plain", "#TLS", "#TLS, padded"],
            rows: rows.map { title, value in [title] + findings.modes.map { value($0.statistics) } },
            style: "figures"
        )
        let sixteens = (0..<16).map { row in
            [
                "\(CapturedText.hexadecimal([UInt8(row << 4)])) to \(CapturedText.hexadecimal([UInt8(row << 4 | 15)]))"
            ]
                + findings.modes.map { analysis in
                    "\(analysis.statistics.histogram[row << 4...row << 4 | 15].reduce(0, +))"
                }
        }
        return figures
            + Markup.table(
                caption: "How many bytes had a value in each range",
                columns: ["values", "#plain", "#TLS", "#TLS, padded"],
                rows: sixteens
            )
    }

    var sizes: String {
        guard !findings.tls.lines.isEmpty else { return "" }
        let (without, with) = (
            findings.tls.lines.map(\.unit.range.count), findings.padded.lines.map(\.unit.range.count)
        )
        return section(
            "sizes",
            "The size of a record gives away the length of a line",
            """
            TLS hides what is said, not how much. Each record is \(TLSRecord.overheadBytes) bytes longer than what \
            it holds, so an eavesdropper subtracts and knows. Padding fills every record up to the next multiple of 256.
            """,
            """
            <figure class="beside"><div><ul class="key"><li class="tls">TLS</li><li class="padded">TLS, padded</li></ul>
            \(SizePicture.markup(findings.tls, findings.padded))</div>
            <figcaption><strong>\(Set(without).count) sizes of record for \(without.count) lines without padding, \
            \(Set(with).count) with it.</strong> The round points lie on one straight line: size = length + \(ModeAnalysis.lineOverheadBytes). The \
            square ones lie on steps: on one step, a short answer and a long confession look the same.
            \(Markup.details("The figures behind the picture", SizePicture.table(findings.tls, findings.padded)))\
            </figcaption></figure>
            """
        )
    }

    var timeline: String {
        section(
            "timeline",
            "Who speaks, and to how many",
            """
            Time runs down, each connection has its lane. A filled disc is a message from that connection, as big as \
            its record; rings are the records that the server sends out because of it. Nobody needs a key to see that.
            """,
            """
            <div class="grid two">\([findings.tls, findings.padded].map(timelineFigure).joined(separator: "\n"))</div>
            """
        )
    }

    private func timelineFigure(_ analysis: ModeAnalysis) -> String {
        let picture = TimelinePicture(analysis)
        let caption =
            analysis.mode == .tls
            ? "<strong>One disc and a ring in every other lane is a line.</strong> Everyone gets one when somebody "
                + "comes in; only the sender after a command or a passphrase. Lengths are the eavesdropper's guesses."
            : "<strong>Lines up to 252 bytes are one size of disc now, and the pattern is the same.</strong> Padding "
                + "hides lengths: not times, not who speaks, not how many listen."
        return """
            <figure class="\(analysis.mode.rawValue)"><h3>\(analysis.mode.title)</h3>\(picture.markup)
            <figcaption>\(caption)</figcaption>
            \(Markup.details("The guesses as a table", picture.table))</figure>
            """
    }
}
