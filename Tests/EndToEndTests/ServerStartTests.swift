// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

/// What snug-server says when it is told something that cannot be, and when all is well.
@Suite(.timeLimit(.minutes(30))) struct ServerStartTests {
    @Test(arguments: StartMistake.withFiles + StartMistake.withPassphrases, [[], ["--check"]])
    func aMistakeIsNamedWithWhatToDoAboutIt(mistake: StartMistake, mode: [String]) throws {
        let folder = try TemporaryFolder()
        let server = try mistake.start(in: folder, mode)
        #expect(try server.finish() == 78)
        try expectComplaint(of: server, mistake.error, hint: mistake.hint)
    }

    @Test func aPortThatIsInUseIsNamed() throws {
        let first = try ServerProcess()
        let second = try StartMistake(
            testDescription: "",
            options: ["--port=\(first.port)"],
            error: "",
            hint: ""
        ).start(in: first.folder)
        #expect(try second.finish() == 78)
        try expectComplaint(
            of: second,
            "error: another program already listens on 127.0.0.1:\(first.port)",
            hint: "choose another port"
        )
        #expect(try first.stop() == 0)
    }

    private func expectComplaint(of program: ChildProcess, _ error: String, hint: String) throws {
        let lines = program.lines(of: .errors)
        #expect(lines.count == 2, "\(lines)")
        #expect(
            lines.first?.hasPrefix("error: ") == true && lines.last?.hasPrefix("hint: ") == true,
            "\(lines)"
        )
        #expect(lines.first?.contains(error) == true, "\(lines)")
        #expect(lines.last?.contains(hint) == true, "\(lines)")
        #expect(program.bytes(of: .output).isEmpty)
    }

    @Test(
        arguments: [
            "--port=70000", "--port=x", "--plain-port=-1", "--tls=weak", "--pad=-1", "--pad=16385",
            "--loops=0",
            "--idle-timeout=0", "--auth-timeout=0", "--max-members=0", "--max-rooms=-1",
            "--max-per-address=-1", "--rate=fast",
            "--rate=5", "--backlog=1", "--log-format=xml", "--log-level=loud", "--no-such-option", "stray",
        ]
    )
    func aValueThatAnOptionDoesNotTakeIsWrongUsage(option: String) throws {
        let server = try ChildProcess(BuiltPrograms.path(of: "snug-server"), [option])
        #expect(try server.finish() == 64)
        let name = String(option.prefix { $0 != "=" })
        // A word alone may have been meant as a subcommand.
        let help = option.hasPrefix("-") ? "snug-server help run" : "snug-server --help"
        try expectComplaint(of: server, name, hint: "\(help) lists what it takes")
    }

    @Test func aVariableStandsForAnOptionAndIsHeldToTheSame() throws {
        let wrong = try ChildProcess(
            BuiltPrograms.path(of: "snug-server"),
            environment: ["SNUG_IDLE_TIMEOUT": "0"]
        )
        #expect(try wrong.finish() == 64)
        try wrong.expect("SNUG_IDLE_TIMEOUT", on: .errors)
        // An option that is given wins over its variable.
        let server = try ServerProcess(
            ["--rate=0"],
            environment: ["SNUG_RATE": "fast", "SNUG_MAX_MEMBERS": "1"]
        )
        let first = try TestClient(.tls, port: server.port, name: "first")
        let second = try TestClient(.tls, port: server.port)
        try second.send("second")
        try second.expectNotice(containing: "full")
        first.close()
        #expect(try server.stop() == 0)
    }

    @Test(arguments: ["snug", "snug-server", "snug-wire"])
    func theVersionIsDataAndNamesTheTLSLibrary(program: String) throws {
        let process = try ChildProcess(BuiltPrograms.path(of: program), ["--version"])
        #expect(try process.finish() == 0)
        let lines = process.lines(of: .output)
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("\(program) ") == true && lines.first?.contains("(GnuTLS 3.") == true)
        #expect(process.bytes(of: .errors).isEmpty)
    }

    @Test func makeCertsWritesWhatAServerNeedsAndNeverOverIt() throws {
        let folder = try TemporaryFolder()
        let arguments = ["make-certs", "--out=\(folder.path)"]
        let first = try ChildProcess(BuiltPrograms.path(of: "snug-server"), arguments)
        #expect(try first.finish() == 0)
        #expect(try folder.entries() == ["ca-key.pem", "ca.pem", "server-key.pem", "server.pem"])
        #expect(try folder.mode(of: "server-key.pem") == 0o600)
        let key = try folder.content(of: "server-key.pem")
        let second = try ChildProcess(BuiltPrograms.path(of: "snug-server"), arguments)
        #expect(try second.finish() == 78)
        try expectComplaint(of: second, "server-key.pem exist already", hint: "say --renew")
        #expect(try folder.content(of: "server-key.pem") == key)
        let third = try ChildProcess(BuiltPrograms.path(of: "snug-server"), arguments + ["--force"])
        #expect(try third.finish() == 0)
        #expect(try folder.content(of: "server-key.pem") != key)
        #expect(try folder.content(of: "server-key.old-1.pem") == key)
    }
}
