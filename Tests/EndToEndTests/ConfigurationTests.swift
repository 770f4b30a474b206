// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

/// Options before variables before the file before the defaults, and `snug config` tells which it was.
@Suite(.timeLimit(.minutes(30))) struct ConfigurationTests {
    private let home: TemporaryFolder

    init() throws {
        home = try TemporaryFolder()
        #expect(mkdir(home.path("config"), 0o700) == 0 && mkdir(home.path("config/snug"), 0o700) == 0)
    }

    private var file: String { home.path("config/snug/config") }

    private func write(_ text: String) throws {
        try home.write(Array(text.utf8), to: "config/snug/config", mode: 0o600)
    }

    private func run(_ words: [String], _ environment: [String: String] = [:]) throws
        -> (code: Int32, output: [String], errors: [String])
    {
        // In a folder without certificates.
        let process = try ChildProcess(
            "/bin/sh",
            ["-c", "cd \"$0\" && exec \"$@\"", home.path, BuiltPrograms.path(of: "snug")] + words,
            environment: ["XDG_CONFIG_HOME": home.path("config"), "HOME": home.path].merging(environment) {
                $1
            }
        )
        let code = try process.finish()
        return (code, process.lines(of: .output), process.lines(of: .errors))
    }

    /// Value and source of a setting.
    private func setting(_ key: String, in output: [String]) throws -> [Substring] {
        let row = try #require(output.first { $0.hasPrefix("\(key) = ") }, "\(output)")
        let parts = row.dropFirst("\(key) = ".count).dropLast().split(separator: " (", maxSplits: 1)
        #expect(parts.count == 2 && row.hasSuffix(")"))
        return parts
    }

    // MARK: What counts

    @Test func eachSettingIsShownWithWhereItComesFrom() throws {
        try write("# the house\nhost = chat.example\nport = 7000\nplain-output = yes\nname = ben\n")
        let (code, output, errors) = try run(
            ["config", "--name=carla", "--room=ops"],
            ["SNUG_PORT": "7001", "SNUG_NAME": "dan", "SNUG_BELL": "off"]
        )
        #expect(code == 0 && errors.isEmpty, "\(errors)")
        #expect(output.first == "# \(file)")
        for (key, value, source) in [
            ("host", "chat.example", "\(file):2"), ("port", "7001", "SNUG_PORT"), ("name", "carla", "--name"),
            ("plain-output", "yes", "\(file):4"), ("bell", "off", "SNUG_BELL"), ("room", "ops", "--room"),
            ("pad", "256", "default"), ("time", "HH:MM", "default"), ("system-trust", "no", "default"),
        ] {
            #expect(try setting(key, in: output) == [value[...], source[...]])
        }
    }

    @Test func everyOptionOfTheClientIsThereButPlainAndControl() throws {
        let options = try run(["--help"]).output.compactMap { line in
            line.hasPrefix("  --") ? line.dropFirst(4).prefix { $0 != " " } : nil
        }
        let keys = try run(["config"]).output.dropFirst().compactMap { $0.split(separator: " ").first }
        #expect(options.count > 10)
        #expect(Set(keys) == Set(options).subtracting(["control", "plain", "version"]))
    }

    @Test func withoutAFileThatIsSaidAndTheDefaultsAreShown() throws {
        let (code, output, _) = try run(["config"], ["XDG_CONFIG_HOME": home.path("none")])
        #expect(code == 0 && output.first == "# \(home.path("none"))/snug/config (not there)")
        #expect(try setting("host", in: output) == ["localhost", "default"])
        #expect(try setting("ca", in: output).first == "-")
        let nowhere = try run(["config"], ["XDG_CONFIG_HOME": "", "HOME": ""])
        #expect(nowhere.output.first == "# no configuration file: neither XDG_CONFIG_HOME nor HOME is a path")
    }

    @Test func aFlagIsYesOrNoAndNoTakesBackWhatComesBehindIt() throws {
        try write("plain-output = yes\nsystem-trust = yes\nca = own.pem\n")
        let (_, output, _) = try run(["config"], ["SNUG_PLAIN_OUTPUT": "no", "SNUG_SYSTEM_TRUST": "no"])
        #expect(try setting("plain-output", in: output).first == "no")
        #expect(try setting("system-trust", in: output).first == "no")
        #expect(try setting("ca", in: output) == [home.path("config/snug/own.pem")[...], "\(file):3"])
    }

    /// Who names an authority on the command line does not mean the system's as well.
    @Test func ofTwoAnswersToOneQuestionTheNearerCounts() throws {
        try write("system-trust = yes\nno-identity = yes\n")
        let (_, output, _) = try run(["config", "--ca=room.pem"], ["SNUG_IDENTITY": "me.pem"])
        #expect(try setting("ca", in: output) == ["room.pem", "--ca"])
        #expect(try setting("system-trust", in: output).first == "no")
        #expect(try setting("identity", in: output) == ["me.pem", "SNUG_IDENTITY"])
        #expect(try setting("no-identity", in: output).first == "no")
    }

    @Test func severalPinsAndRoomsHaveBlanksBetweenThem() throws {
        let pins = ["A", "B"].map { "sha256:" + String(repeating: $0, count: 42) + "A=" }
        try write("pin = \(pins.joined(separator: " "))\nroom = ops den\n")
        let (code, output, _) = try run(["config"])
        #expect(code == 0)
        #expect(try setting("pin", in: output) == [pins.joined(separator: " ")[...], "\(file):1"])
        #expect(try setting("room", in: output) == ["ops den", "\(file):2"])
    }

    @Test func theFileIsReadByTheClientAndByItsCommandsForPrograms() throws {
        let server = try ServerProcess()
        try home.write(TestAuthority.shared.authorityPEM, to: "config/snug/house.pem", mode: 0o644)
        try write("port = \(server.port)\nca = house.pem\nname = ben\n")
        let who = try run(["who", "--json"])
        #expect(who.code == 0 && who.output.first?.contains(#""name":"ben""#) == true, "\(who)")
        let chat = try run([])
        #expect(chat.code == 0 && chat.output == ["* ben joined the chat *"])
        let elsewhere = try run(["--port=1"])
        #expect(
            elsewhere.code == 69 && elsewhere.errors.contains { $0.contains("localhost:1 cannot be reached") }
        )
        #expect(try server.stop() == 0)
    }

    // MARK: What is wrong

    @Test(arguments: [
        ("prot = 1", 1, "there is no setting \"prot\"", "the nearest one is port; "),
        ("\nport = bogus", 2, "the value 'bogus' is invalid for 'port'", "give port what --port takes"),
        ("level = 2", 1, "level takes 0 or 1", "give level what --level takes"),
        ("bell = loud", 1, "the value 'loud' is invalid for 'bell", "give bell what --bell takes"),
        ("plain-output = on", 1, "plain-output is yes or no here", "give plain-output what"),
        ("plain = yes", 1, "there is no setting \"plain\"", "the nearest one is "),
        ("host = https://x", 1, "takes a name or an address, and no URL", ""),
    ])
    func whatIsWrongEndsEveryCommandWithFileLineAndHint(
        text: String,
        line: Int,
        sentence: String,
        hint: String
    ) throws {
        try write(text)
        for words in [[], ["send", "x"], ["who", "--json"]] {
            let (code, output, errors) = try run(words)
            #expect(code == (text.hasPrefix("host") ? 64 : 78) && output.isEmpty, "\(errors)")
            #expect(errors.count == 2, "\(errors)")
            #expect(errors.first?.contains("\(file):\(line)") == true, "\(errors)")
            #expect(errors.first?.contains(sentence) == true, "\(errors)")
            #expect(
                errors.first?.contains("--") == false && errors.last?.hasPrefix("hint: \(hint)") == true,
                "\(errors)"
            )
        }
        #expect(try run(["--help"]).code == 0 && run(["config", "--help"]).code == 0)
    }

    @Test func aSwitchInAVariableIsYesOrNo() throws {
        let (code, _, errors) = try run([], ["SNUG_PLAIN_OUTPUT": "1"])
        #expect(code == 64)
        #expect(
            errors == [
                "error: SNUG_PLAIN_OUTPUT is yes or no here",
                "hint: unset SNUG_PLAIN_OUTPUT, or give it what --plain-output takes",
            ]
        )
    }
}
