// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

/// `snug --control`: the server's owner in the chat, through its control socket.
@Suite(.timeLimit(.minutes(30))) struct ControlJoiningTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private var path: String { folder.path("control") }

    private func snug(_ arguments: String...) throws -> ChildProcess {
        try ChildProcess(BuiltPrograms.path(of: "snug"), arguments)
    }

    @Test func theOwnerTalksAndModeratesAndIsToldThatThereIsNoTLS() throws {
        let server = try ServerProcess(["--control=\(path)"])
        let ben = try ClientProcess.start(
            "ben",
            port: server.port,
            authority: server.authority,
            options: ["--no-identity"]
        )
        try ben.expect("* ben joined the chat *")
        let program = try BuiltPrograms.path(of: "snug")
        let window = try TerminalWindow("\(program) --control=\(path) --name=owner", columns: 120)
        try window.expect("word of what it is connected to") { rows in
            rows.contains("connected to \(path), the control socket of this machine: you moderate")
                && rows.last == "#main>"
        }
        try ben.expect("* owner joined the chat *")
        try server.expectLog("joined as owner (control socket)")
        try window.type("good evening")
        try window.press("Enter")
        try ben.expect("owner: good evening")
        try ben.type("hello")
        try window.expect("ben's line") { rows in rows.contains { $0.hasSuffix("ben: hello") } }
        try window.type("/tls")
        try window.press("Enter")
        try window.expect("the truth about TLS") { rows in
            rows.contains { $0.contains("no TLS: connected to \(path), the control socket of this machine") }
        }
        try window.type("/kick ben too loud")
        try window.press("Enter")
        _ = try ben.waitForExit()
        #expect(ben.lines(of: .output).contains("* ben was kicked by owner: too loud *"))
        try server.expectLog("left as ben: kicked")
        try window.type("/quit")
        try window.press("Enter")
        try window.expect("a good end") { $0.contains("ended 0") }
        try server.expectLog("left as owner: quit")
        #expect(try server.stop() == 0)
    }

    @Test func programsSayThingsThroughItAsWell() throws {
        let server = try ServerProcess(["--control=\(path)"])
        let ben = try ClientProcess.start("ben", port: server.port, authority: server.authority)
        try ben.expect("* ben joined the chat *")
        let send = try snug("send", "--control=\(path)", "--name=cron", "the backup is done")
        #expect(try send.waitForExit() == 0)
        try ben.expect("cron: the backup is done")
        #expect(try ben.finish() == 0)
        #expect(try server.stop() == 0)
    }

    @Test(arguments: [
        "--host=chat.example", "--port=1", "--ca=room.pem", "--system-trust", "--no-identity", "--level=0",
        "--plain",
        "--pin=sha256:\(String(repeating: "A", count: 43))=", "snug://chat.example/",
    ])
    func whatIsForTheNetworkHasNoMeaningBesideIt(argument: String) throws {
        let client = try snug(argument, "--control=\(path)")
        #expect(try client.waitForExit() == 64)
        let flag = argument.hasPrefix("snug:") ? "a link" : String(argument.prefix { $0 != "=" })
        let errors = client.lines(of: .errors)
        #expect(
            errors.first
                == "error: --control is the way to a server on this machine, and \(flag) is for the network"
        )
        #expect(errors.last?.hasPrefix("hint: leave ") == true && errors.count == 2)
    }

    @Test func aFilterIsToldWhatIsForPrograms() throws {
        let client = try snug("--control=\(path)", "--name=owner")
        #expect(try client.waitForExit() == 64)
        #expect(client.lines(of: .errors).first == "error: --control is for somebody at a terminal")
    }

    @Test func aPathWithoutAServerGetsOneSentenceAndOneHint() throws {
        let none = try snug("send", "--control=\(path)", "--timeout=1", "--name=owner", "hello")
        #expect(try none.waitForExit() == 69)
        let long = try snug(
            "send",
            "--control=/tmp/\(String(repeating: "x", count: 200))",
            "--name=owner",
            "hello"
        )
        #expect(try long.waitForExit() == 64)
        for (client, sentence) in [
            (none, "error: no server answers at \(path): No such file or directory"),
            (long, "error: the path of a control socket has at most 107 bytes: /tmp/xxx"),
        ] {
            let errors = client.lines(of: .errors).suffix(2)
            #expect(errors.first?.hasPrefix(sentence) == true, "\(errors)")
            #expect(errors.last?.hasPrefix("hint: ") == true)
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can become somebody else"))
    func anotherUserIsToldThatItIsNotForThem() throws {
        let server = try ServerProcess(["--control=\(path)"])
        #expect(chmod(folder.path, 0o711) == 0)
        let program = try BuiltPrograms.path(of: "snug")
        let client = try ChildProcess(
            "/usr/bin/setpriv",
            [
                "--reuid=65534", "--regid=65534", "--clear-groups", program, "send", "--control=\(path)",
                "--name=owner",
                "hello",
            ]
        )
        #expect(try client.waitForExit() == 77)
        #expect(
            client.lines(of: .errors).contains(
                "error: the control socket \(path) is not for you: you have no right to it"
            )
        )
        #expect(try server.stop() == 0)
    }
}
