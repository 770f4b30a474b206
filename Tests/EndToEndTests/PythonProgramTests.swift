// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import TestSupport
import Testing

/// clients/snug.py, which needs nothing of this project, with the real server and at a real terminal.
@Suite(.timeLimit(.minutes(30))) struct PythonProgramTests {
    private static let program = Document.file(at: "clients/snug.py")
    private static let passphrase = ["CHAT_SECRET": "open sesame, please"]

    /// Starts it without a terminal, and without any module that does not come with Python.
    private func start(
        _ name: String,
        port: UInt16,
        authority: String,
        _ options: [String] = [],
        environment: [String: String] = [:]
    ) throws -> ChildProcess {
        try ChildProcess(
            "/usr/bin/python3",
            ["-I", "-S", Self.program, "--port=\(port)", "--ca=\(authority)", "--name=\(name)"] + options,
            environment: environment
        )
    }

    private func start(
        _ name: String,
        of server: ServerProcess,
        _ options: [String] = [],
        environment: [String: String] = [:]
    ) throws -> ChildProcess {
        try start(name, port: server.port, authority: server.authority, options, environment: environment)
    }

    /// A server that takes lines as fast as they come, and keeps them all.
    private func recording(in folder: TemporaryFolder, _ options: [String] = []) throws -> ServerProcess {
        let history = ["--history=\(folder.path("history"))", "--history-lines=100000", "--rate=0"]
        return try ServerProcess(history + options)
    }

    /// What is kept of a room, such as `aisha: hello`, in its order.
    private func kept(in folder: TemporaryFolder, of room: String = "main") throws -> [String] {
        let words = ["history", "export", folder.path("history")]
        let export = try ChildProcess(BuiltPrograms.path(of: "snug-server"), words)
        #expect(try export.waitForExit() == 0)
        return export.lines(of: .output).compactMap { line in
            line.range(of: " #\(room) ").map { String(line[$0.upperBound...]) }
        }
    }

    // MARK: Joining

    @Test func nothingButPythonIsNeededToJoinAndTalk() throws {
        let server = try ServerProcess(environment: Self.passphrase)
        let ben = try TestClient(.tls, port: server.port)
        try ben.send("open sesame, please")
        try ben.expect("ok")
        try ben.send("ben")
        try ben.expect("* ben joined the chat *")
        let aisha = try start("aisha", of: server, environment: Self.passphrase)
        try aisha.expect("connected over TLSv1.3 to localhost", on: .errors)
        try aisha.expect("* aisha joined the chat *")
        try ben.expect("* aisha joined the chat *")
        try aisha.type("สวัสดี 👋")
        try ben.expect("aisha: สวัสดี 👋")
        try ben.send("hello, aisha")
        try aisha.expect("ben: hello, aisha")
        #expect(try aisha.finish() == 0)
        try ben.expect("* aisha left *")
        // What it said itself is no news to a program.
        #expect(aisha.lines(of: .output) == ["* aisha joined the chat *", "ben: hello, aisha"])
    }

    @Test func theHelpFitsEightyColumnsAndNamesEveryExitCode() throws {
        let help = try ChildProcess("/usr/bin/python3", [Self.program, "--help"])
        #expect(try help.finish() == 0)
        #expect(help.lines(of: .output).allSatisfy { $0.count <= 80 })
        let text = help.lines(of: .output).joined(separator: " ")
        for code in ["0 ok", "64 ", "69 ", "76 ", "77 ", "78 ", "1 other"] { #expect(text.contains(code)) }
    }

    @Test func aServerThatItCannotVerifyIsToldNothing() throws {
        let server = try ServerProcess(["--host=127.0.0.2"])
        let folder = try TemporaryFolder()
        let other = try folder.write(TestAuthority().authorityPEM, to: "ca.pem", mode: 0o644)
        let mistakes = [
            (other, "the authority that issued it"),
            (server.authority, "give a name that is in it with --host"),
        ]
        for (authority, hint) in mistakes {
            let aisha = try start("aisha", port: server.port, authority: authority, ["--host=127.0.0.2"])
            try aisha.type("a secret")
            #expect(try aisha.finish() == 77)
            let lines = aisha.lines(of: .errors)
            #expect(lines.first?.hasPrefix("error: the server's certificate was rejected: ") == true)
            #expect(lines.last?.hasPrefix("hint: ") == true && lines.last?.contains(hint) == true, "\(lines)")
            #expect(aisha.bytes(of: .output).isEmpty)
        }
        #expect(try server.stop() == 0)
        #expect(!server.process.lines(of: .errors).contains { $0.contains("joined") })
    }

    @Test func everyWrongStartHasOneSentenceOneHintAndTheExitCodeOfTheOtherClient() throws {
        let server = try ServerProcess(environment: Self.passphrase)
        let ca = "--ca=\(server.authority)"
        let mistakes: [(options: [String], environment: [String: String], code: Int32)] = [
            ([ca], [:], 77), ([ca], ["CHAT_SECRET": "guess"], 77), ([ca], ["CHAT_SECRET": ""], 78),
            ([ca], ["CHAT_SECRET": "a", "CHAT_SECRET_FILE": "b"], 78),
            ([ca], ["CHAT_SECRET_FILE": server.authority], 78), (["--ca=/nonexistent"], [:], 78),
            (["--ca=\(Self.program)"], [:], 78), ([ca, "--port=70000"], [:], 64),
            ([ca, "--no-such"], [:], 64),
            ([ca, "--host=nobody.invalid"], [:], 69), ([ca, "--host=127.0.0.3"], [:], 69),
        ]
        for mistake in mistakes {
            let client = try ChildProcess(
                "/usr/bin/python3",
                [Self.program] + mistake.options,
                environment: ["SNUG_PORT": "\(server.port)"].merging(mistake.environment) { $1 }
            )
            #expect(try client.finish() == mistake.code, "\(mistake)")
            let lines = client.lines(of: .errors).filter { !$0.hasPrefix("connected over ") }
            #expect(lines.map { $0.prefix(6) } == ["error:", "hint: "], "\(lines)")
            #expect(client.bytes(of: .output).isEmpty)
        }
    }

    @Test func aServerThatHasLevelZeroAloneIsEnough() throws {
        let folder = try TemporaryFolder.withCertificates()
        let (server, port) = try PythonPeer.startServer(
            "lesson_server.py",
            folder.certificateOptions,
            environment: Self.passphrase
        )
        let aisha = try start(
            "aisha",
            port: port,
            authority: folder.path("ca.pem"),
            environment: Self.passphrase
        )
        try aisha.expect("* aisha joined the chat *")
        for line in ["one", "two", "/shout"] { try aisha.type(line) }
        try aisha.expect("* everyone: 你好 ␛[31mred␛[0m *")
        #expect(try aisha.finish() == 0)
        for line in ["one", "two"] { try server.expect("aisha sent: \(line)") }
    }

    // MARK: A filter

    /// At the lower rate most lines wait on the server.
    @Test(arguments: [("0", 2_000), ("10/100", 300)])
    func theLinesOfAFilterAreAllSaidOnceItHasEndedWell(rate: String, count: Int) throws {
        let folder = try TemporaryFolder()
        let server = try recording(in: folder, ["--rate=\(rate)"])
        let aisha = try start("aisha", of: server)
        for number in 1...count { try aisha.type("line \(number)") }
        try aisha.write(Array("without an end".utf8))
        #expect(try aisha.finish() == 0)
        let said = (1...count).map { "aisha: line \($0)" } + ["aisha: without an end"]
        // Confirmed is stored: not only the server's end writes it.
        #expect(try kept(in: folder) == said)
        #expect(try server.stop() == 0)
    }

    @Test func aLineThatIsRefusedIsToldAndMakesTheExitCodeOne() throws {
        let folder = try TemporaryFolder()
        let server = try recording(in: folder)
        for line in [String(repeating: "x", count: 501), "/no-such-command", "/join *", "/r nobody"] {
            let aisha = try start("aisha", of: server)
            try aisha.type("before")
            try aisha.type(line)
            #expect(try aisha.finish() == 1)
            #expect(aisha.lines(of: .errors).count > 1)
        }
        #expect(try kept(in: folder) == Array(repeating: "aisha: before", count: 4))
    }

    @Test func whatIsTypedBehindAJoinIsSaidInThatRoomOrNowhere() throws {
        let folder = try TemporaryFolder()
        let server = try recording(in: folder)
        let aisha = try start("aisha", of: server)
        for line in ["/join den", "/private", "for the den"] { try aisha.type(line) }
        try aisha.expect("made the room private")
        let ben = try start("ben", of: server, ["--room=*"])
        try ben.type("for that room")
        #expect(try ben.finish() == 1)
        try ben.expect("for that room", on: .errors)
        let carl = try start("carl", of: server, ["--room=tea"])
        for line in ["for tea", "//etc/passwd", "/me waves"] { try carl.type(line) }
        #expect(try carl.finish() == 0)
        #expect(try aisha.finish() == 0)
        #expect(try kept(in: folder).isEmpty)
        #expect(try kept(in: folder, of: "den") == ["aisha: for the den"])
        let inTea = try kept(in: folder, of: "tea")
        #expect(inTea == ["carl: for tea", "carl: /etc/passwd", "* carl waves *"])
    }

    // MARK: What others send

    @Test(arguments: [false, true])
    func nothingThatTheServerSendsIsObeyedByATerminal(isTerminal: Bool) throws {
        let folder = try TemporaryFolder.withCertificates()
        let (server, port) = try PythonPeer.startServer("hostile_server.py", folder.certificateOptions)
        var shown: String
        if isTerminal {
            let window = try window(port: port, authority: folder.path("ca.pem"))
            try window.record()
            try window.press("Enter")
            try window.expect("the last notice") { $0.contains { $0.hasSuffix("* that was all *") } }
            try window.press("C-d")
            _ = try window.end()
            shown = String(decoding: try window.recorded(), as: UTF8.self)
            // What it draws with itself.
            for own in ["7", "8", "[K", "[?7l", "[?7h", "[?2004h", "[?2004l"] {
                shown = shown.replacingOccurrences(of: "\u{1B}\(own)", with: "")
            }
            shown = shown.replacingOccurrences(of: "\r", with: "")
        } else {
            let aisha = try start("aisha", port: port, authority: folder.path("ca.pem"))
            #expect(try aisha.finish() == 1)  // something was refused
            shown = String(decoding: aisha.bytes(of: .output) + aisha.bytes(of: .errors), as: UTF8.self)
            #expect(aisha.lines(of: .output).allSatisfy { $0.contains("red") || $0.contains("*") })
            #expect(!aisha.lines(of: .output).contains("* ben left *"))
        }
        #expect(shown.contains("that was all") && shown.contains("␛[31mred"))
        let bad = shown.unicodeScalars.filter { scalar in
            switch scalar.value {
            case 0x0A: false
            case 0..<0x20, 0x7F..<0xA0, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFFF9...0xFFFB,
                0xE0000...0xE007F:
                true
            default: false
            }
        }
        #expect(bad.isEmpty, "\(bad.map { String($0.value, radix: 16) })")
        #expect(!shown.contains(String(repeating: "\u{301}", count: 5)))
        #expect(try server.waitForExit() == 0)
    }

    // MARK: Coming back

    /// What a server has told others and not yet confirmed, kill -9 takes; it is said again, and they hear it again.
    @Test(arguments: [SIGTERM, SIGKILL])
    func aServerThatIsStartedAgainCostsNoLineAndRepeatsNone(signal: Int32) throws {
        let folder = try TemporaryFolder()
        let port = try ReservedPort()
        var server = try recording(in: folder, ["--port=\(port.number)"])
        let aisha = try start("aisha", port: port.number, authority: server.authority)
        try aisha.expect("* aisha joined the chat *")
        let ben = try start("ben", port: port.number, authority: server.authority)
        try ben.expect("* ben joined the chat *")
        var said: [String] = []
        for _ in 0..<3 {
            let first = said.count + 1
            for number in first..<first + 400 {
                said.append("aisha: line \(number)")
                try aisha.type("line \(number)")
                guard number == first + 250 else { continue }
                try ben.expect("aisha: line \(first + 100)")
                server.process.signal(signal)
                _ = try server.process.waitForExit()
            }
            server = try recording(in: folder, ["--port=\(port.number)"])
            try ben.expect("aisha: line \(said.count)")
        }
        #expect(try aisha.finish() == 0)
        #expect(try ben.finish() == 0)
        let isKept = try kept(in: folder) == said
        #expect(isKept)
        var heard = ben.lines(of: .output).filter { $0.hasPrefix("aisha: ") }
        if signal == SIGKILL {
            var known: Set<String> = []
            heard = heard.filter { known.insert($0).inserted }
        }
        let isHeard = heard == said
        #expect(isHeard)
    }

    // MARK: At a terminal

    private func window(port: UInt16, authority: String) throws -> TerminalWindow {
        // It is started by a key, so that it is recorded from its first byte on.
        try TerminalWindow(
            "read start; exec python3 \(Self.program) --port=\(port) --ca=\(authority) --name=aisha --time=none"
        )
    }

    private func window(of server: ServerProcess) throws -> TerminalWindow {
        let window = try window(port: server.port, authority: server.authority)
        try window.press("Enter")
        try window.expect("aisha") { $0.last == ">" && $0.contains("* aisha joined the chat *") }
        return window
    }

    @Test func theDraftSurvivesLinesThatArrive() throws {
        let server = try ServerProcess()
        let window = try window(of: server)
        let ben = try TestClient(.tls, port: server.port, name: "ben")
        try window.type("half a สวัสดี 👋 lie")
        try window.press("Left")
        try window.expect(lastRow: "> half a สวัสดี 👋 lie")
        for number in 1...5 { try ben.send("message \(number)") }
        let rows = try window.expect("fifth message") { $0.contains("ben: message 5") }
        #expect(rows.suffix(6) == (1...5).map { "ben: message \($0)" } + ["> half a สวัสดี 👋 lie"])
        try window.press("DC")
        try window.type("ne")
        try window.press("Enter")
        try ben.expect("aisha: half a สวัสดี 👋 line")
        try window.expect("own line") { $0.suffix(2) == ["aisha: half a สวัสดี 👋 line", ">"] }
        try window.press("C-d")
        let end = try window.end()
        #expect(end.exitCode == "0")
        #expect(end.after == end.before)
    }

    @Test func whoWasSentAwayForAnHourIsBackAtOnceOnEnter() throws {
        let folder = try TemporaryFolder.withCertificates()
        let options = folder.certificateOptions + ["--away"]
        let (server, port) = try PythonPeer.startServer("hostile_server.py", options)
        let window = try window(port: port, authority: folder.path("ca.pem"))
        try window.press("Enter")
        try window.expect("a goodbye") { $0.contains { $0.contains("coming back in 3600 s") } }
        try window.press("Enter")
        try window.expect("the last notice") { $0.contains { $0.hasSuffix("* that was all *") } }
        try window.press("C-d")
        #expect(try window.end().exitCode == "0")
        #expect(try server.waitForExit() == 0)
    }

    @Test func whatIsTypedWhileTheServerIsAwayIsSaidWhenItIsBack() throws {
        let folder = try TemporaryFolder()
        let port = try ReservedPort()
        var server = try recording(in: folder, ["--port=\(port.number)"])
        let window = try window(of: server)
        try window.type("half a dra")
        server.process.signal(SIGKILL)
        _ = try server.process.waitForExit()
        try window.expect(lastRow: "offline> half a dra")
        try window.type("ft")
        try window.press("Enter")
        try window.expect(lastRow: "offline, 1 unconfirmed>")
        try window.type("another")
        server = try recording(in: folder, ["--port=\(port.number)"])
        try window.press("Enter")
        try window.expect("both lines") { $0.suffix(3) == ["aisha: half a draft", "aisha: another", ">"] }
        #expect(try kept(in: folder) == ["aisha: half a draft", "aisha: another"])
        try window.press("C-c")
        #expect(try window.end().exitCode == "0")
    }

    @Test func whoIsAskedForThePassphraseTypesItUnseen() throws {
        let server = try ServerProcess(environment: Self.passphrase)
        let window = try window(port: server.port, authority: server.authority)
        try window.press("Enter")
        try window.expect(lastRow: "passphrase:")
        try window.type("a guess")
        try window.press("Enter")
        try window.expect("a second question") { $0.suffix(2) == ["wrong passphrase", "passphrase:"] }
        try window.type("open sesame, please")
        try window.press("Enter")
        let rows = try window.expect("aisha") { $0.last == ">" && $0.contains("* aisha joined the chat *") }
        #expect(!rows.contains { $0.contains("sesame") })
    }
}
