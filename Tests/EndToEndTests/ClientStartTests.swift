// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// What snug says when it cannot join, and the exit code that tells a script why.
@Suite(.timeLimit(.minutes(30))) struct ClientStartTests {
    @Test func aServerThatDoesNotRunIsUnreachable() throws {
        let server = try ServerProcess()
        #expect(try server.stop() == 0)
        try expectFailure(
            of: ClientProcess.start("aisha", port: server.port, authority: server.authority),
            code: 69,
            "error: localhost:\(server.port) cannot be reached",
            hint: "check that the server runs"
        )
    }

    @Test func aMissingAuthorityIsBadConfiguration() throws {
        try expectFailure(
            of: ClientProcess.start("aisha", port: 9, authority: "/nonexistent/ca.pem"),
            code: 78,
            "error: /nonexistent/ca.pem does not exist",
            hint: "check the path"
        )
    }

    @Test func anAuthorityThatIsNoneIsBadConfiguration() throws {
        let folder = try TemporaryFolder()
        let authority = try folder.write(Array("garbage\n".utf8), to: "ca.pem", mode: 0o644)
        try expectFailure(
            of: ClientProcess.start("aisha", port: 9, authority: authority),
            code: 78,
            "error: \(authority) holds no certificate in PEM",
            hint: "give the file that the server's owner gave you with --ca"
        )
    }

    @Test func anEmptyPassphraseIsNotTakenForNone() throws {
        let folder = try TemporaryFolder()
        let authority = try folder.write(TestAuthority.shared.authorityPEM, to: "ca.pem", mode: 0o644)
        try expectFailure(
            of: ClientProcess.start(
                "aisha",
                port: 9,
                authority: authority,
                environment: ["CHAT_SECRET": ""]
            ),
            code: 78,
            "error: CHAT_SECRET is set but empty",
            hint: "unset CHAT_SECRET"
        )
    }

    @Test func aRoomWithAPassphraseRefusesWhoHasNoneAndWhoHasAnother() throws {
        let server = try ServerProcess(environment: ["CHAT_SECRET": "open sesame"])
        let cases = [
            ([:], "the server asks for a passphrase"), (["CHAT_SECRET": "guess"], "wrong passphrase"),
        ]
        for (environment, sentence) in cases {
            try expectFailure(
                of: ClientProcess.start(
                    "aisha",
                    port: server.port,
                    authority: server.authority,
                    environment: environment
                ),
                code: 77,
                "error: \(sentence)",
                hint: "CHAT_SECRET"
            )
        }
        #expect(try server.stop() == 0)
    }

    @Test func theWrongPortOfTheTwoIsToldFromTheRightOne() throws {
        let server = try ServerProcess(plain: true)
        try expectFailure(
            of: ClientProcess.start("aisha", port: server.port(.plain), authority: server.authority),
            code: 76,
            "error: the server closed the connection instead of completing the TLS handshake",
            hint: "a plain port needs --plain"
        )
        try server.expectLog("speaks TLS on the plain port")
        try expectFailure(
            of: ClientProcess.start(
                "aisha",
                port: server.port(.tls),
                authority: server.authority,
                options: ["--plain"]
            ),
            code: 76,
            "error: the server speaks TLS on this port, and this connection is plain",
            hint: "leave --plain out"
        )
        try server.expectLog("a chat client without TLS on the TLS port")
        #expect(try server.stop() == 0)
    }

    @Test(arguments: ["--port=70000", "--pad=-1", "--pin=sha256:short", "--no-such-option", "stray"])
    func aValueThatAnOptionDoesNotTakeIsWrongUsage(option: String) throws {
        try expectFailure(
            of: ChildProcess(BuiltPrograms.path(of: "snug"), [option]),
            code: 64,
            "error: ",
            hint: "snug --help lists what it takes"
        )
    }

    private func expectFailure(of client: ChildProcess, code: Int32, _ error: String, hint: String) throws {
        #expect(try client.waitForExit() == code)
        let lines = client.lines(of: .errors).suffix(2)
        #expect(lines.first?.hasPrefix(error) == true, "\(lines)")
        #expect(lines.last?.hasPrefix("hint: ") == true && lines.last?.contains(hint) == true, "\(lines)")
        #expect(client.bytes(of: .output).isEmpty)
    }
}
