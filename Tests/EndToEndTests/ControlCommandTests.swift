// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import TestSupport
import Testing

/// `snug-server ctl` and the server that it asks, as programs.
@Suite(.timeLimit(.minutes(30))) struct ControlCommandTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private var path: String { folder.path("control") }

    private func start(_ options: [String] = []) throws -> ServerProcess {
        try ServerProcess(["--control=\(path)"] + options, plain: true)
    }

    private struct Ended {
        let code: Int32
        let output: [String]
        let errors: [String]
    }

    private func ctl(_ words: String..., at other: String? = nil) throws -> Ended {
        let process = try ChildProcess(
            BuiltPrograms.path(of: "snug-server"),
            ["ctl", "--control=\(other ?? path)"] + words
        )
        let code = try process.waitForExit()
        return Ended(code: code, output: process.lines(of: .output), errors: process.lines(of: .errors))
    }

    private func join(_ name: String, _ server: ServerProcess) throws -> ChildProcess {
        let client = try ClientProcess.start(
            name,
            port: server.port,
            authority: server.authority,
            options: ["--no-identity"]
        )
        try client.expect("* \(name) joined the chat *")
        return client
    }

    // MARK: What it does

    @Test func everyActionDoesItsOneThingAndEnds() throws {
        let server = try start()
        try server.expectLog("control socket at \(path), for this user and root")
        let (aisha, ben) = (try join("aisha", server), try join("ben", server))
        try ben.type("/join tea")
        try ben.expect("* you are in #tea")
        #expect(try ctl("bans").output == ["nobody is banned or muted"])
        let who = try ctl("who")
        #expect(who.code == 0 && who.output.count == 2 && who.errors == [])
        #expect(who.output[0].hasPrefix("aisha  127.0.0.1:"))
        #expect(who.output[0].contains("  since 20"))
        #expect(who.output[0].contains("  TLSv1.3 AES-256-GCM X25519  #main  "))
        #expect(who.output[1].contains("  #tea  ") && who.output[1].hasSuffix("  no key"))
        #expect(try ctl("rooms").output == ["#main  1 here", "#tea  1 here"])
        let mute = try ctl("mute", "aisha", "10m")
        #expect(
            mute.code == 0 && mute.output == ["in #main: * aisha was muted by an operator (10 minutes) *"]
        )
        try aisha.expect("* aisha was muted by an operator (10 minutes) *")
        #expect(
            try ctl("kick", "ben", "too", "loud").output == [
                "in #tea: * ben was kicked by an operator: too loud *"
            ]
        )
        _ = try ben.waitForExit()
        #expect(ben.lines(of: .output).contains("* ben was kicked by an operator: too loud *"))
        #expect(try ctl("unban", "1").output == ["in #main: * an operator lifted mute 1 of aisha *"])
        let ban = try ctl("ban", "aisha", "1h", "spam")
        #expect(
            ban.output
                == ["in #main: * aisha was banned by an operator (60 minutes: spam) *: 127.0.0.1 stays out"]
        )
        _ = try aisha.waitForExit()
        let bans = try ctl("bans")
        #expect(bans.output.count == 1 && bans.output[0].hasPrefix("2  aisha  banned  127.0.0.1  until 20"))
        #expect(bans.output[0].hasSuffix("  spam"))
        let stats = try ctl("stats")
        #expect(stats.output.first?.hasPrefix("up for ") == true)
        #expect(stats.output.contains("people: 0") && stats.output.contains("bytes waiting: 0"))
        for line in ["asked who is connected", "asked who is banned", "in #main: * aisha was banned by"] {
            #expect(try server.expectLog(line).contains("control socket, process "))
        }
        #expect(try server.stop() == 0)
        #expect(try folder.entries() == [])
    }

    /// Level 1 as the document's client speaks it, which shares no code with the server.
    @Test func whoSpeaksLevelOneIsListedAndPutOutLikeEverybodyElse() throws {
        let server = try start()
        let ports = [("aisha", server.port, [server.authority]), ("ben", server.port(.plain), [])]
        let clients = try ports.map { name, port, authority in
            let client = try ChildProcess(
                "/usr/bin/python3",
                [Document.file(at: "docs/examples/client-level-1.py"), "127.0.0.1", "\(port)", name]
                    + authority
            )
            try client.expect("* \(name) joined")
            return client
        }
        let who = try ctl("who")
        #expect(who.code == 0 && who.output.count == 2 && who.errors == [])
        #expect(
            who.output[0].hasPrefix("aisha  127.0.0.1:") && who.output[0].contains("  TLSv1.3 AES-256-GCM ")
        )
        #expect(who.output[1].hasPrefix("ben  127.0.0.1:") && who.output[1].contains("  not encrypted  "))
        #expect(who.output.allSatisfy { $0.contains("  since 20") && $0.contains("  #main  ") })
        #expect(who.output.allSatisfy { $0.hasSuffix("  no key") })
        #expect(
            try ctl("ban", "ben", "1h").output
                == ["in #main: * ben was banned by an operator (60 minutes) *: 127.0.0.1 stays out"]
        )
        // They are told why, and do not come back by themselves; who is at the same address is put out with it.
        for client in clients {
            #expect(try client.waitForExit() == 1)
            #expect(client.lines(of: .output).last == "* bye banned *")
        }
        #expect(try ctl("who").output == ["nobody is here"])
        #expect(try server.stop() == 0)
    }

    @Test func itsJSONIsOneObjectALine() throws {
        let server = try start()
        let aisha = try join("aisha", server)
        for (action, list) in [("who", "sessions"), ("rooms", "rooms"), ("bans", "bans")] {
            let answer = try ctl(action, "--json")
            #expect(answer.code == 0 && answer.output.count == 1)
            let object =
                try JSONSerialization.jsonObject(with: Data(answer.output.joined().utf8)) as? [String: Any]
            #expect(object?["type"] as? String == list && object?[list] is [Any])
        }
        let stats = try ctl("--json", "stats")
        let object =
            try JSONSerialization.jsonObject(with: Data(stats.output.joined().utf8)) as? [String: Any]
        #expect(object?["people"] as? Int == 1 && object?["type"] as? String == "stats")
        #expect(
            try ctl("kick", "aisha", "--json").output.first?.hasPrefix("{\"type\":\"done\",\"text\":") == true
        )
        _ = try aisha.waitForExit()
        #expect(try server.stop() == 0)
    }

    @Test func aReloadDoesWhatTheSignalDoesAndSaysWhatCameOfIt() throws {
        let operators = try folder.write(Array("# nobody\n".utf8), to: "operators", mode: 0o600)
        let server = try start(["--operators=\(operators)"])
        let good = try ctl("reload")
        #expect(good.code == 0)
        #expect(
            good.output == ["certificate and key reloaded, in use for new connections; 0 keys may moderate"]
        )
        try server.expectLog("asked for the files to be read again")
        try server.expectLog("certificate and key reloaded, in use for new connections")
        try folder.write(Array("aisha\n".utf8), to: "operators", mode: 0o600)
        let bad = try ctl("reload")
        #expect(bad.code == 1 && bad.output == [])
        #expect(
            bad.errors.first
                == "error: the files were not reloaded, the old ones stay in use: line 1 of \(operators) does not begin "
                + "with a key's fingerprint"
        )
        #expect(try server.stop() == 0)
    }

    // MARK: What it cannot do

    @Test func aRefusalIsInTheServersWords() throws {
        let server = try start()
        let nobody = try ctl("kick", "nobody")
        #expect(nobody.code == 1 && nobody.output == [])
        #expect(nobody.errors.first == "error: nobody here is called nobody")
        #expect(nobody.errors.last?.hasPrefix("hint: ") == true)
        #expect(try ctl("unban", "9").errors.first == "error: there is no ban 9")
        #expect(try server.stop() == 0)
    }

    @Test func wrongWordsAreWrongUsage() throws {
        for words in [
            ["kick"], ["unban", "x"], ["unban"], ["mute", "ben", "loudly"], ["who", "ben"], ["dance"], [],
        ] {
            let process = try ChildProcess(
                BuiltPrograms.path(of: "snug-server"),
                ["ctl", "--control=\(path)"] + words
            )
            #expect(try process.waitForExit() == 64, "\(words)")
            #expect(process.lines(of: .errors).first?.hasPrefix("error: ") == true)
        }
    }

    @Test func withoutAServerItSaysSo() throws {
        let none = try ctl("who")
        #expect(none.code == 69)
        #expect(none.errors.first == "error: no server answers at \(path): No such file or directory")
        #expect(none.errors.last?.hasPrefix("hint: start the server with --control PATH") == true)
        let server = try start()
        server.process.signal(SIGKILL)
        _ = try server.process.waitForExit()
        #expect(try folder.entries() == ["control"])
        #expect(try ctl("who").errors.first == "error: no server answers at \(path): Connection refused")
        // What a dead server left is no obstacle for the next one.
        let next = try start()
        #expect(try ctl("who").code == 0)
        #expect(try next.stop() == 0)
    }

    @Test func whatSomethingElseAnswersIsNoAnswerAndReachesNoTerminalRaw() throws {
        let forger = """
            import json, socket, sys
            def frame(o):
                b = o if isinstance(o, bytes) else json.dumps(o).encode()
                return len(b).to_bytes(4, 'big') + b
            limit = {"characters": 1, "bytes": 1}
            hello = {"type": "hello", "protocol": 1, "server": "x", "epoch": "e", "passphrase": False,
                "limits": {"name": limit, "line": limit, "rooms": 1, "burst": 1, "perSecond": 1},
                "history": {"lines": 0, "hours": 0, "onDisk": False}}
            evil = "\\u001b]0;evil\\u0007\\u202e\\u009b31m"
            answers = [
                b'', b'HTTP/1.1 400 Bad Request\\r\\n\\r\\n', frame(b'nonsense'), frame(hello)[:40], frame(hello),
                frame(hello) + frame({"type": "done", "text": evil}),
                frame(hello) + frame({"type": "rooms", "rooms": [{"room": evil, "people": 1, "topic": evil}]}),
                frame(hello) + frame({"type": "refused", "code": "failed", "text": evil, "hint": evil}),
            ]
            s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(8); print("listening", flush=True)
            for answer in answers:
                c, _ = s.accept(); c.recv(4096); c.sendall(answer); c.close()
            """
        let server = try ChildProcess("/usr/bin/python3", ["-c", forger, path])
        try server.expect("listening")
        for (words, codes) in [
            (["who"], [76]), (["who"], [76]), (["who"], [76]), (["who"], [76]), (["who"], [69]),
            (["kick", "ben"], [0]),
            (["rooms", "--json"], [0]), (["kick", "ben"], [1]),
        ] as [([String], [Int32])] {
            let process = try ChildProcess(
                BuiltPrograms.path(of: "snug-server"),
                ["ctl", "--control=\(path)"] + words
            )
            let code = try process.waitForExit()
            #expect(codes.contains(code), "\(words): \(code) \(process.lines(of: .errors))")
            let bytes = process.bytes(of: .output) + process.bytes(of: .errors)
            #expect(!bytes.contains(0x1B) && !bytes.contains(0x07))
            let text = String(decoding: bytes, as: UTF8.self).unicodeScalars
            #expect(!text.contains("\u{202E}") && !text.contains("\u{9B}"))
        }
        try server.waitForExit()
    }

    @Test(.enabled(if: geteuid() == 0, "only root can become somebody else"))
    func anotherUserIsRefused() throws {
        #expect(chmod(folder.path, 0o711) == 0)
        let server = try start()
        // The programs may lie where nobody else may read. Written here, a file could not be run as long as some other
        // test's child has inherited it open (ETXTBSY, execve(2)).
        let program = folder.path("program")
        let copy = try ChildProcess("/bin/cp", [BuiltPrograms.path(of: "snug-server"), program])
        #expect(try copy.waitForExit() == 0 && chmod(program, 0o755) == 0)
        let words = ["--reuid=65534", "--clear-groups", program, "ctl", "--control=\(path)", "who"]
        for mode in [mode_t(0o600), 0o666] {
            #expect(chmod(path, mode) == 0)
            let stranger = try ChildProcess("/usr/bin/setpriv", words)
            #expect(try stranger.waitForExit() == 77)
            #expect(stranger.lines(of: .output) == [])
            #expect(
                stranger.lines(of: .errors).first?.hasPrefix(
                    "error: the control socket \(path) is not for you: "
                )
                    == true
            )
        }
        try server.expectLog("of uid 65534 was not let in at the control socket")
        #expect(try server.stop() == 0)
    }

    // MARK: Paths

    /// What a start says of a path that will not do; a check says the same.
    @Test(arguments: [[], ["--check"]]) func aPathThatWillNotDoEndsTheStart(_ options: [String]) throws {
        let file = try folder.write([7], to: "file", mode: 0o600)
        let open = folder.path("open")
        #expect(mkdir(open, 0o700) == 0 && chmod(open, 0o777) == 0)
        let long = folder.path(String(repeating: "x", count: 120))
        let living = try start()
        let certificates = try TemporaryFolder.withCertificates()
        let cases = [
            (file, "\(file) is there already, and is no socket", "choose another path with --control"),
            (long, "the path of the control socket has more than 107 bytes: \(long)", "choose another path"),
            (
                "\(open)/control",
                "there can be no control socket in \(open): that can be changed by other users (mode 0777)",
                "take that right away: chmod go-w \(open); or choose another path with --control"
            ),
            (
                folder.path("none/control"),
                "there can be no control socket in \(folder.path("none")): that does not exist",
                "make that folder, for this user alone: mkdir -m 700 \(folder.path("none"))"
            ),
            (
                "\(file)/control", "there can be no control socket in \(file): that is not a folder",
                "choose another"
            ),
            (
                path, "another server answers at the control socket \(path)",
                "stop that server, or choose another"
            ),
        ]
        for (path, sentence, hint) in cases {
            let server = try ChildProcess(
                BuiltPrograms.path(of: "snug-server"),
                ["--port=0", "--control=\(path)"] + certificates.certificateOptions + options
            )
            #expect(try server.waitForExit() == 78, "\(path)")
            let lines = server.lines(of: .errors).suffix(2)
            #expect(lines.first == "error: \(sentence)")
            #expect(lines.last?.hasPrefix("hint: \(hint)") == true, "\(lines)")
        }
        #expect(try folder.content(of: "file") == [7])
        #expect(try ctl("who").code == 0, "the living one lives")
        #expect(try living.stop() == 0)
    }

    @Test func aCheckLeavesNothingBehind() throws {
        let certificates = try TemporaryFolder.withCertificates()
        let server = try ChildProcess(
            BuiltPrograms.path(of: "snug-server"),
            ["--port=0", "--control=\(path)", "--check"] + certificates.certificateOptions
        )
        #expect(try server.waitForExit() == 0)
        #expect(try folder.entries() == [])
    }

    @Test(arguments: ["000", "777"]) func theSocketIsForItsUserWhateverTheMaskIs(_ mask: String) throws {
        let certificates = try TemporaryFolder.withCertificates()
        let server = try ChildProcess(
            "/bin/sh",
            [
                "-c", "umask \(mask) && exec \"$@\"", "sh", try BuiltPrograms.path(of: "snug-server"),
                "--port=0",
                "--control=\(path)",
            ] + certificates.certificateOptions
        )
        try server.expect("encrypted chat on ", on: .errors)
        #expect(try folder.mode(of: "control") == 0o600)
        #expect(try ctl("stats").code == 0)
        server.signal(SIGTERM)
        #expect(try server.waitForExit() == 0)
    }

    @Test func theVariableStandsForTheOptionOfBothPrograms() throws {
        let server = try ServerProcess(environment: ["SNUG_CONTROL": path])
        let process = try ChildProcess(
            BuiltPrograms.path(of: "snug-server"),
            ["ctl", "kick", "--", "-ben"],
            environment: ["SNUG_CONTROL": path]
        )
        #expect(try process.waitForExit() == 1)
        #expect(process.lines(of: .errors).first == "error: nobody here is called -ben")
        #expect(try server.stop() == 0)
    }
}
