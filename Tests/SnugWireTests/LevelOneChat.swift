// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugWire

/// The same chat at both levels, recorded once for all tests, by real clients of a real server.
struct LevelOneChat {
    /// With what JSON writes otherwise than it is, what takes two padded records, and what has two slashes.
    static let script = """
        aisha: hello, are you there?
        ben: she said "yes" \\ and left 👋🏽 নমস্কার
        ben: //etc/hosts is a path
        chen: \(String(repeating: "one padded record does not hold this; ", count: 8))
        aisha: /who
        aisha: /help
        mallory: /guess open "sesame"
        chen: ok
        ben: /quit
        aisha: the door code is 2580#
        """

    static let scenario: Scenario = {
        do { return try Scenario(script: Array(script.utf8)) } catch {
            fatalError("no scenario for the tests: \(error)")
        }
    }()

    static let levelZero = recordings(.zero)
    static let levelOne = recordings(.one)

    static let thefts = [
        TokenTheft(
            attempt: "the thief took it",
            outcome: "nobody was told",
            isTakenOver: true,
            claim: "plain: taken over",
            held: true
        )
    ]

    static func recording(_ mode: WireMode) throws -> RunRecording {
        try #require(levelOne.first { $0.mode == mode })
    }

    static func run(_ mode: WireMode) -> LevelOneRun {
        LevelOneRun(
            mode,
            in: levelOne,
            scenario.planted,
            beside: ModeAnalysis(mode, in: levelZero, planted: scenario.planted)
        )
    }

    /// The report on both levels, after something was done to level 1.
    static func report(
        thefts: [TokenTheft] = thefts,
        _ change: (inout [WireMode: RunRecording]) -> Void = { _ in }
    ) -> WireReport {
        var recordings = Dictionary(uniqueKeysWithValues: levelOne.map { ($0.mode, $0) })
        change(&recordings)
        return WireReport(
            recordings: levelZero,
            attacks: RecordedChat.attacks,
            live: nil,
            scenario: scenario,
            levelOne: LevelOneEvidence(recordings: Array(recordings.values), thefts: thefts)
        )
    }

    private static func recordings(_ level: WireLevel) -> [RunRecording] {
        do {
            return try WireMode.allCases.map { try ScenarioRun(scenario, mode: $0, level: level).record() }
        } catch { fatalError("no recording for the tests: \(error)") }
    }
}
