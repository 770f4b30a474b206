// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugRooms

extension Scenario {
    /// The most bytes that a script may have.
    public static let scriptLimitBytes = 262_144

    /// The most things that people can do in one script.
    public static let maximumSteps = 500

    /// The most people that can come in.
    public static let maximumPeople = 12

    /// The most wrong passphrases: the server answers each later than the one before.
    public static let maximumGuesses = 3

    /// The longest wrong passphrase; a longer one would show in the length of its record.
    public static let maximumGuessBytes = 200

    /// Reads a script: one line `NAME: WORDS` for each thing that somebody says.
    ///
    /// Words can be `/who`, `/help`, `/quit`, or `/guess WORDS`, with which somebody who is not in the room tries a
    /// wrong passphrase. Empty lines and lines that begin with `#` are left out.
    public init(script: [UInt8]) throws(ScriptError) {
        guard script.count <= Self.scriptLimitBytes else {
            throw ScriptError(.tooLong(limitBytes: Self.scriptLimitBytes))
        }
        var parser = ScriptParser()
        let lines = script.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            do throws(ScriptFault) { try parser.take(line) } catch {
                throw ScriptError(error, line: index + 1)
            }
        }
        guard !parser.steps.isEmpty else { throw ScriptError(.nothingToDo) }
        self.init(passphrase: Self.labPassphrase, steps: parser.steps)
        guard !people.isEmpty else { throw ScriptError(.nobodyComesIn) }
    }
}

/// Goes through a script line by line.
private struct ScriptParser {
    private(set) var steps: [Scenario.Step] = []
    private var people: [MemberName] = []
    private var gone: Set<String> = []
    private var guesses = 0

    mutating func take(_ bytes: some Collection<UInt8>) throws(ScriptFault) {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
        let line = text.trimmingWhitespace
        guard !line.isEmpty, !line.hasPrefix("#") else { return }
        guard let colon = line.firstIndex(of: ":") else { throw .noSpeaker }
        let name = try speaker(String(line[..<colon].trimmingWhitespace))
        try refuseWhatAHelloShows(name.text)
        let words = String(line[line.index(after: colon)...].trimmingWhitespace)
        let action = try action(words)
        guard steps.count < Scenario.maximumSteps else { throw .tooManySteps(Scenario.maximumSteps) }
        if case .guess = action { try admitGuess(by: name) } else { try admit(name) }
        if case .leave = action { gone.insert(name.text) }
        steps.append(Scenario.Step(person: name.text, action: action))
    }

    private func speaker(_ text: String) throws(ScriptFault) -> MemberName {
        let request = NameRequest(text)
        guard let name = request.name, !request.isChanged else { throw .unusableName(text) }
        return name
    }

    private func action(_ words: String) throws(ScriptFault) -> Scenario.Action {
        guard words.count <= ChatLine.maximumCharacters, words.utf8.count <= ChatLine.maximumBytes else {
            throw .lineTooLong
        }
        let parts = words.split(maxSplits: 1, whereSeparator: \.isWhitespace)
        if parts.count == 2, parts[0].lowercased() == "/guess" {
            guard parts[1] != Scenario.labPassphrase else { throw .rightGuess }
            guard parts[1].utf8.count <= Scenario.maximumGuessBytes else {
                throw .guessTooLong(limitBytes: Scenario.maximumGuessBytes)
            }
            try refuseWhatAHelloShows(String(parts[1]))
            return .guess(String(parts[1]))
        }
        switch Input.parse(words) {
        case .request(.say(let speech, to: _, ref: _)) where !speech.isAction:
            let line = speech.line
            // Its sender would be told so, and an eavesdropper's rules take that for an answer to a command.
            guard line.changes.isEmpty else { throw .unfitCharacters }
            try refuseWhatAHelloShows(words)
            return .say(words)
        case .nothing: throw .nothingSaid
        case .quit: return .leave
        case .question(.who): return .ask(.who)
        case .question(.help): return .ask(.help)
        case .named, .question, .refused, .reply, .request: throw .unknownCommand(String(parts.first ?? ""))
        }
    }

    /// It would be found with TLS, too, although nobody gave it away.
    private func refuseWhatAHelloShows(_ text: String) throws(ScriptFault) {
        guard text.utf8.count >= Scenario.shortestPlantedBytes,
            ModeAnalysis.namesInAnyHello.contains(where: { $0.contains(text) })
        else { return }
        throw .shownByHello(text)
    }

    private mutating func admit(_ name: MemberName) throws(ScriptFault) {
        guard !gone.contains(name.text) else { throw .hasLeft(name.text) }
        guard !people.contains(name) else { return }
        if let other = people.first(where: { $0.looksLike(name) }) {
            throw .lookalike(name.text, other.text)
        }
        guard people.count < Scenario.maximumPeople else { throw .tooManyPeople(Scenario.maximumPeople) }
        people.append(name)
    }

    private mutating func admitGuess(by name: MemberName) throws(ScriptFault) {
        guesses += 1
        guard guesses <= Scenario.maximumGuesses else { throw .tooManyGuesses(Scenario.maximumGuesses) }
    }
}

extension StringProtocol {
    fileprivate var trimmingWhitespace: SubSequence {
        guard let first = firstIndex(where: { !$0.isWhitespace }),
            let last = lastIndex(where: { !$0.isWhitespace })
        else { return self[endIndex...] }
        return self[first...last]
    }
}
