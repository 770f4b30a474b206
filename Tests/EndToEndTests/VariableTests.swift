// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import TestSupport
import Testing

/// What a SNUG_ variable of the environment can do, and what it cannot.
@Suite(.timeLimit(.minutes(30))) struct VariableTests {
    private static let programs = ["snug", "snug-server", "snug-wire"]

    private func run(
        _ program: String,
        _ arguments: [String] = [],
        _ environment: [String: String]
    ) throws -> (code: Int32, output: [String], errors: [String]) {
        let process = try ChildProcess(BuiltPrograms.path(of: program), arguments, environment: environment)
        let code = try process.finish()
        return (code, process.lines(of: .output), process.lines(of: .errors))
    }

    // MARK: Help

    @Test(
        arguments: [
            ("snug-server", ["help", "run"]), ("snug-server", ["help"]),
            ("snug-server", ["help", "make-certs"]),
            ("snug-server", ["--help"]), ("snug-server", ["run", "--help"]), ("snug-server", ["-h"]),
            ("snug-server", ["--version"]), ("snug-server", ["run", "--version"]),
            ("snug-server", ["make-certs", "--help"]),
            ("snug", ["--help"]), ("snug", ["--version"]), ("snug", ["config", "--help"]),
            ("snug-wire", ["--help"]),
            ("snug-wire", ["--version"]),
        ],
        [
            ["SNUG_PORT": "9000"], ["SNUG_PORT": "bogus", "SNUG_OUT": "x", "SNUG_PAD": "-1"],
            ["SNUG_BOGUS": "1"],
        ]
    )
    func helpAndVersionAreThereWhateverTheVariablesAre(
        command: (program: String, arguments: [String]),
        environment: [String: String]
    ) throws {
        let plain = try run(command.program, command.arguments, [:])
        let outcome = try run(command.program, command.arguments, environment)
        #expect(outcome.code == 0 && outcome.errors.isEmpty && !outcome.output.isEmpty)
        #expect(outcome.output == plain.output)
    }

    @Test(arguments: ["make-certs", "make-passphrase"])
    func whatReadsNoVariablesIsNotKeptFromItsWorkByThem(subcommand: String) throws {
        let folder = try TemporaryFolder()
        let outcome = try run(
            "snug-server",
            [subcommand, "--out=\(folder.path("new"))"],
            ["SNUG_PORT": "bogus"]
        )
        #expect(outcome.code == 0, "\(outcome.errors)")
    }

    // MARK: Bad values

    @Test(
        arguments: [
            ("snug-server", "SNUG_PORT", "bogus"), ("snug-server", "SNUG_PORT", "70000"),
            ("snug-server", "SNUG_PLAIN_PORT", "-1"), ("snug-server", "SNUG_TLS", "weak"),
            ("snug-server", "SNUG_PAD", "16385"), ("snug-server", "SNUG_LOOPS", "0"),
            ("snug-server", "SNUG_IDLE_TIMEOUT", "0"), ("snug-server", "SNUG_AUTH_TIMEOUT", "soon"),
            ("snug-server", "SNUG_MAX_MEMBERS", "0"), ("snug-server", "SNUG_MAX_PER_ADDRESS", "-1"),
            ("snug-server", "SNUG_RATE", "fast"), ("snug-server", "SNUG_ROOM_RATE", "-1"),
            ("snug-server", "SNUG_BACKLOG", "1"), ("snug-server", "SNUG_LOG_FORMAT", "xml"),
            ("snug-server", "SNUG_LOG_LEVEL", "loud"), ("snug", "SNUG_PORT", "bogus"),
            ("snug", "SNUG_PAD", "-1"),
            ("snug", "SNUG_PIN", "sha256:short"), ("snug", "SNUG_PORT", "http://x"),
            ("snug", "SNUG_BELL", "loud"), ("snug", "SNUG_TIME", "12:00"), ("snug", "SNUG_LEVEL", "2"),
            ("snug", "SNUG_PLAIN_OUTPUT", "1"),
        ]
    )
    func aBadValueIsRefusedAndItsVariableIsNamed(program: String, variable: String, value: String) throws {
        let outcome = try run(program, [], [variable: value])
        #expect(outcome.code == 64)
        #expect(outcome.errors.count == 2, "\(outcome.errors)")
        #expect(
            outcome.errors.first?.hasPrefix("error: ") == true
                && outcome.errors.first?.contains(variable) == true
        )
        #expect(outcome.errors.first?.contains("--") == false, "\(outcome.errors)")
        #expect(outcome.errors.last?.hasPrefix("hint: unset \(variable), or give it ") == true)
    }

    @Test func ofSeveralVariablesTheBadOneIsNamed() throws {
        let variables = ["SNUG_HOST": "127.0.0.1", "SNUG_LOOPS": "1", "SNUG_PAD": "x", "SNUG_RATE": "1/1"]
        let outcome = try run("snug-server", ["run"], variables)
        #expect(outcome.code == 64 && outcome.errors.first?.contains("SNUG_PAD") == true)
    }

    // MARK: Empty and unknown

    @Test func emptyCountsAsUnset() throws {
        let names = [
            "PORT", "HOST", "CERT", "PAD", "RATE", "LOG_LEVEL", "INSECURE_KEYLOG", "PLAIN_PORT", "BOGUS",
        ]
        let variables = Dictionary(uniqueKeysWithValues: names.map { ("SNUG_\($0)", "") })
        let server = try ServerProcess(environment: variables)
        let aisha = try TestClient(.tls, port: server.port, name: "aisha")
        aisha.close()
        #expect(try server.stop() == 0)
        let client = try run(
            "snug",
            ["--port=1", "--ca=/nonexistent"],
            ["SNUG_NAME": "", "SNUG_PIN": "", "SNUG_X": ""]
        )
        #expect(client.code == 78 && client.errors.first?.contains("/nonexistent") == true)
    }

    @Test(
        arguments: [
            ("snug-server", "SNUG_PROT", "SNUG_PORT"),
            ("snug-server", "SNUG_IDLETIMEOUT", "SNUG_IDLE_TIMEOUT"),
            ("snug-server", "SNUG_MAXMEMBERS", "SNUG_MAX_MEMBERS"), ("snug-server", "SNUG_Port", "SNUG_PORT"),
            ("snug-server", "SNUG_IDLE-TIMEOUT", "SNUG_IDLE_TIMEOUT"), ("snug", "SNUG_NAMES", "SNUG_NAME"),
            ("snug", "SNUG_HSOT", "SNUG_HOST"), ("snug-wire", "SNUG_SCRIPTS", "SNUG_SCRIPT"),
            ("snug-wire", "SNUG_PADD", "SNUG_PAD"),
        ]
    )
    func anUnknownVariableIsRefusedWithTheNearestName(program: String, variable: String, nearest: String)
        throws
    {
        let outcome = try run(program, [], [variable: "1"])
        #expect(outcome.code == 64)
        #expect(outcome.errors.first == "error: no program of Snug reads a variable \(variable)")
        #expect(
            outcome.errors.last?.hasPrefix("hint: the nearest one is \(nearest); ") == true,
            "\(outcome.errors)"
        )
    }

    /// One environment for all of them: what one reads the others leave alone.
    @Test func whatOneProgramReadsNoOtherRefuses() throws {
        let variables = [
            "SNUG_NAME": "aisha", "SNUG_CA": "/nonexistent", "SNUG_OUT": "/nonexistent/x",
            "SNUG_CONFIGURATION": "release",
            "SNUG_RATE": "1/1", "SNUG_SCRIPT": "/nonexistent",
        ]
        let server = try ServerProcess(environment: variables)
        #expect(try server.stop() == 0)
        for program in ["snug", "snug-wire"] {
            let outcome = try run(program, [], variables)
            #expect(outcome.code == 78 && outcome.errors.first?.contains("/nonexistent") == true)
        }
    }

    // MARK: Every option

    @Test(arguments: [("snug", []), ("snug-server", ["run"]), ("snug-wire", [])] as [(String, [String])])
    func everyOptionThatTakesAValueHasItsVariableAndNoFlagHas(program: String, subcommand: [String]) throws {
        let help = try run(program, subcommand + ["--experimental-dump-help"], [:]).output.joined(
            separator: "\n"
        )
        let options = try JSONDecoder().decode(DumpedHelp.self, from: Data(help.utf8)).command.arguments
            .filter { $0.shouldDisplay && !["help", "version"].contains($0.valueName) }
        #expect(options.count >= 5)
        for option in options {
            let name = try #require(option.preferredName).name
            let variable = "SNUG_" + name.uppercased().replacing("-", with: "_")
            // Of no use to any option but those that take whatever they are given; then the files are missing.
            let outcome = try run(program, subcommand, [variable: "/nonexistent/\u{7f}"])
            let isUnknown = outcome.errors.first?.contains("no program of Snug reads") == true
            let hasVariable = option.kind == "option" || Self.switches.contains(name)
            #expect(isUnknown != hasVariable, "\(variable): \(outcome.errors)")
        }
    }

    /// Flags that can be yes or no.
    private static let switches = ["system-trust", "no-identity", "no-sandbox", "plain-output", "watch"]

    private struct DumpedHelp: Decodable {
        let command: Command

        struct Command: Decodable { let arguments: [Argument] }

        struct Argument: Decodable {
            let kind: String
            let preferredName: Name?
            let shouldDisplay: Bool
            let valueName: String?
        }

        struct Name: Decodable { let name: String }
    }

    /// They pass them on to the programs that they start.
    @Test func noProgramRefusesWhatTheScriptsHandToEachOther() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let search = try ChildProcess(
            "/bin/grep",
            ["-rhoE", "\\bSNUG_[A-Z_]+", "/\(root)/scripts", "/\(root)/.ci"]
        )
        #expect(try search.finish() == 0)
        let names = Set(search.lines(of: .output))
        #expect(names.contains("SNUG_CONFIGURATION"))
        for name in names {
            let outcome = try run("snug-wire", ["--out=/nonexistent/x"], [name: "/nonexistent/y"])
            #expect(outcome.code == 78, "\(name): \(outcome.errors)")
        }
    }

    // MARK: Kubernetes

    /// What it sets in each container beside a service called `snug`, with one port that has a name; and `snug-web`.
    private static let fromKubernetes = [
        "SNUG_SERVICE_HOST": "10.96.12.7", "SNUG_SERVICE_PORT": "9443", "SNUG_SERVICE_PORT_CHAT": "9443",
        "SNUG_PORT": "tcp://10.96.12.7:9443", "SNUG_PORT_9443_TCP": "tcp://10.96.12.7:9443",
        "SNUG_PORT_9443_TCP_PROTO": "tcp", "SNUG_PORT_9443_TCP_PORT": "9443",
        "SNUG_PORT_9443_TCP_ADDR": "10.96.12.7",
        "SNUG_WEB_SERVICE_HOST": "10.96.12.8", "SNUG_WEB_PORT": "udp://10.96.12.8:53",
        "SNUG_WEB_PORT_53_UDP_ADDR": "10.96.12.8",
    ]

    private static let line =
        "SNUG_PORT and 10 more SNUG_ variables are left aside: Kubernetes sets such for a service of this name"

    @Test func whatKubernetesSetsForAServiceOfThisNameIsLeftAsideWithOneLine() throws {
        for format in ["text", "json"] {
            let server = try ServerProcess(["--log-format=\(format)"], environment: Self.fromKubernetes)
            #expect(try server.stop() == 0)
            let lines = server.process.lines(of: .errors)
            #expect(lines.count { $0.contains(Self.line) } == 1, "\(lines)")
            #expect(lines.allSatisfy { $0.hasPrefix("{") } == (format == "json"))
        }
        let folder = try TemporaryFolder.withCertificates()
        let check = try run(
            "snug-server",
            ["--check", "--port=0"] + folder.certificateOptions,
            Self.fromKubernetes
        )
        #expect(check.code == 0 && check.errors.contains("notice: \(Self.line)"))
        #expect(check.errors.last == "the configuration is good")
        let client = try run("snug", ["--ca=/nonexistent"], Self.fromKubernetes)
        #expect(client.code == 78 && client.errors.first == Self.line && client.errors.count == 3)
        let wire = try run("snug-wire", ["--script=/nonexistent"], Self.fromKubernetes)
        #expect(wire.code == 78 && wire.errors.first == Self.line && wire.errors.count == 3)
    }

    @Test(arguments: ["SNUG_SERVICE_HOSTS", "SNUG_PORT_9443", "SNUG_PORT_9443_QUIC", "SNUG_SERVICE"])
    func whatOnlyLooksLikeItIsRefusedLikeAnythingElse(variable: String) throws {
        #expect(try run("snug-server", [], [variable: "tcp://10.96.12.7:9443"]).code == 64)
    }

    @Test(arguments: ["https://chat.example", "chat.example:9", " ", "a..b"])
    func aHostThatIsNoneIsNamedWithTheVariableThatItCameFrom(host: String) throws {
        let folder = try TemporaryFolder.withCertificates()
        for (program, arguments) in [("snug", []), ("snug-server", folder.certificateOptions)] {
            let (code, _, errors) = try run(program, arguments, ["SNUG_HOST": host])
            #expect(code == 64 && errors.count == 2, "\(errors)")
            #expect(
                errors.first?.contains("SNUG_HOST") == true || errors.first?.contains(host) == true,
                "\(errors)"
            )
            #expect(errors.first?.contains("--host") == false, "\(errors)")
            let option = try run(program, arguments + ["--host=\(host)"], ["SNUG_HOST": "localhost"])
            #expect(
                option.code == 64 && option.errors.first?.contains("SNUG_HOST") == false,
                "\(option.errors)"
            )
        }
    }

    // MARK: Width

    @Test(
        arguments: [
            ("snug", ["--help"]), ("snug-server", ["--help"]), ("snug-server", ["help", "run"]),
            ("snug-server", ["make-certs", "--help"]), ("snug-server", ["make-passphrase", "--help"]),
            ("snug-server", ["help", "ctl"]), ("snug-server", ["help", "history"]),
            ("snug-server", ["history", "export", "--help"]),
            ("snug-server", ["history", "forget", "--help"]),
            ("snug", ["identity", "--help"]), ("snug", ["send", "--help"]), ("snug", ["tail", "--help"]),
            ("snug", ["who", "--help"]), ("snug", ["config", "--help"]), ("snug-wire", ["--help"]),
        ] as [(String, [String])]
    )
    func helpFitsATerminalOfEightyColumnsWithoutRaggedLines(program: String, arguments: [String]) throws {
        // Wider, it would show the lines as they were written; at 80 those that are longer are broken.
        let wide = try run(program, arguments, ["COLUMNS": "200"]).output
        let narrow = try run(program, arguments, ["COLUMNS": "80"]).output
        #expect(narrow.allSatisfy { $0.count <= 80 }, "\(narrow.filter { $0.count > 80 })")
        let overviews = [wide, narrow].map { $0.prefix { !$0.hasPrefix("USAGE:") }.drop { !$0.isEmpty } }
        #expect(overviews[0] == overviews[1], "\(overviews[0].filter { !overviews[1].contains($0) })")
    }
}
