// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

/// Does what hints say, and requires that the fault is gone.
@Suite(.timeLimit(.minutes(30))) struct HintTests {
    /// Starts a program that fails, and returns its hint.
    private func hint(of program: ChildProcess, code: Int32, _ error: String) throws -> String {
        #expect(try program.finish() == code)
        #expect(try program.expect("error: ", on: .errors).contains(error))
        return String(try program.expect("hint: ", on: .errors).dropFirst("hint: ".count))
    }

    private func server(_ options: [String], in folder: TemporaryFolder) throws -> ChildProcess {
        try ChildProcess(BuiltPrograms.path(of: "snug-server"), folder.certificateOptions + options)
    }

    private func expectToRun(_ server: ChildProcess) throws {
        try server.expect("encrypted chat on ", on: .errors)
        server.signal(SIGTERM)
        #expect(try server.waitForExit() == 0)
    }

    // MARK: Hosts

    @Test(arguments: ["127.0.0.1:PORT", "https://127.0.0.1:PORT/", "tls://ann@127.0.0.1:PORT"])
    func aClientThatWasGivenAPortOrAURLAsItsHostJoinsWithWhatTheHintSays(host: String) throws {
        let room = try ServerProcess()
        let written = host.replacing("PORT", with: "\(room.port)")
        func client(_ options: [String]) throws -> ChildProcess {
            try ChildProcess(
                BuiltPrograms.path(of: "snug"),
                ["--ca=\(room.authority)", "--name=ann"] + options
            )
        }
        let hint = try hint(of: client(["--host=\(written)"]), code: 64, "--host takes ")
        #expect(hint == "say --host 127.0.0.1 --port \(room.port)")
        let second = try client(hint.split(separator: " ").dropFirst().map(String.init))
        try second.expect("* ann joined the chat *")
        #expect(try second.finish() == 0)
        #expect(try room.stop() == 0)
    }

    @Test(arguments: ["127.0.0.1:0", "http://127.0.0.1:0"])
    func aServerThatWasGivenAPortOrAURLAsItsHostStartsWithWhatTheHintSays(host: String) throws {
        let folder = try TemporaryFolder.withCertificates()
        let hint = try hint(of: server(["--host=\(host)"], in: folder), code: 64, "--host takes ")
        try expectToRun(server(hint.split(separator: " ").dropFirst().map(String.init), in: folder))
    }

    @Test func aServerWithAnAddressOfAnotherMachineStartsWithEachThatTheHintNames() throws {
        let folder = try TemporaryFolder.withCertificates()
        let hint = try hint(
            of: server(["--host=192.0.2.1", "--port=0"], in: folder),
            code: 78,
            "cannot listen on 192.0.2.1:0: this machine does not have that address"
        )
        let list = try #require(hint.split(separator: ": ").last)
        let hosts = list.replacing(", or '*' for all", with: ", *").split(separator: ", ")
        #expect(hosts.contains("127.0.0.1") && hosts.contains("*"))
        for host in hosts { try expectToRun(server(["--host=\(host)", "--port=0"], in: folder)) }
    }

    // MARK: Ports

    @Test func whoHasThePortIsNamedAndOnceItIsStoppedThePortIsFree() throws {
        let first = try ServerProcess()
        let folder = try TemporaryFolder.withCertificates()
        let options = ["--port=\(first.port)"]
        let hint = try hint(
            of: server(options, in: folder),
            code: 78,
            "another program already listens on 127.0.0.1:\(first.port): snug-server, process \(first.process.pid)"
        )
        #expect(hint.contains("choose another port with --port; 0 takes a free one"))
        try expectToRun(server(["--port=0"], in: folder))
        let command = try #require(hint.split(separator: "; ").first?.split(separator: ": ").last)
        #expect(command == "kill \(first.process.pid)")
        #expect(try ChildProcess("/bin/sh", ["-c", String(command)]).finish() == 0)
        #expect(try first.process.waitForExit() == 0)
        try expectToRun(server(options, in: folder))
    }

    @Test func thePlainPortInUseIsChangedByItsOwnOption() throws {
        let first = try ServerProcess()
        let folder = try TemporaryFolder.withCertificates()
        let hint = try hint(
            of: server(["--port=0", "--plain-port=\(first.port)"], in: folder),
            code: 78,
            "another program already listens on 127.0.0.1:\(first.port)"
        )
        #expect(hint.contains("choose another port with --plain-port; 0 takes a free one"))
        try expectToRun(server(["--port=0", "--plain-port=0"], in: folder))
        #expect(try first.stop() == 0)
    }

    @Test func onePortForBothIsRefusedAndTheHintHelps() throws {
        let free = try ServerProcess()
        #expect(try free.stop() == 0)
        let folder = try TemporaryFolder.withCertificates()
        let both = ["--port=\(free.port)", "--plain-port=\(free.port)"]
        let hint = try hint(
            of: server(both, in: folder),
            code: 78,
            "\(free.port) cannot be both the encrypted port and the plain one"
        )
        #expect(hint == "choose another port with --plain-port; 0 takes a free one")
        try expectToRun(server([both[0], "--plain-port=0"], in: folder))
    }

    /// Somebody on this machine who is not root.
    private static let stranger = ["--reuid=65534", "--regid=65534", "--clear-groups", "--"]

    @Test(.enabled(if: getuid() == 0, "needs the right to become somebody else"))
    func anotherUsersProgramIsNamedByItsUser() throws {
        let first = try ServerProcess()
        let folder = try Self.strangersFolder()
        let program = try BuiltPrograms.path(of: "snug-server")
        let second = try ChildProcess(
            "/usr/bin/setpriv",
            Self.stranger + [program, "--port=\(first.port)"] + folder.certificateOptions
        )
        let hint = try hint(of: second, code: 78, "127.0.0.1:\(first.port): a program of the user root")
        #expect(hint == "stop it, or choose another port with --port; 0 takes a free one")
        #expect(try first.stop() == 0)
    }

    /// The server hides what it has open from others of its user.
    @Test(.enabled(if: getuid() == 0, "needs the right to become somebody else"))
    func anotherServerOfOnesOwnIsNamedAsTheOneThatMayHaveThePort() throws {
        let folder = try Self.strangersFolder()
        func start(port: UInt16) throws -> ChildProcess {
            try ChildProcess(
                "/usr/bin/setpriv",
                Self.stranger + [BuiltPrograms.path(of: "snug-server"), "--port=\(port)"]
                    + folder.certificateOptions
            )
        }
        let first = try start(port: 0)
        let line = try first.expect("encrypted chat on ", on: .errors)
        let port = try #require(
            line.split(separator: ":").last.flatMap { UInt16($0.prefix { $0.isNumber }) }
        )
        let hint = try hint(of: start(port: port), code: 78, "perhaps snug-server, process \(first.pid)")
        #expect(hint == "stop it, or choose another port with --port; 0 takes a free one")
        first.signal(SIGTERM)
        #expect(try first.waitForExit() == 0)
        try expectToRun(start(port: port))
    }

    @Test(
        .enabled(
            if: getuid() == 0 && access("/usr/sbin/setcap", X_OK) == 0 && !Inspection.isSanitized,
            "needs root, setcap, and no sanitizer's library path"
        )
    )
    func aPortThatNeedsARightIsListenedOnAfterTheCommandOfTheHintOrAboveTheNumberInIt() throws {
        let folder = try Self.strangersFolder()
        // A copy: the right is given to a file.
        let program = folder.path("snug-server")
        let copy = try ChildProcess("/bin/cp", [BuiltPrograms.path(of: "snug-server"), program])
        #expect(try copy.finish() == 0)
        func start(port: UInt16) throws -> ChildProcess {
            try ChildProcess(
                "/usr/bin/setpriv",
                Self.stranger + [program, "--host=127.0.0.77", "--port=\(port)"] + folder.certificateOptions
            )
        }
        let hint = try hint(
            of: start(port: 443),
            code: 78,
            "cannot listen on 127.0.0.77:443: ports below 1024 need a right"
        )
        let words = hint.split(separator: " ")
        let number = try #require(words.lazy.compactMap { UInt16($0) }.first)
        try expectToRun(start(port: number))
        let command = try #require(hint.split(separator: "sudo ").last)
        #expect(command.hasSuffix(" \(program)"))
        #expect(try ChildProcess("/bin/sh", ["-c", String(command)]).finish() == 0)
        try expectToRun(start(port: 443))
    }

    private static func strangersFolder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder.withCertificates()
        for path in try [folder.path] + folder.entries().map(folder.path) { chown(path, 65_534, 65_534) }
        return folder
    }

    // MARK: Limits

    @Test func whoIsOneTooManyFromAnAddressIsToldAndComesInOnceAnotherHasLeft() throws {
        let room = try ServerProcess(["--max-per-address=2"])
        func client(_ name: String) throws -> ChildProcess {
            try ClientProcess.start(name, port: room.port, authority: room.authority)
        }
        let clients = try ["ann", "ben"].map { name in
            let client = try client(name)
            try client.expect("* \(name) joined the chat *")
            return client
        }
        let hint = try hint(of: client("cem"), code: 69, "the server turned the connection away")
        #expect(hint.contains("be full, or take no more connections from your address"))
        try room.expectLog("more than 2 connections from its address")
        try clients[0].type("/quit")
        #expect(try clients[0].waitForExit() == 0)
        try room.expectLog("left as ann")
        let third = try client("cem")
        try third.expect("* cem joined the chat *")
        #expect(try third.finish() == 0)
        #expect(try clients[1].finish() == 0)
        #expect(try room.stop() == 0)
    }

    // MARK: Usage

    @Test(
        arguments: [
            ("snug", ["--nonsense"], "--port"), ("snug", ["--port=x"], "--port"),
            ("snug-server", ["--nonsense"], "--idle-timeout"),
            ("snug-server", ["run", "--port=x"], "--port"),
            ("snug-server", ["--idle-timeout=0"], "--idle-timeout"),
            ("snug-server", ["make-certs", "--nonsense"], "--days"),
            ("snug-server", ["make-passphrase", "--nonsense"], "--out"),
            ("snug-wire", ["--nonsense"], "--script"), ("snug-wire", ["stray"], "--live"),
            ("snug-server", ["make-cert"], "make-certs"), ("snug-server", ["history", "export"], "<file>"),
            ("snug-server", ["history", "forget", "--name", "x"], "<file>"),
        ]
    )
    func whatTheHintSaysAboutWrongUsageListsWhatTheCommandTakes(
        program: String,
        arguments: [String],
        option: String
    ) throws {
        let wrong = try ChildProcess(BuiltPrograms.path(of: program), arguments)
        let hint = try hint(of: wrong, code: 64, "")
        #expect(wrong.lines(of: .errors).count == 2)
        let command = try #require(hint.split(separator: " lists what it takes").first)
        let help = try ChildProcess("/bin/sh", ["-c", String(command)])
        #expect(try help.finish() == 0)
        #expect(help.lines(of: .output).contains { $0.contains("  \(option)") })
    }

    @Test func aProgramIsNamedAsTheUserCanCallIt() throws {
        let path = try BuiltPrograms.path(of: "snug-server")
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        let command = "snug-server help run lists what it takes"
        for (script, call) in [
            ("PATH='\(folder)' ; snug-server --nonsense", command),
            ("cd '\(folder)' && ./snug-server --nonsense", "./\(command)"),
            (
                "cd '\(folder)/..' && \(folder.split(separator: "/").last ?? "")/snug-server --nonsense",
                "\(folder.split(separator: "/").last ?? "")/\(command)"
            ),
            ("'\(path)' --nonsense", "\(folder)/\(command)"),
        ] {
            let shell = try ChildProcess("/bin/sh", ["-c", script])
            #expect(try hint(of: shell, code: 64, "") == call)
        }
    }

    @Test func aWeakPassphraseIsFollowedByTheCommandThatMakesAnother() throws {
        let server = try ServerProcess(environment: ["CHAT_SECRET": "password"])
        let warning = try server.expectLog(" makes one that nobody guesses")
        #expect(try server.stop() == 0)
        let hint = try #require(warning.split(separator: ": ").last)
        let command = try #require(hint.split(separator: " makes one").first)
        let made = try ChildProcess("/bin/sh", ["-c", String(command)])
        #expect(try made.finish() == 0)
        let passphrase = try #require(made.lines(of: .output).first)
        let next = try ServerProcess(environment: ["CHAT_SECRET": passphrase])
        #expect(try next.stop() == 0)
        #expect(!next.process.lines(of: .errors).contains { $0.contains("passphrase") })
    }

    @Test func aProgramInAFolderWithASpaceIsNamedSuchThatAShellFindsIt() throws {
        let folder = try TemporaryFolder()
        let place = folder.path("it's here")
        #expect(mkdir(place, 0o755) == 0)
        #expect(symlink(try BuiltPrograms.path(of: "snug"), "\(place)/snug") == 0)
        let wrong = try ChildProcess("\(place)/snug", ["--nonsense"])
        let hint = try hint(of: wrong, code: 64, "")
        let command = try #require(hint.split(separator: " lists what it takes").first)
        #expect(try ChildProcess("/bin/sh", ["-c", String(command)]).finish() == 0)
    }
}
