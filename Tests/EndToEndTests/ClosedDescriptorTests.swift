// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import SnugSystem
import TestSupport
import Testing

/// Programs whose parent has closed their standard input, output or error, any of them: what is meant for people then
/// goes nowhere, and never into a file or a connection that happened to get the number.
@Suite(.timeLimit(.minutes(30))) struct ClosedDescriptorTests {
    private static let redirections = [
        "<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-",
    ]

    /// Calls that give out a descriptor.
    private static let openers = [
        "accept4", "dup", "dup2", "dup3", "epoll_create1", "eventfd2", "memfd_create", "open", "openat",
        "pipe2",
        "signalfd4", "socket", "socketpair",
    ]

    /// Starts a program by a shell that closes some of its descriptors.
    private func start(_ program: String, _ options: [String], _ redirection: String) throws -> ChildProcess {
        try ChildProcess(
            "/bin/sh",
            ["-c", "exec \"$@\" \(redirection)", "sh", try BuiltPrograms.path(of: program)] + options
        )
    }

    // MARK: Every program, every subset

    @Test(
        .enabled(if: SystemCallTrace.isAllowed, SystemCallTrace.whyNot),
        arguments: ["snug", "snug-server", "snug-wire"],
        redirections
    )
    func beforeAProgramOpensAnythingDevNullIsInEachPlace(program: String, redirection: String) throws {
        let folder = try TemporaryFolder.withCertificates()
        // Each opens files and more of its own, and ends soon.
        let options: [String: [String]] = [
            "snug": ["--port=1", "--ca=\(folder.path("ca.pem"))"],
            "snug-server": ["--check", "--port=0"] + folder.certificateOptions,
            "snug-wire": ["--out=\(folder.path("report"))", "--script=\(folder.path("none"))"],
        ]
        let program = try BuiltPrograms.path(of: program)
        let words = [program] + (options[String(program.split(separator: "/").last ?? "")] ?? [])
        let trace = folder.path("calls")
        let process = try ChildProcess(
            "/usr/bin/strace",
            ["-f", "-e", "trace=execve,\(Self.openers.joined(separator: ","))", "-o", trace, "/bin/sh", "-c"]
                + ["exec \"$@\" \(redirection)", "sh"] + words
        )
        try process.waitForExit()
        let calls = SystemCallTrace.calls(
            in: String(decoding: try folder.content(of: "calls"), as: UTF8.self)
        )
        .drop { $0.name != "execve" || !$0.arguments.contains("\"\(program)\"") }
        #expect(
            calls.contains { $0.name == "openat" && $0.arguments.contains(folder.path) },
            "it did nothing"
        )
        for (number, closing) in ["<&-", ">&-", "2>&-"].enumerated()
        where redirection.split(separator: " ").contains(Substring(closing)) {
            // The loader has the number before, for each library in turn, and closes it again.
            let users = calls.filter { $0.result == "\(number)" && Self.openers.contains($0.name) }
            let last = try #require(users.last)
            #expect(last.name == "openat" && last.arguments.contains("\"/dev/null\""), "\(last)")
        }
    }

    // MARK: What happened without that

    @Test(arguments: [">&-", "2>&-", ">&- 2>&-"])
    func aClientWithoutOutputWritesNothingOfTheChatIntoItsConnection(redirection: String) throws {
        let server = try ServerProcess()
        let ben = try TestClient(.tls, port: server.port, name: "ben")
        let aisha = try start(
            "snug",
            ["--port=\(server.port)", "--ca=\(server.authority)", "--name=aisha"],
            redirection
        )
        try ben.expect("* aisha joined the chat *")
        try ben.send("for nobody else's eyes")
        // The server would have ended a connection with anything in clear in it.
        try aisha.type("still encrypted")
        try ben.expect("aisha: still encrypted")
        #expect(try aisha.finish() == 0)
        try ben.expect("* aisha left *")
        ben.close()
        #expect(try server.stop() == 0)
        #expect(
            server.process.lines(of: .errors).contains { $0.hasSuffix(" left as aisha: connection closed") }
        )
    }

    @Test func aClientWithoutInputTakesNoConnectionForItsKeyboard() throws {
        let server = try ServerProcess()
        let ben = try TestClient(.tls, port: server.port, name: "ben")
        let aisha = try start(
            "snug",
            ["--port=\(server.port)", "--ca=\(server.authority)", "--name=aisha"],
            "<&-"
        )
        #expect(try aisha.waitForExit() == 0)
        for notice in ["* aisha joined the chat *", "* aisha left *"] { try ben.expect(notice) }
        ben.close()
        #expect(try server.stop() == 0)
    }

    @Test func aServerWithoutAnyOfTheThreeServes() throws {
        let folder = try TemporaryFolder.withCertificates()
        let reserved = try ReservedPort()
        let port = reserved.number
        let server = try start("snug-server", ["--port=\(port)"] + folder.certificateOptions, "<&- >&- 2>&-")
        let pid = server.pid
        try #require(Inspection.comesTrue { Inspection.threadNames(of: pid).contains("snug-room-0") })
        let aisha = try TestClient(.tls, port: port, name: "aisha")
        let ben = try TestClient(.tls, port: port, name: "ben")
        try aisha.expect("* ben joined the chat *")
        try ben.send("undisturbed")
        try aisha.expect("ben: undisturbed")
        aisha.close()
        ben.close()
        server.signal(SIGTERM)
        #expect(try server.waitForExit() == 0)
    }

    @Test func aComparisonWithoutAnyOfTheThreeRecordsTheSame() throws {
        let folder = try TemporaryFolder()
        let script = try folder.write(Array("aisha: hello\n".utf8), to: "script", mode: 0o600)
        let options = ["--out=\(folder.path("report"))", "--script=\(script)"]
        #expect(try start("snug-wire", options, "<&- >&- 2>&-").waitForExit() == 0)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path("report")).sorted()
        #expect(files == ["padded.pcapng", "plain.pcapng", "report.html", "tls.pcapng", "wire.json"])
    }

    @Test(
        .enabled(if: canUnshare, "needs a machine on which one may mount"),
        arguments: ["snug", "snug-server", "snug-wire"]
    )
    func whereThereIsNoDevNullAProgramEndsRatherThanGoOnWithoutOne(program: String) throws {
        let path = try BuiltPrograms.path(of: program)
        let process = try ChildProcess(
            "/usr/bin/unshare",
            [
                "--mount", "/bin/sh", "-c", "mount -t tmpfs tmpfs /dev && exec \"$@\" >&-", "sh", path,
                "--version",
            ]
        )
        #expect(try process.waitForExit() == 1)
    }

    private static let canUnshare: Bool = {
        let trial = try? ChildProcess(
            "/usr/bin/unshare",
            ["--mount", "/bin/mount", "-t", "tmpfs", "tmpfs", "/dev"]
        )
        return (try? trial?.finish()) == 0
    }()
}
