// SPDX-License-Identifier: Apache-2.0

extension TerminalReport {
    /// The sections on level 1; none where it was not played.
    var levelOne: [[String]] {
        guard let levelOne = findings.levelOne else { return [] }
        return [
            found(levelOne), sample(levelOne), prices(levelOne), thefts(levelOne),
            [
                heading(
                    "Claims about level 1: \(levelOneClaims.count(where: \.held)) of \(levelOneClaims.count) held"
                )
            ] + rows(of: levelOneClaims),
        ]
    }

    private func found(_ levelOne: LevelOneFindings) -> [String] {
        func row(_ title: String, _ value: (ModeAnalysis) -> String) -> String {
            line(title, levelOne.runs.map { value($0.analysis) })
        }
        let facts = levelOne.readFacts.map { line($0.what, $0.texts) }
        return [
            heading("Level 1 of the protocol: the same chat in JSON"),
            line("", "plain", "TLS", "TLS, padded"),
            row("planted strings found in the capture") { analysis in
                "\(analysis.search.found) of \(analysis.search.findings.count)"
            },
            row("control strings found (must be all)") { analysis in
                "\(analysis.control.found) of \(analysis.control.findings.count)"
            },
            "read out of it by a program, without any secret:",
        ] + facts + stays(levelOne.plain.reading) + [
            "Each line has a number that rises and a time: what was missed shows, and what",
            "was said when. /help is not sent: a client of level 1 answers it itself.",
        ]
    }

    /// Who is who, and the beginning of what goes on with their stays.
    private func stays(_ reading: LevelOneReading) -> [String] {
        reading.stays.filter { $0.token != nil }.prefix(Self.shownStays).flatMap { stay in
            Columns.hanging(
                "  plain:",
                "\(stay.name ?? "") is id \(stay.id ?? ""), token \((stay.token ?? "").prefix(Self.shownTokenCharacters))…",
                labelWidth: 9
            )
        }
    }

    private static let shownStays = 3
    private static let shownTokenCharacters = 8

    // MARK: A line at both levels

    private func sample(_ levelOne: LevelOneFindings) -> [String] {
        guard let zero = findings.plain.sampleLine, let one = levelOne.plain.analysis.sampleLine else {
            return []
        }
        return [heading("One line at both levels, as the plain capture shows it")]
            + quote("level 0, up", zero.toServer) + quote("level 0, down", zero.toOthers)
            + quote("level 1, up", one.toServer) + quote("level 1, down", one.toOthers)
    }

    private func quote(_ label: String, _ bytes: [UInt8]?) -> [String] {
        guard let bytes else { return [] }
        let size = Columns.right("\(bytes.count) B", 6)
        var rest = Substring(CapturedText.visible(bytes.dropFirst(4)))
        var lines: [String] = []
        while !rest.isEmpty, lines.count < Self.quotedLines {
            var width = 0
            let part = rest.prefix { character in
                width += Columns.width(of: character)
                return width <= Self.quotedWidth
            }
            lines.append(
                Columns.fit(lines.isEmpty ? label + size : "", Columns.total - Self.quotedWidth) + part
            )
            rest = rest.dropFirst(part.count)
        }
        return lines
    }

    private static let quotedWidth = 58
    private static let quotedLines = 4

    // MARK: Sizes

    private func prices(_ levelOne: LevelOneFindings) -> [String] {
        guard !levelOne.plain.traffic.toServer.isEmpty else { return [] }
        let (zero, one) = (levelOne.runs.map(\.levelZeroTraffic), levelOne.runs.map(\.traffic))
        func both(_ title: String, _ text: (LineTraffic) -> String) -> [String] {
            [("0", zero), ("1", one)].map { level, traffic in
                let cells = traffic.map(text)
                return line("\(title), level \(level)", cells[0], cells[1], cells[2])
            }
        }
        func mean(_ sizes: [Int]) -> String {
            sizes.isEmpty ? "none" : Decimal.text(LineTraffic.mean(sizes), places: 0)
        }
        func sizes(_ sizes: [Int]) -> String { "\(Set(sizes).count)" }
        return [
            heading("What a line costs, and what its sizes tell"),
            line("bytes of a line, on the average", "plain", "TLS", "TLS, padded"),
        ]
            + both("to the server") { mean($0.toServer) }
            + both("to each other person") { mean($0.toOthers) }
            + both("back to the speaker") { mean($0.toSpeakers) }
            + ["how many different sizes they have"]
            + both("to the server") { sizes($0.toServer) }
            + both("to each other person") { sizes($0.toOthers) }
            + [
                "bytes of the whole run",
                line("level 0", cells(findings.modes)), line("level 1", cells(levelOne.runs.map(\.analysis))),
                "The fewer sizes, the less they tell. Padding to 256 bytes leaves less room for",
                "text at level 1: names, numbers and times stand around it, most on the way down.",
            ]
    }

    private func cells(_ modes: [ModeAnalysis]) -> [String] { modes.map { "\($0.byteCount)" } }

    private func line(_ title: String, _ cells: [String]) -> String {
        line(title, cells[0], cells[1], cells[2])
    }

    // MARK: Tokens

    private func thefts(_ levelOne: LevelOneFindings) -> [String] {
        guard !levelOne.thefts.isEmpty else { return [] }
        return [heading("Whose stay is it? A resume token in the wrong hands")]
            + levelOne.thefts.flatMap { theft in
                Columns.hanging("tried", theft.attempt, labelWidth: 8)
                    + Columns.hanging("  came", theft.outcome, labelWidth: 8)
            }
    }
}

extension ModeAnalysis {
    /// The first line as it crossed the wire, header included: from its speaker, and to somebody else if anybody was there.
    var sampleLine: (toServer: [UInt8], toOthers: [UInt8]?)? {
        guard let unit = lines.first?.unit else { return nil }
        let behind = recording.capture.serverUnits(mode).filter { unit.precedes($0) }
        let toOthers = behind.sorted { $0.precedes($1) }.first { $0.connection != unit.connection }
        return (bytes(of: unit), toOthers.map(bytes))
    }
}
