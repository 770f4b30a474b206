// SPDX-License-Identifier: Apache-2.0

/// What an eavesdropper makes of a capture: time runs down, each connection has a lane.
///
/// A filled disc is a message from a client, as big as its record; rings are those who got a record because of it.
struct TimelinePicture {
    private let analysis: ModeAnalysis
    private let guesses: ArraySlice<Eavesdropper.Guess>

    /// More would make the page long and not clearer.
    private static let shownGuesses = 60

    private static let timeWidth = 62
    private static let labelWidth = 118
    private static let head = 34
    private static let rowHeight = 24

    init(_ analysis: ModeAnalysis) {
        self.analysis = analysis
        guesses = analysis.game.eavesdropper.guesses.prefix(Self.shownGuesses)
    }

    private var laneCount: Int { analysis.connections.count }
    private var laneSpacing: Int { max(12, min(44, 264 / max(laneCount, 1))) }
    private var lanesEnd: Int { Self.timeWidth + laneCount * laneSpacing }

    var markup: String {
        Markup.picture(
            "time-\(analysis.mode.rawValue)",
            width: lanesEnd + Self.labelWidth,
            height: Self.head + guesses.count * Self.rowHeight + 8,
            title: "Who sent what to whom and when, guessed from the \(analysis.mode.title) capture",
            description: "\(guesses.count) messages on \(laneCount) connections. Each is one record from its "
                + "sender, and at once one record to each of those who get it.",
            lanes + guesses.enumerated().flatMap { row($1, at: Self.head + $0 * Self.rowHeight + 12) }
        )
    }

    var table: String {
        Markup.table(
            caption: "Guessed from the \(analysis.mode.title) capture",
            columns: ["time", "#connection", "guess", "#bytes of text", "#room", "records went to"],
            rows: guesses.map { guess in
                [
                    Self.seconds(guess.time), "\(guess.connection + 1)", Markup.escape(guess.kind.rawValue),
                    guess.textBytes.map(String.init) ?? "", guess.roomSize.map(String.init) ?? "",
                    guess.answers.keys.sorted().map { "\($0 + 1)" }.joined(separator: ", "),
                ]
            }
        )
    }

    private var lanes: [String] {
        ["<text class=\"tick\" x=\"\(Self.timeWidth - 24)\" y=\"16\" text-anchor=\"end\">s</text>"]
            + ["<text class=\"tick\" x=\"\(lanesEnd)\" y=\"16\">connection: guess</text>"]
            + (0..<laneCount).flatMap(lane)
    }

    private func lane(_ lane: Int) -> [String] {
        let rows = guesses.indices.filter {
            guesses[$0].connection == lane || guesses[$0].answers[lane] != nil
        }
        let first = Self.head + (rows.first ?? 0) * Self.rowHeight
        let last = Self.head + ((rows.last ?? 0) + 1) * Self.rowHeight
        return [
            "<text class=\"tick\" x=\"\(x(lane))\" y=\"16\" text-anchor=\"middle\">\(lane + 1)</text>",
            "<path class=\"grid\" d=\"M\(x(lane)) \(first)V\(last)\"/>",
        ]
    }

    private func row(_ guess: Eavesdropper.Guess, at y: Int) -> [String] {
        let receivers = guess.answers.keys.sorted()
        let reached = receivers + [guess.connection]
        let mode = analysis.mode.rawValue
        let from = x(reached.min() ?? 0)
        let to = x(reached.max() ?? 0)
        return [
            "<text class=\"tick\" x=\"\(Self.timeWidth - 24)\" y=\"\(y)\" dy=\"4\" text-anchor=\"end\">"
                + "\(Self.seconds(guess.time))</text>",
            "<path class=\"\(mode) reach\" d=\"M\(from) \(y)H\(to)\"/>",
        ]
            + receivers.filter { $0 != guess.connection }.map {
                "<circle class=\"\(mode) ring\" cx=\"\(x($0))\" cy=\"\(y)\" r=\"5\"/>"
            }
            + [
                "<circle class=\"\(mode)\" cx=\"\(x(guess.connection))\" cy=\"\(y)\" r=\"\(radius(guess))\"/>",
                "<text class=\"note\" x=\"\(lanesEnd)\" y=\"\(y)\" dy=\"4\">\(words(for: guess))</text>",
            ]
    }

    private func words(for guess: Eavesdropper.Guess) -> String {
        guard let bytes = guess.textBytes else { return guess.kind.rawValue }
        // Everything up to the name is filled up, whatever padding the chat has.
        let isFilledUp =
            analysis.game.eavesdropper.paddingMultiple != nil
            || guess.kind == .passphrase || guess.kind == .name
        return guess.kind.rawValue + (isFilledUp ? ", ? B" : ", \(bytes) B")
    }

    /// The disc's area follows the size of the record.
    private func radius(_ guess: Eavesdropper.Guess) -> String {
        Decimal.text(min(3 + (Double(guess.recordBytes) / 8).squareRoot(), 11), places: 1)
    }

    private func x(_ lane: Int) -> Int { Self.timeWidth + lane * laneSpacing }

    private static func seconds(_ time: Duration) -> String {
        Decimal.text(time / .seconds(1), places: 3)
    }
}
