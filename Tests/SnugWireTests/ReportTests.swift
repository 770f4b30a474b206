// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugWire

@Suite(.timeLimit(.minutes(30))) struct ReportTests {
    @Test func everyClaimHoldsOnARealChat() {
        let report = RecordedChat.report()
        #expect(report.claims.filter { !$0.held } == [])
        #expect(report.allClaimsHeld)
        #expect(report.findings.plain.search.found == RecordedChat.planted.count)
    }

    @Test func anAttackThatWasNotHeldOffFailsTheReport() {
        var attack = RecordedChat.attacks[0]
        attack.held = false
        let report = RecordedChat.report(attacks: [attack])
        #expect(report.claims.filter { !$0.held }.map(\.name) == ["attack held off: flip one bit"])
        #expect(report.terminalText(colour: false).contains("NOT HELD attack held off: flip one bit"))
        #expect(report.html().contains("not held: attack held off"))
    }

    @Test(arguments: WireMode.allCases)
    func aMissingRunFailsTheReport(mode: WireMode) {
        let report = RecordedChat.report { $0[mode] = nil }
        #expect(!report.allClaimsHeld)
        #expect(!report.terminalText(colour: false).isEmpty)
    }

    @Test func aDifferentConversationFailsTheReport() {
        let report = RecordedChat.report { $0[.tls]?.truth.removeLast() }
        let failed = report.claims.filter { !$0.held }.map(\.name)
        #expect(failed.contains("all three runs carried the same conversation"))
    }

    // MARK: Terminal

    @Test(arguments: [true, false])
    func theTerminalReportFits80Columns(colour: Bool) {
        for line in RecordedChat.report().terminalText(colour: colour).split(separator: "\n") {
            let shown = line.replacing(#/\u{1b}\[[0-9]+m/#, with: "")
            #expect(Columns.width(of: String(shown)) <= 80, "\(shown)")
        }
    }

    @Test func noNameOfThePlayAndNoActionOfTheTableIsCutShort() throws {
        let text = RecordedChat.report().terminalText(colour: false)
        let table = try #require(text.split(separator: "who      does").last)
        let rows = table.split(separator: "\n").prefix { !$0.hasPrefix("[Marked]") }
        #expect(rows.contains { $0.hasPrefix("mallory  guesses it wrong ") })
        #expect(rows.allSatisfy { !$0.prefix(25).contains("…") })
        #expect(Scenario.standard.people.allSatisfy { Columns.cut($0, 8) == $0 })
    }

    @Test func whatWasFoundIsMarkedWithColourAndWithout() {
        let plain = RecordedChat.report().terminalText(colour: false)
        #expect(!plain.contains("\u{1b}"))
        #expect(plain.contains("[correct horse battery staple]"))
        #expect(RecordedChat.report().terminalText(colour: true).contains("\u{1b}[7maisha\u{1b}[27m"))
    }

    @Test func everyEventOfTheTableHasItsMessageOnBothSides() {
        for row in RecordedChat.report().findings.rows where row.kind != .goodbye {
            #expect(!row.plain.bytes.isEmpty && !row.tls.bytes.isEmpty && !row.padded.bytes.isEmpty)
            #expect(row.tls.bytes.starts(with: [23, 3, 3]))
            #expect(row.plain.bytes.starts(with: [0, 0]))
            #expect(row.kind == .command || !row.plain.found.isEmpty || row.person == "mallory")
            #expect(row.tls.found.isEmpty && row.padded.found.isEmpty)
        }
    }

    @Test func columnsAreCountedAsATerminalDoes() {
        #expect(Columns.width(of: "añb好👋🏽👩‍👩‍👧 ") == 10)
        #expect(Columns.fit("好好好", 5) == "好好…")
        #expect(Columns.fit("好好好", 4) == "好… ")
        #expect(Columns.fit("ab", 4) == "ab  ")
        #expect(Columns.right("ab", 4) == "  ab")
        #expect(Columns.wrap("one two three", 7) == ["one two", "three"])
    }

    // MARK: The gist

    @Test func theGistIsTheEndOfTheMatterInTwelveLines() {
        let lines = RecordedChat.report().terminalSummary(folder: "/tmp/a").split(separator: "\n")
        #expect(lines.count <= 12)
        #expect(lines.contains { $0.hasPrefix("secrets that a search finds") })
        #expect(lines.contains { $0.hasSuffix("tshark -r /tmp/a/plain.pcapng -q -z follow,tcp,ascii,0") })
        for line in lines { #expect(Columns.width(of: String(line)) <= 80, "\(line)") }
    }

    @Test func whatDidNotHoldIsInTheGistToo() {
        var attack = RecordedChat.attacks[0]
        attack.held = false
        let text = RecordedChat.report(attacks: [attack]).terminalSummary(folder: "a")
        #expect(text.contains("NOT HELD attack held off: flip one bit"))
        #expect(text.contains("held off: 0 of 1."))
    }

    // MARK: Hostile bytes

    /// What would steer a terminal, end a script element, turn text around or break a string.
    private static let hostile =
        "\u{1b}]0;owned\u{7}</script><img src=x onerror=alert(1)>\u{202e}\u{9b}31m\u{7f}\"'&\r\n\u{0}\\"

    private var hostileReport: WireReport {
        var attack = RecordedChat.attacks[0]
        attack.plain = Self.hostile
        let planted = RecordedChat.planted + [Self.hostile]
        return RecordedChat.report(attacks: [attack], planted: planted) { recordings in
            for mode in WireMode.allCases {
                for index in recordings[mode]?.truth.indices ?? 0..<0 {
                    recordings[mode]?.truth[index].person = Self.hostile
                }
            }
            // A frame of the same length, so that the stream stays one.
            guard let segments = recordings[.plain]?.capture.segments,
                let index = segments.firstIndex(where: { $0.direction == .toServer && $0.bytes.count > 150 })
            else { return }
            let bytes = Array(Self.hostile.utf8)
            recordings[.plain]?.capture.segments[index].bytes.replaceSubrange(
                4..<4 + bytes.count,
                with: bytes
            )
        }
    }

    @Test func capturedBytesCannotSteerATerminal() {
        let text = hostileReport.terminalText(colour: false)
        #expect(text.contains("owned"))
        for scalar in text.unicodeScalars where scalar != "\n" {
            #expect(scalar.properties.generalCategory != .control)
            #expect(scalar != "\u{202e}")
        }
    }

    @Test func capturedBytesCannotSteerAPage() {
        let page = hostileReport.html()
        #expect(page.contains("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;"))
        #expect(!page.contains("<script") && !page.contains("<img"))
        for scalar in page.unicodeScalars where scalar != "\n" {
            #expect(scalar.properties.generalCategory != .control)
            #expect(scalar != "\u{202e}")
        }
    }

    @Test func whatIsShownOfHostileBytesIsVisible() {
        #expect(
            CapturedText.visible("a\u{1b}[7m\u{7f}\u{202e}b\u{85}") == "a\u{241b}[7m\u{2421}\u{fffd}b\u{fffd}"
        )
        #expect(CapturedText.visible([0xff, 0x41] as [UInt8]) == "\u{fffd}A")
        #expect(CapturedText.visible("नमस्ते 👩‍👩‍👧 ❤️") == "नमस्ते 👩‍👩‍👧 ❤️")
        #expect(CapturedText.visible("a\u{3164}\u{e0100}\u{180b}b") == "a\u{fffd}\u{fffd}\u{fffd}b")
        #expect(CapturedText.visible("a" + String(repeating: "\u{301}", count: 90)).unicodeScalars.count == 5)
    }

    // MARK: Figures

    @Test func pythonReadsTheFiguresAsTheyWereMeant() throws {
        let report = hostileReport
        let folder = try TemporaryFolder()
        let file = try folder.write(Array(report.json().utf8), to: "wire.json", mode: 0o600)
        let check = """
            import json, sys
            wire = json.load(open(sys.argv[1], encoding="utf-8"))
            runs = wire["runs"]
            print(list(runs), [run["capture"] for run in runs.values()])
            print([run["found"] for run in runs.values()], {run["total"] for run in runs.values()})
            print(all(isinstance(c["name"], str) and isinstance(c["held"], bool) for c in wire["claims"]))
            print(sum(runs["tls"]["statistics"]["histogram"]) == runs["tls"]["statistics"]["bytes"])
            sys.stdout.flush()
            sys.stdout.buffer.write(wire["planted"][-1].encode())
            """
        let python = try ChildProcess("/usr/bin/python3", ["-c", check, file])
        #expect(try python.finish() == 0)
        let total = RecordedChat.planted.count + 1
        let found = report.findings.plain.search.found
        #expect(
            String(decoding: python.bytes(of: .output), as: UTF8.self) == """
                ['plain', 'tls', 'padded'] ['plain.pcapng', 'tls.pcapng', 'padded.pcapng']
                [\(found), 0, 0] {\(total)}
                True
                True
                \(Self.hostile)
                """
        )
    }

    @Test func numbersAreWrittenAsPeopleWriteThem() {
        #expect(Decimal.text(3.14159, places: 2) == "3.14")
        #expect(Decimal.text(0.05, places: 1) == "0.1")
        #expect(Decimal.text(-0.04, places: 1) == "0.0")
        #expect(Decimal.text(-2.5, places: 0) == "-3")
        #expect(Decimal.text(12, places: 0) == "12")
        #expect(Decimal.text(.infinity, places: 1) == "-")
    }
}
