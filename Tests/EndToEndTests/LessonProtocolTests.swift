// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import TestSupport
import Testing

/// The lesson's protocol, between our programs and peers that share no code with them.
@Suite(.timeLimit(.minutes(30))) struct LessonProtocolTests {
    private static let rooms: [[String: String]] = [[:], ["CHAT_SECRET": "open sesame 你好"]]

    @Test(arguments: rooms)
    func clientsWrittenFromTheLessonChatThroughOurServer(environment: [String: String]) throws {
        let server = try ServerProcess(environment: environment)
        let aisha = try lessonClient("aisha", server, environment)
        try aisha.expect("(connected over TLSv1.3)")
        if !environment.isEmpty { try aisha.expect("(the server says: ok)") }
        try aisha.expect("* aisha joined the chat *")
        let ben = try lessonClient("ben", server, environment)
        try aisha.expect("* ben joined the chat *")
        try aisha.type("hello 👋")
        try ben.expect("aisha: hello 👋")
        try ben.type("/who")
        try ben.expect("* online: aisha, ben *")
        try ben.type("/nick benjamin")
        try aisha.expect("* ben is now benjamin *")
        #expect(try ben.finish() == 0)
        try aisha.expect("* benjamin left *")
        #expect(try aisha.finish() == 0)
        #expect(!aisha.lines(of: .output).contains("aisha: hello 👋"))
        #expect(try server.stop() == 0)
        let log = server.process.lines(of: .errors)
        #expect(log.count { $0.contains("joined as aisha (TLSv1.3, AES-256-GCM, X25519)") } == 1)
        #expect(!log.contains { $0.contains("hello") || $0.contains("sesame") })
    }

    @Test func aLessonClientWithAnotherPassphraseIsToldAndNotLetIn() throws {
        let server = try ServerProcess(environment: ["CHAT_SECRET": "open sesame"])
        let guesser = try lessonClient("guesser", server, ["CHAT_SECRET": "open barley"])
        try guesser.expect("(the server says: wrong passphrase)")
        #expect(try guesser.finish() == 1)
        try server.expectLog("sent a wrong passphrase")
        #expect(
            !server.process.lines(of: .errors).contains { $0.contains("barley") || $0.contains("guesser") }
        )
    }

    @Test(arguments: rooms)
    func theOpensslProgramIsServedByteForByte(environment: [String: String]) throws {
        let server = try ServerProcess(environment: environment)
        let openssl = try openssl(server)
        let secret = environment["CHAT_SECRET"].map { [$0] } ?? []
        try openssl.write((secret + ["openssl", "/who", "/quit"]).flatMap { try FrameEncoder.frame($0) })
        #expect(try openssl.waitForExit() == 0)
        let answers = ["* openssl joined the chat *", "* online: openssl *"]
        let expected = try (secret.map { _ in "ok" } + answers).flatMap { try FrameEncoder.frame($0) }
        #expect(openssl.bytes(of: .output) == expected)
        #expect(try server.stop() == 0)
    }

    @Test(
        arguments: [
            ("modern", ["-tls1_3"], true),
            ("modern", ["-alpn", "snug/0"], true),
            ("modern", ["-alpn", "h2"], false),
            ("modern", ["-tls1_2"], false),
            ("compat", ["-tls1_2"], true),
            ("compat", ["-tls1_2", "-cipher", "AES128-SHA256"], false),
        ]
    )
    func whatTLSIsAgreedOnIsTheServersChoice(policy: String, options: [String], isServed: Bool) throws {
        let server = try ServerProcess(["--tls=\(policy)"])
        let openssl = try openssl(server, options)
        try openssl.write(["openssl", "/quit"].flatMap { try FrameEncoder.frame($0) })
        #expect((try openssl.waitForExit() == 0) == isServed)
        try server.expectLog(isServed ? "joined as openssl" : "did not complete the TLS handshake")
        #expect(try server.stop() == 0)
    }

    @Test(arguments: rooms)
    func ourClientChatsThroughAServerWrittenFromTheLesson(environment: [String: String]) throws {
        let (server, port, folder) = try lessonServer(environment)
        let aisha = try ClientProcess.start(
            "aisha",
            port: port,
            authority: folder.path("ca.pem"),
            environment: environment
        )
        try aisha.expect("connected over TLSv1.3 to localhost", on: .errors)
        try aisha.expect("* aisha joined the chat *")
        let ben = try ClientProcess.start(
            "ben",
            port: port,
            authority: folder.path("ca.pem"),
            environment: environment
        )
        try aisha.expect("* ben joined the chat *")
        try ben.type("hello 👋")
        try aisha.expect("ben: hello 👋")
        try ben.type("the end of the input sends what came before")
        #expect(try ben.finish() == 0)
        try aisha.expect("ben: the end of the input sends what came before")
        try aisha.expect("* ben left *")
        // That server lets escape sequences through; our client does not pass them on.
        try aisha.type("/shout")
        try aisha.expect("everyone: 你好")
        #expect(!aisha.bytes(of: .output).contains(0x1B))
        #expect(try aisha.finish() == 0)
        if !environment.isEmpty { try server.expect("passphrase: ok") }
    }

    /// After our own goodbye nothing can be missing that anyone waits for.
    @Test(arguments: ["/quit", "the end of the input"])
    func ourClientLeavesAServerThatJustClosesInGoodOrder(ending: String) throws {
        let (server, port, folder) = try lessonServer([:], ["--no-goodbye"])
        let client = try ClientProcess.start("aisha", port: port, authority: folder.path("ca.pem"))
        try client.expect("* aisha joined the chat *")
        try client.type("last words")
        if ending == "/quit" { try client.type(ending) } else { client.endInput() }
        #expect(try client.waitForExit() == 0)
        #expect(!client.lines(of: .errors).contains { $0.hasPrefix("error:") })
        #expect(client.lines(of: .errors).contains("goodbye") == (ending == "/quit"))
        try server.expect("aisha sent: last words")
    }

    @Test func ourClientIsRefusedByALessonServerForTheWrongPassphrase() throws {
        let (server, port, folder) = try lessonServer(["CHAT_SECRET": "open sesame"])
        let client = try ClientProcess.start(
            "aisha",
            port: port,
            authority: folder.path("ca.pem"),
            environment: ["CHAT_SECRET": "open barley"]
        )
        #expect(try client.waitForExit() == 77)
        try client.expect("error: wrong passphrase", on: .errors)
        try client.expect("hint: ", on: .errors)
        try server.expect("passphrase: wrong passphrase")
    }

    @Test func ourClientTellsACutConnectionFromAGoodbye() throws {
        let (server, port, folder) = try lessonServer([:])
        let client = try ClientProcess.start("aisha", port: port, authority: folder.path("ca.pem"))
        try client.type("/cut")
        #expect(try client.waitForExit() == 76)
        try client.expect("error: the connection was cut without a goodbye", on: .errors)
        try server.expect("aisha sent: /cut")
    }

    @Test func ourClientSaysSoWhenItsPassphraseWasTakenForAName() throws {
        let (server, port, folder) = try lessonServer([:])
        let client = try ClientProcess.start(
            "aisha",
            port: port,
            authority: folder.path("ca.pem"),
            environment: ["CHAT_SECRET": "open sesame"]
        )
        #expect(try client.waitForExit() == 77)
        try client.expect("error: the server did not ask for a passphrase", on: .errors)
        #expect(!server.lines(of: .output).contains { $0.contains("aisha") })
    }

    private func openssl(_ server: ServerProcess, _ options: [String] = []) throws -> ChildProcess {
        try ChildProcess(
            "/usr/bin/openssl",
            [
                "s_client", "-quiet", "-connect", "127.0.0.1:\(server.port)", "-CAfile", server.authority,
                "-verify_return_error", "-verify_hostname", "localhost",
            ] + options
        )
    }

    private func lessonClient(
        _ name: String,
        _ server: ServerProcess,
        _ environment: [String: String]
    ) throws -> ChildProcess {
        try PythonPeer.start(
            "lesson_client.py",
            ["\(server.port)", name, "--ca", server.authority],
            environment: environment
        )
    }

    private func lessonServer(
        _ environment: [String: String],
        _ options: [String] = []
    ) throws -> (process: ChildProcess, port: UInt16, folder: TemporaryFolder) {
        let folder = try TemporaryFolder.withCertificates()
        let (process, port) = try PythonPeer.startServer(
            "lesson_server.py",
            folder.certificateOptions + options,
            environment: environment
        )
        return (process, port, folder)
    }
}
