// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugWire

@Suite(.timeLimit(.minutes(30))) struct LevelOnePerformanceTests {
    @Test(arguments: WireMode.allCases)
    func theTruthOfARunIsWhatTheScriptSays(mode: WireMode) throws {
        let recording = try LevelOneChat.recording(mode)
        #expect(recording.level == .one)
        #expect(
            recording.truth.map { "\($0.connection) \($0.person) \($0.kind)" }.map { $0.prefix(40) }
                == [
                    "0 aisha authenticated(passphraseBytes: 24, accepted: true)", "0 aisha joined",
                    "1 ben authenticated(passphraseBytes: 24, accepted: true)", "1 ben joined",
                    "2 chen authenticated(passphraseBytes: 24, accepted: true)", "2 chen joined",
                    "0 aisha said(\"hello, are you there?\")",
                    "1 ben said(\"she said \\\"yes\\\" \\\\ and left 👋🏽 নমস্কার\")",
                    "1 ben said(\"/etc/hosts is a path\")",
                    "2 chen said(\"one padded record does not hold this; ",
                    // A client of level 1 answers /help itself.
                    "0 aisha asked(command: \"/who\")",
                    "3 mallory authenticated(passphraseBytes: 13, accepted: false)",
                    "2 chen said(\"ok\")", "1 ben left", "0 aisha said(\"the door code is 2580#\")",
                    "2 chen left",
                    "0 aisha left",
                ].map { $0.prefix(40) }
        )
        let facts = try #require(recording.levelOne)
        #expect(facts.stays.map(\.name) == ["aisha", "ben", "chen"])
        #expect(Set(facts.stays.map(\.id)).count == 3)
        #expect(Set(facts.stays.map(\.token)).count == 3)
        #expect(facts.sequences.count == 6)
        #expect(facts.sequences == Set(facts.sequences).sorted())
    }

    @Test(arguments: WireMode.allCases)
    func everythingPlantedCrossesThePlainWireAndNothingOfItCrossesTLS(mode: WireMode) throws {
        let run = LevelOneChat.run(mode)
        let all = run.analysis.search.findings.count
        #expect(all == 8)
        #expect(run.analysis.search.found == (mode == .plain ? all : 0))
        #expect(run.tokens.found == (mode == .plain ? 3 : 0))
        #expect(run.analysis.control.found == 2)
    }

    @Test(arguments: WireMode.allCases)
    func everyConnectionIsClosedByTheEndOfARun(mode: WireMode) throws {
        let capture = try LevelOneChat.recording(mode).capture
        #expect(capture.connections.count == 4)
        #expect(capture.connections.allSatisfy { $0.closedAt != nil && $0.closedFirstBy == .toClient })
    }

    @Test func everyMessageOfAClientIsOneRecordOfItsOwn() throws {
        let plain = try LevelOneChat.recording(.plain).capture.clientUnits(.plain)
        let tls = try LevelOneChat.recording(.tls).capture.clientUnits(.tls)
        #expect(tls.map(\.count) == plain.map(\.count))
        #expect(
            tls.map { $0.dropFirst().map(\.range.count) }
                == plain.map { $0.dropFirst().map { $0.range.count + TLSRecord.overheadBytes } }
        )
    }

    @Test func aFullHouseAndLinesThatTheServerChangesStopNobody() throws {
        let lines = (1...Scenario.maximumPeople).map { "person\($0): hello \u{7}\t\u{202E}from \($0)" }
        let scenario = try Scenario(script: Array(lines.joined(separator: "\n").utf8))
        let recording = try ScenarioRun(scenario, mode: .padded, level: .one).record()
        #expect(recording.levelOne?.stays.count == Scenario.maximumPeople)
        #expect(recording.levelOne?.sequences.count == Scenario.maximumPeople)
    }

    @Test func keysAreKeptWhereTheyWereAskedFor() throws {
        let scenario = try Scenario(script: Array("aisha: hello".utf8))
        let recording = try ScenarioRun(scenario, mode: .tls, level: .one, keepsKeys: true).record()
        #expect(String(decoding: recording.keyLog, as: UTF8.self).contains("CLIENT_TRAFFIC_SECRET_0 "))
    }
}
