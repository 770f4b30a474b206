// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms

/// What an eavesdropper finds of the same chat at level 1 of the protocol, computed once for all reports.
struct LevelOneFindings: Sendable {
    let plain: LevelOneRun
    let tls: LevelOneRun
    let padded: LevelOneRun
    let thefts: [TokenTheft]

    /// - Parameter levelZero: the same chat at level 0: plain, with TLS, and padded.
    init(
        _ evidence: LevelOneEvidence,
        planted: [String],
        beside levelZero: (plain: ModeAnalysis, tls: ModeAnalysis, padded: ModeAnalysis)
    ) {
        plain = LevelOneRun(.plain, in: evidence.recordings, planted, beside: levelZero.plain)
        tls = LevelOneRun(.tls, in: evidence.recordings, planted, beside: levelZero.tls)
        padded = LevelOneRun(.padded, in: evidence.recordings, planted, beside: levelZero.padded)
        thefts = evidence.thefts
    }

    var runs: [LevelOneRun] { [plain, tls, padded] }

    /// What there was to read, and how much of it a program read in each mode; without what did not happen.
    var readFacts: [(what: String, texts: [String])] {
        plain.facts.indices.filter { plain.facts[$0].total > 0 }.map { index in
            (plain.facts[index].what, runs.map { $0.facts[index].text })
        }
    }
}

/// All that was computed about one run at level 1.
struct LevelOneRun: Sendable {
    let analysis: ModeAnalysis

    /// What a program reads out of the capture.
    let reading: LevelOneReading

    /// Of what the clients were told, how much that is.
    let facts: [ReadFact]

    /// The tokens that the clients were given, looked for like the planted strings.
    let tokens: SecretSearch

    let traffic: LineTraffic
    let levelZeroTraffic: LineTraffic

    var mode: WireMode { analysis.mode }

    init(
        _ mode: WireMode,
        in recordings: [RunRecording],
        _ planted: [String],
        beside levelZero: ModeAnalysis
    ) {
        analysis = ModeAnalysis(mode, in: recordings, planted: planted)
        reading = LevelOneReading(analysis.recording.capture)
        facts = analysis.facts(readIn: reading)
        tokens = SecretSearch(
            for: analysis.recording.levelOne?.stays.map(\.token) ?? [],
            in: analysis.recording.capture.streams,
            at: .one
        )
        traffic = analysis.traffic
        levelZeroTraffic = levelZero.traffic
    }
}

extension ModeAnalysis {
    /// Of what the clients were told, how much a program read out of the capture.
    fileprivate func facts(readIn reading: LevelOneReading) -> [ReadFact] {
        let facts = recording.levelOne ?? LevelOneTruth()
        let stays = reading.stays.filter { $0.token != nil }
        func stay(of fact: LevelOneTruth.Stay) -> LevelOneReading.Stay? {
            stays.first { $0.connection == fact.connection }
        }
        let passphrases = recording.truth.filter(\.isPassphrase)
        let texts = recording.truth.compactMap(\.shownLine)
        let lines = zip(facts.sequences, zip(texts, recording.truth.filter { $0.shownLine != nil }))
        // Nobody is told when the last one leaves an empty room.
        let movements = recording.truth.filter(\.isMovement).dropLast()
        return [
            ReadFact(
                "passphrases, right and wrong ones",
                passphrases.map { event in
                    guard case .authenticated(let bytes, _) = event.kind else { return false }
                    return reading.stays.contains {
                        $0.connection == event.connection && $0.passphrase?.utf8.count == bytes
                    }
                }
            ),
            ReadFact("names", facts.stays.map { stay(of: $0)?.name == $0.name }),
            ReadFact("ids, which a new name does not change", facts.stays.map { stay(of: $0)?.id == $0.id }),
            ReadFact("tokens that resume a stay", facts.stays.map { stay(of: $0)?.token == $0.token }),
            ReadFact(
                "lines with speaker and sequence number",
                lines.map { sequence, line in
                    reading.lines.contains {
                        $0.sequence == sequence && $0.text == line.0 && $0.speaker == line.1.person
                    }
                }
            ),
            ReadFact(
                "comings and goings: who is in the room",
                zip(movements, 0...).map { event, place in
                    guard reading.movements.indices.contains(place) else { return false }
                    let seen = reading.movements[place]
                    return seen.name == event.person && seen.hasCome == (event.kind == .joined)
                }
            ),
        ]
    }

    /// How long each line is inside a string of JSON, and the message that carried it to the server.
    var linesInJSON: [(textBytes: Int, messageBytes: Int)] {
        lines.compactMap { item, unit in
            guard recording.truth.indices.contains(item.event),
                case .said(let text) = recording.truth[item.event].kind
            else { return nil }
            return (LevelOneText.quoted(text).count - 2, unit.range.count)
        }
    }
}

/// One kind of thing that the clients were told, and how often a program read the same out of the capture.
struct ReadFact: Equatable, Sendable {
    let what: String
    let right: Int
    let total: Int

    init(_ what: String, _ answers: [Bool]) {
        self.what = what
        right = answers.count { $0 }
        total = answers.count
    }

    /// Such as `3 of 3`.
    var text: String { "\(right) of \(total)" }
}

extension TrueEvent {
    /// A line as everybody is shown it.
    fileprivate var shownLine: String? {
        if case .said(let text) = kind { ChatLine(text)?.text } else { nil }
    }

    fileprivate var isPassphrase: Bool {
        if case .authenticated = kind { true } else { false }
    }

    fileprivate var isMovement: Bool { kind == .joined || kind == .left }
}
