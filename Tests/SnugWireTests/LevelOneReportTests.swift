// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugWire

@Suite(.timeLimit(.minutes(30))) struct LevelOneReportTests {
    private func failed(_ report: WireReport) -> [String] {
        report.levelOneClaims.filter { !$0.held }.map(\.name)
    }

    @Test func everyClaimHoldsOnARealChat() {
        let report = LevelOneChat.report()
        #expect(failed(report) == [])
        #expect(report.allClaimsHeld)
        #expect(report.levelOneClaims.count > 12)
    }

    @Test func whatIsSaidOfLevelZeroDoesNotChange() throws {
        let alone = WireReport(
            recordings: LevelOneChat.levelZero,
            attacks: RecordedChat.attacks,
            live: nil,
            scenario: LevelOneChat.scenario
        )
        let report = LevelOneChat.report()
        #expect(alone.levelOneClaims.isEmpty)
        #expect(report.claims == alone.claims)
        let text = report.terminalText(colour: false).split(separator: "\nLevel 1 of the protocol")
        #expect(text.count == 2)
        #expect(alone.terminalText(colour: false).hasPrefix(text[0]))
        #expect(!alone.terminalText(colour: false).contains("evel 1"))
        #expect(!alone.html().contains("evel 1"))
    }

    // MARK: Claims that can fail

    @Test(arguments: WireMode.allCases)
    func aMissingRunFailsTheReport(mode: WireMode) {
        let report = LevelOneChat.report { $0[mode] = nil }
        #expect(!report.allClaimsHeld)
        #expect(!report.terminalText(colour: false).isEmpty)
        #expect(!report.html().isEmpty)
    }

    @Test(arguments: [WireMode.tls, .padded])
    func whereNothingWasRecordedNothingIsClaimedToBeHidden(mode: WireMode) {
        let failed = failed(LevelOneChat.report { $0[mode]?.capture = Capture() })
        #expect(failed.contains("\(mode.rawValue): no planted string and no token is on the wire"))
        #expect(failed.contains("\(mode.rawValue): the program that read everything reads nothing"))
    }

    @Test func oneStringThatIsNotOnThePlainWireFailsTheClaim() {
        let report = LevelOneChat.report { recordings in
            guard let segments = recordings[.plain]?.capture.segments else { return }
            for (index, segment) in segments.enumerated() {
                for place in SecretSearch.ranges(of: Array("aisha".utf8), in: segment.bytes) {
                    let other = Array("aloha".utf8)
                    recordings[.plain]?.capture.segments[index].bytes.replaceSubrange(place, with: other)
                }
            }
        }
        #expect(failed(report).contains("plain: every planted string is on the wire for anyone to read"))
    }

    @Test(arguments: [WireMode.tls, .padded])
    func oneTokenThatEscapesEncryptionFailsTheClaim(mode: WireMode) throws {
        let token = try #require(try LevelOneChat.recording(mode).levelOne?.stays.first?.token)
        let report = LevelOneChat.report { $0[mode]?.capture.segments[20].bytes += Array(token.utf8) }
        #expect(failed(report).contains("\(mode.rawValue): no planted string and no token is on the wire"))
    }

    @Test func aLineThatNobodyCouldReadFailsTheClaim() throws {
        let report = LevelOneChat.report { $0[.plain]?.levelOne?.sequences[0] += 1 }
        #expect(
            failed(report) == [
                "plain: a program reads passphrases, names, ids, tokens, lines and who is in the room"
            ]
        )
    }

    @Test func anotherConversationThanAtLevelZeroFailsTheClaim() {
        let report = LevelOneChat.report { $0[.tls]?.truth.removeLast() }
        #expect(failed(report).contains("all three runs carried the conversation of level 0"))
    }

    @Test func recordsThatPaddingDoesNotFillFailTheClaim() throws {
        let tls = try LevelOneChat.recording(.tls)
        let report = LevelOneChat.report {
            $0[.padded]?.capture = tls.capture
            $0[.padded]?.truth = tls.truth
            $0[.padded]?.levelOne = tls.levelOne
        }
        #expect(failed(report) == ["padded: every line up to 190 bytes goes up in one size of record"])
    }

    @Test func aTheftThatWentOtherwiseFailsTheReport() {
        var theft = LevelOneChat.thefts[0]
        theft.held = false
        let report = LevelOneChat.report(thefts: [theft])
        #expect(failed(report) == ["plain: taken over"])
        #expect(report.terminalText(colour: false).contains("NOT HELD plain: taken over"))
        #expect(report.html().contains("not held: plain: taken over"))
    }

    // MARK: What padding hides

    @Test func withoutPaddingLengthsShowAndWithItOnlyThatALineIsLong() {
        let (tls, padded) = (
            LevelOneChat.run(.tls).analysis.linesInJSON, LevelOneChat.run(.padded).analysis.linesInJSON
        )
        #expect(Set(tls.map { $0.messageBytes - $0.textBytes }).count == 1)
        #expect(Set(padded.map(\.messageBytes)) == [278, 534])
    }

    // MARK: For people

    @Test(arguments: [true, false])
    func theTerminalReportFits80Columns(colour: Bool) {
        for line in LevelOneChat.report().terminalText(colour: colour).split(separator: "\n") {
            let shown = line.replacing(#/\u{1b}\[[0-9]+m/#, with: "")
            #expect(Columns.width(of: String(shown)) <= 80, "\(shown)")
        }
    }

    @Test func thePageShowsWhoIsWhoAndEveryLineWithItsNumber() throws {
        let page = LevelOneChat.report().html()
        let facts = try #require(try LevelOneChat.recording(.plain).levelOne)
        for stay in facts.stays { #expect(page.contains(stay.token) && page.contains(stay.id)) }
        for sequence in facts.sequences { #expect(page.contains("\(sequence)")) }
        #expect(page.contains("she said &quot;yes&quot;"))
        #expect(page.utf8.count < 1_000_000)
    }

    @Test func capturedBytesCanSteerNeitherATerminalNorAPage() {
        let hostile = "\u{1b}]0;owned\u{7}</script><img src=x>\u{202e}"
        let theft = TokenTheft(
            attempt: hostile,
            outcome: hostile,
            isTakenOver: true,
            claim: hostile,
            held: true
        )
        let report = LevelOneChat.report(thefts: [theft]) { recordings in
            // A name of the same length, so that the frames stay what they are.
            for index in recordings[.plain]?.capture.segments.indices ?? 0..<0 {
                guard var bytes = recordings[.plain]?.capture.segments[index].bytes else { continue }
                for place in SecretSearch.ranges(of: Array("aisha".utf8), in: bytes) {
                    bytes.replaceSubrange(place, with: Array("\u{202e}<b".utf8))
                }
                recordings[.plain]?.capture.segments[index].bytes = bytes
            }
        }
        let text = report.terminalText(colour: false)
        let page = report.html()
        #expect(text.contains("owned") && text.contains("<b is id") && page.contains("&lt;b"))
        #expect(!page.contains("<script") && !page.contains("<img") && !page.contains("\u{fffd}<b"))
        for scalar in (text + page).unicodeScalars where scalar != "\n" {
            #expect(scalar.properties.generalCategory != .control)
            #expect(scalar != "\u{202e}")
        }
    }

    // MARK: For programs

    @Test func pythonReadsTheFiguresAsTheyWereMeant() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(
            Array(LevelOneChat.report().json().utf8),
            to: "wire.json",
            mode: 0o600
        )
        let check = """
            import json, sys
            wire = json.load(open(sys.argv[1], encoding="utf-8"))
            one = wire["levelOne"]
            print([run["capture"] for run in one["runs"].values()])
            reading = one["runs"]["plain"]["reading"]
            print([stay["name"] for stay in reading["stays"]], reading["tokensFound"])
            print([(line["name"], line["present"]) for line in reading["lines"]][-1])
            print(all(fact["right"] == fact["total"] for fact in reading["facts"]))
            print([len(run["reading"]["lines"]) for run in one["runs"].values()])
            print(all(len(t["toServer"]) == 6 for way in one["traffic"].values() for t in way.values()))
            print(one["thefts"][0]["takenOver"], wire["allClaimsHeld"] == all(c["held"] for c in one["claims"]))
            """
        let python = try ChildProcess("/usr/bin/python3", ["-c", check, file])
        #expect(try python.finish() == 0)
        #expect(
            python.lines(of: .output) == [
                "['plain-level-1.pcapng', 'tls-level-1.pcapng', 'padded-level-1.pcapng']",
                "['aisha', 'ben', 'chen', None] 3", "('aisha', ['aisha', 'chen'])", "True", "[6, 0, 0]",
                "True",
                "True True",
            ]
        )
    }
}
