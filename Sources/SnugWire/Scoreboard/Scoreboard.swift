// SPDX-License-Identifier: Apache-2.0

/// How many guesses were right, and how far off they were.
struct Tally: Equatable, Sendable {
    var right = 0
    var total = 0

    /// Mean distance of a guessed number from the true one; nil where answers are no quantities.
    var meanError: Double?
}

/// One question, answered from the TLS capture with and without padding, and without any capture.
struct Score: Equatable, Sendable {
    let question: String
    let tls: Tally
    let padded: Tally

    /// The best that can be done without looking: the one answer that is right most often, given every time.
    let fixedAnswer: Tally
}

/// What an ``Eavesdropper`` got right, before and after padding.
struct Scoreboard: Equatable, Sendable {
    /// Lines up to here fit one padded record with room to spare, names and all.
    static let coveredLineBytes = 200

    let lineLengths: Score
    let longLineLengths: Score
    let speakers: Score
    let kinds: Score
    let roomSizes: Score
    let verdicts: Score
    let passphraseLengths: Score

    /// All questions that came up in the chat.
    var scores: [Score] {
        [lineLengths, longLineLengths, passphraseLengths, speakers, kinds, roomSizes, verdicts]
            .filter { $0.tls.total > 0 || $0.padded.total > 0 }
    }

    init(tls: Game, padded: Game) {
        func score<Answer: Hashable>(
            _ question: String,
            distance: ((Answer, Answer) -> Int)? = nil,
            _ pairs: (Game) -> [Pair<Answer>]
        ) -> Score {
            Score(
                question: question,
                tls: Tally(pairs(tls), distance),
                padded: Tally(pairs(padded), distance),
                fixedAnswer: Tally(fixedAnswerTo: pairs(tls).compactMap(\.truth), distance)
            )
        }
        func difference(_ left: Int, _ right: Int) -> Int { abs(left - right) }
        let covered = 0...Self.coveredLineBytes
        let beyond = Self.coveredLineBytes + 1...Int.max
        lineLengths = score(
            "how long is each line (to \(Self.coveredLineBytes) bytes)?",
            distance: difference
        ) {
            $0.lengths(of: .line, covered)
        }
        longLineLengths = score("how long is each longer line?", distance: difference) {
            $0.lengths(of: .line, beyond)
        }
        passphraseLengths = score("how long is the passphrase?", distance: difference) {
            $0.lengths(of: .passphrase, 0...Int.max)
        }
        speakers = score("which connection spoke?") { $0.speakers }
        kinds = score("name, line, command or goodbye?") { $0.kinds }
        roomSizes = score("how many are in the room?", distance: difference) { $0.roomSizes }
        verdicts = score("was the passphrase right?") { $0.verdicts }
    }

    /// Whether looking at the padded records told no more about lengths than not looking.
    var paddingHidesLengths: Bool {
        guard let error = lineLengths.padded.meanError, let chance = lineLengths.fixedAnswer.meanError else {
            return false
        }
        return lineLengths.padded.right <= lineLengths.fixedAnswer.right && error >= chance
    }
}

/// One true answer and the guess at it; nil where something was guessed that never happened, or was missed.
struct Pair<Answer: Hashable> {
    let truth: Answer?
    let guess: Answer?
}

/// The guesses from one capture beside what really happened.
struct Game: Equatable, Sendable {
    let eavesdropper: Eavesdropper
    let truth: Truth

    /// The n-th guess about a connection is held against the n-th thing that happened there.
    private func matched(
        _ kind: Eavesdropper.GuessedKind? = nil
    ) -> [(truth: Truth.Item?, guess: Eavesdropper.Guess?)] {
        let connections = Set(truth.items.map(\.connection)).union(eavesdropper.guesses.map(\.connection))
        return connections.sorted().flatMap { connection in
            let items = truth.items.filter { $0.connection == connection && (kind ?? $0.kind) == $0.kind }
            let guesses = eavesdropper.guesses.filter {
                $0.connection == connection && (kind ?? $0.kind) == $0.kind
            }
            return paired(items, guesses)
        }
    }

    private func paired<Left, Right>(_ left: [Left], _ right: [Right]) -> [(Left?, Right?)] {
        (0..<max(left.count, right.count)).map { index in
            (
                left.indices.contains(index) ? left[index] : nil,
                right.indices.contains(index) ? right[index] : nil
            )
        }
    }

    func lengths(of kind: Eavesdropper.GuessedKind, _ range: ClosedRange<Int>) -> [Pair<Int>] {
        matched(kind).compactMap { truth, guess in
            // A guess at a line that never was counts where its size puts it.
            guard let bytes = truth?.textBytes ?? guess?.textBytes, range.contains(bytes) else { return nil }
            return Pair(truth: truth?.textBytes, guess: guess?.textBytes)
        }
    }

    /// Lines in the order in which they were said.
    var speakers: [Pair<Int>] {
        paired(
            truth.items.filter { $0.kind == .line }.map(\.connection),
            eavesdropper.guesses.filter { $0.kind == .line }.map(\.connection)
        ).map { Pair(truth: $0, guess: $1) }
    }

    var kinds: [Pair<Eavesdropper.GuessedKind>] {
        matched().compactMap { truth, guess in
            truth?.kind == .passphrase ? nil : Pair(truth: truth?.kind, guess: guess?.kind)
        }
    }

    var roomSizes: [Pair<Int>] {
        matched().compactMap { truth, guess in
            truth?.roomSize.map { Pair(truth: $0, guess: guess?.roomSize) }
        }
    }

    var verdicts: [Pair<Bool>] {
        truth.items.compactMap { item in
            item.accepted.map { accepted in
                let guesses = eavesdropper.accepted
                let guess = guesses.indices.contains(item.connection) ? guesses[item.connection] : nil
                return Pair(truth: accepted, guess: guess)
            }
        }
    }
}

extension Tally {
    fileprivate init<Answer>(_ pairs: [Pair<Answer>], _ distance: ((Answer, Answer) -> Int)?) {
        right = pairs.count { $0.truth != nil && $0.truth == $0.guess }
        total = pairs.count
        guard let distance else { return }
        meanError = Self.mean(
            pairs.compactMap { pair in
                guard let truth = pair.truth, let guess = pair.guess else { return nil }
                return distance(truth, guess)
            }
        )
    }

    /// The most common answer for the hits; for the distance, the one of all that happened that is closest to all.
    fileprivate init<Answer: Hashable>(
        fixedAnswerTo truth: [Answer],
        _ distance: ((Answer, Answer) -> Int)?
    ) {
        right = Dictionary(grouping: truth, by: \.self).values.map(\.count).max() ?? 0
        total = truth.count
        guard let distance else { return }
        meanError = Set(truth).compactMap { answer in Self.mean(truth.map { distance($0, answer) }) }.min()
    }

    private static func mean(_ numbers: [Int]) -> Double? {
        numbers.isEmpty ? nil : Double(numbers.reduce(0, +)) / Double(numbers.count)
    }
}
