// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import TestSupport
import Testing

@testable import SnugWire

@Suite(.timeLimit(.minutes(30))) struct ScenarioRunTests {
    @Test(arguments: WireMode.allCases)
    func everythingPlantedCrossesThePlainWireInClearAndNothingOfItCrossesTLS(mode: WireMode) throws {
        let recording = try ScenarioRun(.standard, mode: mode).record()
        for text in Scenario.standard.planted {
            #expect(recording.capture.holds(text) == (mode == .plain), "\(text)")
        }
    }

    @Test func theTruthOfARunIsWhatTheScriptSays() throws {
        let script = """
            aisha: hello
            ben: hello aisha
            aisha: /who
            mallory: /guess open sesame
            ben: /quit
            aisha: bye
            """
        let recording = try ScenarioRun(try Scenario(script: Array(script.utf8)), mode: .tls).record()
        let passphraseBytes = Scenario.labPassphrase.utf8.count
        #expect(
            recording.truth.map { "\($0.connection) \($0.person) \($0.kind)" } == [
                "0 aisha authenticated(passphraseBytes: \(passphraseBytes), accepted: true)",
                "0 aisha joined",
                "1 ben authenticated(passphraseBytes: \(passphraseBytes), accepted: true)",
                "1 ben joined",
                "0 aisha said(\"hello\")",
                "1 ben said(\"hello aisha\")",
                "0 aisha asked(command: \"/who\")",
                "2 mallory authenticated(passphraseBytes: 11, accepted: false)",
                "1 ben left",
                "0 aisha said(\"bye\")",
                "0 aisha left",
            ]
        )
        #expect(recording.mode == .tls)
        #expect(recording.keyLog.isEmpty)
        #expect(recording.startedAt.seconds > 0)
    }

    @Test(arguments: WireMode.allCases)
    func everyLineGoesUpOnceAndDownToEveryoneElseBeforeTheNext(mode: WireMode) throws {
        let script = "aisha: one\nben: two\nchen: three\nchen: /quit\nben: four"
        let recording = try ScenarioRun(try Scenario(script: Array(script.utf8)), mode: mode).record()
        let truth = recording.truth
        for (index, event) in truth.enumerated() {
            guard case .said(let text) = event.kind, index + 1 < truth.count else { continue }
            let pieces = recording.capture.segments.filter {
                $0.time >= event.time && $0.time < truth[index + 1].time
            }
            let up = pieces.filter { $0.direction == .toServer }.map(\.connection)
            let down = pieces.filter { $0.direction == .toClient }.map(\.connection)
            #expect(up == [event.connection])
            #expect(Set(down) == Set(text == "four" ? [0] : [0, 1, 2]).subtracting([event.connection]))
        }
    }

    @Test func whoTalksToAnEmptyRoomSendsEachLineByItselfHoweverBusyTheMachineIs() throws {
        let script = (1...100).map { "aisha: line \($0)" }.joined(separator: "\n")
        var run = ScenarioRun(try Scenario(script: Array(script.utf8)), mode: .tls)
        run.testOnlyWithoutPauses = true
        let analysis = ModeAnalysis(try run.record(), planted: [])
        #expect(analysis.game.eavesdropper.guesses.count { $0.kind == .line } == 100)
        #expect(analysis.lines.allSatisfy { $0.item.textBytes == $0.unit.range.count - 26 })
    }

    @Test(arguments: WireMode.allCases)
    func everyConnectionIsClosedByTheEndOfARun(mode: WireMode) throws {
        let capture = try ScenarioRun(.standard, mode: mode).record().capture
        #expect(capture.connections.count == Scenario.standard.people.count + 1)
        for connection in capture.connections {
            #expect(connection.closedAt != nil)
            #expect(connection.closedFirstBy != nil)
            #expect(connection.client.address == [127, 0, 0, 1])
        }
        #expect(capture.segments.allSatisfy { !$0.bytes.isEmpty })
        #expect(capture.segments.map(\.time) == capture.segments.map(\.time).sorted())
    }

    @Test(arguments: WireMode.allCases)
    func aLineThatBeginsWithASlashIsSaidByTypingTwo(mode: WireMode) throws {
        let scenario = try Scenario(script: Array("aisha: //etc/hosts\nben: ///srv".utf8))
        #expect(scenario.planted.suffix(2) == ["/etc/hosts", "//srv"])
        let capture = try ScenarioRun(scenario, mode: mode).record().capture
        #expect(capture.holds("aisha: /etc/hosts") == (mode == .plain))
        #expect(capture.holds("ben: //srv") == (mode == .plain))
    }

    @Test func keysAreKeptOnlyWhereTheyWereAskedFor() throws {
        let scenario = try Scenario(script: Array("aisha: hello".utf8))
        let recording = try ScenarioRun(scenario, mode: .tls, keepsKeys: true).record()
        let labels = String(decoding: recording.keyLog, as: UTF8.self)
            .split(separator: "\n").map { $0.split(separator: " ") }
        #expect(labels.allSatisfy { $0.count == 3 && $0[1].count == 64 })
        #expect(
            Set(labels.map { String($0[0]) }).isSuperset(of: [
                "CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET",
                "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0",
            ])
        )
    }

    @Test func aFullHouseAndLinesThatTheServerChangesStopNobody() throws {
        let lines = (1...Scenario.maximumPeople).map { "person\($0): hello \u{7}\t\u{202E}from \($0)" }
        let scenario = try Scenario(script: Array(lines.joined(separator: "\n").utf8))
        let recording = try ScenarioRun(scenario, mode: .padded).record()
        #expect(recording.capture.connections.count == Scenario.maximumPeople)
    }
}

extension Capture {
    /// Whether any direction of any connection holds the text.
    func holds(_ text: String) -> Bool {
        connections.indices.contains { connection in
            CapturedSegment.Direction.allCases.contains {
                stream(of: connection, $0).holds(Array(text.utf8))
            }
        }
    }
}

extension [UInt8] {
    func holds(_ wanted: [UInt8]) -> Bool {
        guard count >= wanted.count else { return false }
        return (0...(count - wanted.count)).contains { self[$0...].starts(with: wanted) }
    }
}
