// SPDX-License-Identifier: Apache-2.0

extension HTMLReport {
    /// The same chat at level 1; nothing where it was not played.
    var levelOne: String {
        guard let levelOne = findings.levelOne else { return "" }
        return section(
            "level-1",
            "The same chat at level 1 of the protocol",
            """
            At level 1 messages are JSON, with ids, sequence numbers and a token that resumes a stay. Without TLS, a \
            program reads all of it; with TLS, nothing. What is left are sizes and times.
            """,
            Markup.table(
                caption: "What was found at level 1",
                columns: ["what", "#plain", "#TLS", "#TLS, padded"],
                rows: found(levelOne),
                style: "figures"
            ),
            Markup.details("What a program read out of the plain capture", stays(levelOne.plain.reading)),
            Markup.table(
                caption: "Bytes of a line at both levels, on the average, and how many different sizes",
                columns: ["way", "#plain", "#TLS", "#TLS, padded"],
                rows: prices(levelOne),
                style: "figures"
            ),
            """
            <p>The fewer sizes, the less they tell. At level 1 the speaker gets a record back, and padding to 256 \
            bytes leaves less room for text, most of all on the way down.</p>
            """,
            Markup.table(
                caption: "A resume token in the wrong hands",
                columns: ["what was tried", "what came of it"],
                rows: levelOne.thefts.map { [Markup.escape($0.attempt), Markup.escape($0.outcome)] },
                style: "stack"
            ),
            "<h3>Claims about level 1</h3>" + list(of: levelOneClaims)
        )
    }

    private func found(_ levelOne: LevelOneFindings) -> [[String]] {
        let searches: [(String, (LevelOneRun) -> SecretSearch)] = [
            ("planted strings", \.analysis.search), ("resume tokens, by searching", \.tokens),
            ("control strings (must be all)", \.analysis.control),
        ]
        let rows = searches.map { title, search in
            [title]
                + levelOne.runs.map { "\(search($0).found) of \(search($0).findings.count)" }
        }
        return rows + levelOne.readFacts.map { ["read by a program: \($0.what)"] + $0.texts }
    }

    /// More would make the page heavy; wire.json holds all.
    private static let shownLines = 120
    private static let shownColumns = 80

    private func stays(_ reading: LevelOneReading) -> String {
        Markup.table(
            caption: "Connections",
            columns: ["name", "id", "passphrase", "token"],
            rows: reading.stays.map { stay in
                [stay.name, stay.id, stay.passphrase, stay.token].map { Markup.escape($0 ?? "–") }
            },
            style: "stack"
        )
            + Markup.table(
                caption: "Lines" + (reading.lines.count > Self.shownLines ? ", the first of them" : ""),
                columns: ["sequence number", "who (id)", "text", "in the room"],
                rows: reading.lines.prefix(Self.shownLines).map { line in
                    [
                        "\(line.sequence)", Markup.escape("\(line.speaker) (\(line.speakerID))"),
                        Markup.escape(Columns.cut(line.text, Self.shownColumns)),
                        Markup.escape(reading.present(after: line.sequence).joined(separator: ", ")),
                    ]
                },
                style: "stack"
            )
    }

    private func prices(_ levelOne: LevelOneFindings) -> [[String]] {
        let ways: [(String, (LineTraffic) -> [Int])] = [
            ("to the server", \.toServer), ("to each other person", \.toOthers),
            ("back to the speaker", \.toSpeakers),
        ]
        let levels = [(0, levelOne.runs.map(\.levelZeroTraffic)), (1, levelOne.runs.map(\.traffic))]
        return ways.flatMap { way, sizes in
            levels.map { level, traffic in
                ["\(way), level \(level)"]
                    + traffic.map { traffic in
                        let all = sizes(traffic)
                        return all.isEmpty
                            ? "none" : "\(Decimal.text(LineTraffic.mean(all), places: 0)) (\(Set(all).count))"
                    }
            }
        }
    }
}
