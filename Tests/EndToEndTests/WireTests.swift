// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// snug-wire as somebody uses it who wants to see for themselves.
@Suite(.timeLimit(.minutes(30))) struct WireTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func start(_ arguments: [String], out: String = "report") throws -> ChildProcess {
        try ChildProcess(BuiltPrograms.path(of: "snug-wire"), ["--out", folder.path(out)] + arguments)
    }

    private func script(_ text: String) throws -> String {
        try folder.write(Array(text.utf8), to: "script", mode: 0o600)
    }

    @Test func oneCommandWritesTheCapturesAndTheReport() throws {
        let wire = try start([])
        #expect(try wire.finish() == 0)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path("report")).sorted() == [
                "padded.pcapng", "plain.pcapng", "report.html", "tls.pcapng", "wire.json",
            ]
        )
        #expect(!wire.lines(of: .output).isEmpty)
        #expect(wire.lines(of: .errors).last?.hasSuffix("to \(folder.path("report"))/") == true)
    }

    @Test func levelOneIsShownBesideLevelZero() throws {
        let wire = try start(["--level", "1", "--with-keys", "--all"])
        #expect(try wire.finish() == 0)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path("report")).sorted() == [
                "padded-level-1.pcapng", "padded.pcapng", "plain-level-1.pcapng", "plain.pcapng",
                "report.html",
                "tls-level-1-with-keys.pcapng", "tls-level-1.pcapng", "tls-with-keys.pcapng", "tls.pcapng",
                "wire.json",
            ]
        )
        #expect(try folder.mode(of: "report/tls-level-1-with-keys.pcapng") == 0o600)
        let lines = wire.lines(of: .output)
        #expect(lines.contains("Claims: 17 of 17 held"))
        #expect(lines.contains("Claims about level 1: 18 of 18 held"))
        #expect(lines.contains { $0.contains("  plain:  aisha is id ") })
        #expect(!lines.contains { $0.hasPrefix("NOT HELD") })
        let plain = String(decoding: try folder.content(of: "report/plain-level-1.pcapng"), as: UTF8.self)
        #expect(plain.contains("SNG1"))
        #expect(plain.contains(#""text":"router password: Tr0ub4dor&3-kitchen""#))
        let tls = String(decoding: try folder.content(of: "report/tls-level-1.pcapng"), as: UTF8.self)
        #expect(!tls.contains("Tr0ub4dor"))
    }

    @Test func theGistIsTwelveLinesWithCommandsThatWorkAnywhere() throws {
        let wire = try start(["--level", "1"])
        #expect(try wire.finish() == 0)
        let lines = wire.lines(of: .output).filter { !$0.isEmpty }
        #expect(lines.count == 12)
        #expect(lines.contains("Claims: 17 of 17 held; about level 1: 18 of 18 held."))
        let command = try #require(lines.first { $0.contains("tshark -r /") }).drop { $0 != "t" }
        let shown = try ChildProcess("/bin/sh", ["-c", "cd / && \(command)"])
        #expect(try shown.finish() == 0)
        try shown.expect("4111 1111 1111 1111")
        let page = String(decoding: try folder.content(of: "report/report.html"), as: UTF8.self)
        #expect(page.contains(#/Written by snug-wire on 20[\dT:-]+Z with snug [\d.]+, GnuTLS [\d.]+/#))
    }

    @Test(arguments: ["2", "-1", "one", ""])
    func aLevelThatDoesNotExistIsWrongUsage(level: String) throws {
        let wire = try start(["--level=\(level)"])
        #expect(try wire.finish() == 64)
        #expect(try folder.entries() == [])
    }

    @Test(arguments: ["aisha: /who", "aisha: \(String(repeating: "x", count: 300))", "aisha: k"])
    func whateverAScriptHasNothingOfMakesNoClaimFail(text: String) throws {
        let wire = try start(["--level", "1", "--script", try script(text)])
        #expect(try wire.finish() == 0)
        #expect(!wire.lines(of: .output).contains { $0.contains("0 of 0") || $0.hasPrefix("NOT HELD") })
    }

    @Test func theSameFiguresAreOnStandardOutputForPrograms() throws {
        let wire = try start(["--json", "--script", try script("aisha: hello\nben: hello")])
        #expect(try wire.finish() == 0)
        #expect(wire.bytes(of: .output) == (try folder.content(of: "report/wire.json")) + Array("\n".utf8))
    }

    @Test func theFileWithKeysIsForItsOwnerAloneAndIsWarnedOf() throws {
        let wire = try start(["--with-keys", "--script", try script("aisha: hello")])
        #expect(try wire.finish() == 0)
        #expect(try folder.mode(of: "report/tls-with-keys.pcapng") == 0o600)
        #expect(
            wire.lines(of: .errors).contains {
                $0.hasPrefix("warning: tls-with-keys.pcapng holds session keys")
            }
        )
    }

    @Test func keysDoNotLeakThroughTheEnvironment() throws {
        let keys = folder.path("keys")
        let wire = try ChildProcess(
            BuiltPrograms.path(of: "snug-wire"),
            ["--out", folder.path("report"), "--script", script("aisha: hello")],
            environment: ["SSLKEYLOGFILE": keys]
        )
        #expect(try wire.finish() == 0)
        #expect(try folder.entries() == ["report", "script"])
    }

    @Test func aReportIsNeverWrittenOver() throws {
        let short = ["--script", try script("aisha: hello")]
        #expect(try start(short).finish() == 0)
        let before = try folder.content(of: "report/plain.pcapng")
        let again = try start(short)
        #expect(try again.finish() == 78)
        #expect(again.lines(of: .errors).first?.contains("already holds a report") == true)
        #expect(again.lines(of: .errors).last?.hasPrefix("hint: ") == true)
        #expect(try folder.content(of: "report/plain.pcapng") == before)
    }

    @Test func ofTwoRunsIntoOneFolderOneIsToldThatTheOtherWasQuicker() throws {
        let short = ["--script", try script("aisha: hello")]
        let runs = [try start(short), try start(short)]
        let codes = try runs.map { try $0.finish() }
        #expect(codes.sorted() == [0, 78])
        let slower = runs[codes[0] == 0 ? 1 : 0].lines(of: .errors)
        #expect(slower.contains { $0.hasPrefix("error: \(folder.path("report")) already holds a report") })
        #expect(slower.last?.hasPrefix("hint: choose another folder") == true)
    }

    @Test(arguments: ["missing/report", "script", "script/report"])
    func aFolderThatCannotBeWrittenIsRefusedBeforeTheRun(path: String) throws {
        let wire = try start(["--script", try script("aisha: hello")], out: path)
        #expect(try wire.finish() == 78)
        let errors = wire.lines(of: .errors)
        #expect(errors.count == 2)
        #expect(errors.first?.hasPrefix("error: the report cannot be written to ") == true)
        #expect(try folder.entries() == ["script"])
    }

    @Test(arguments: [
        ("", "is empty"), ("# nothing\n", "has no line in which somebody says something"),
        ("aisha: x\nben", "line 2 does not say who speaks"),
        ("aisha: \(String(repeating: "x", count: 501))", "line 1 says more than 500 characters"),
        ("aisha: hi\u{1B}[2J", ""), ("a\u{1B}[2J: hi", "in the place of a name"),
    ])
    func aScriptThatCannotBePlayedIsNamedWithItsFault(text: String, fault: String) throws {
        let wire = try start(["--script", try script(text)])
        guard !fault.isEmpty else {
            #expect(try wire.finish() == 0)
            return
        }
        #expect(try wire.finish() == 78)
        let errors = wire.lines(of: .errors)
        #expect(errors.count == 2)
        #expect(errors.first?.hasPrefix("error: \(folder.path("script"))") == true)
        #expect(errors.first?.contains(fault) == true)
        #expect(errors.last?.hasPrefix("hint: ") == true)
        #expect(!wire.bytes(of: .errors).contains(0x1b))
    }

    @Test func aScriptThatIsNotUTF8OrNotThereIsRefused() throws {
        try folder.write(Array("aisha: ".utf8) + [0xff], to: "latin", mode: 0o600)
        let latin = try start(["--script", folder.path("latin")])
        #expect(try latin.finish() == 78)
        #expect(latin.lines(of: .errors).first?.contains("line 1 is not UTF-8 text") == true)
        let missing = try start(["--script", folder.path("missing")])
        #expect(try missing.finish() == 78)
        #expect(missing.lines(of: .errors).first?.contains("does not exist") == true)
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGKILL])
    func aRunThatIsKilledHalfWayLeavesNothingBehind(signal: Int32) throws {
        let lines = (1...400).map { "aisha: line \($0)" }.joined(separator: "\n")
        let wire = try start(["--script", try script(lines)])
        try wire.expect("playing the chat", on: .errors)
        wire.signal(signal)
        #expect(try wire.waitForExit() == 128 + signal)
        #expect(try folder.entries() == ["script"])
    }

    @Test func withoutTheRightToCaptureTheWaysToGetItAreNamed() throws {
        let arguments = ["--live", "--out", folder.path("report")]
        let program = try BuiltPrograms.path(of: "snug-wire")
        let programs = String(program.dropLast("/snug-wire".count))
        // Root may take rights away from a program that it starts; anyone else has none to take away.
        let withoutRight = geteuid() == 0 ? ["--bounding-set=-net_raw", "--inh-caps=-net_raw"] : []
        let wire = try ChildProcess(
            geteuid() == 0 ? "/usr/bin/setpriv" : "/usr/bin/env",
            withoutRight + ["snug-wire"] + arguments,
            environment: ["PATH": programs]
        )
        #expect(try wire.finish() == 77)
        let errors = wire.lines(of: .errors)
        #expect(errors.first?.hasPrefix("error: you may not capture on the loopback interface") == true)
        // Found by its name alone, it still tells where it is.
        for way in ["setcap cap_net_raw+ep /", "sudo /", "unshare -rn sh -c 'ip link set lo up && /"] {
            #expect(errors.last?.contains(way) == true)
        }
        #expect(try folder.entries() == [])
    }

    @Test(
        .enabled(if: mayMakeNetworks, "a network with few ports needs unshare and ip"),
        arguments: ["50000 50000", "50000 50001", "50000 50005"]
    )
    func withoutAFreePortTheRunEndsAndSaysSo(ports: String) throws {
        let range = "/proc/sys/net/ipv4/ip_local_port_range"
        let limited = "ip link set lo up && echo \(ports) > \(range) && exec \"$@\""
        let crowd = (1...12).map { "person\($0): hello" }.joined(separator: "\n")
        let wire = try ChildProcess(
            "/usr/bin/unshare",
            [
                "-rn", "sh", "-c", limited, "sh", BuiltPrograms.path(of: "snug-wire"),
                "--out", folder.path("report"), "--script", script(crowd),
            ]
        )
        #expect(try wire.finish() == 1)
        #expect(wire.lines(of: .errors).last?.hasPrefix("hint: free some ports") == true)
        #expect(try folder.entries() == ["script"])
    }

    private static let mayMakeNetworks: Bool = {
        do {
            let arguments = ["-rn", "ip", "link", "set", "lo", "up"]
            return try ChildProcess("/usr/bin/unshare", arguments).finish() == 0
        } catch {
            return false
        }
    }()

    @Test func theHelpExplainsTheScript() throws {
        let help = try ChildProcess(BuiltPrograms.path(of: "snug-wire"), ["--help"])
        #expect(try help.finish() == 0)
        try help.expect("aisha: hello, are you here?")
        try help.expect("/guess WORDS")
    }
}
