// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

/// The key that somebody is known by, from its making to the server's log.
@Suite(.timeLimit(.minutes(30))) struct IdentityTests {
    private let home: TemporaryFolder

    init() throws { home = try TemporaryFolder() }

    private var path: String { home.path(".local/share/snug/identity.pem") }

    private func identity(_ options: [String] = [], environment: [String: String]? = nil) throws
        -> ChildProcess
    {
        try ChildProcess(
            BuiltPrograms.path(of: "snug"),
            ["identity"] + options,
            environment: environment ?? ["HOME": home.path]
        )
    }

    private func makeKey() throws -> String {
        let process = try identity()
        #expect(try process.waitForExit() == 0)
        return try #require(process.lines(of: .output).first)
    }

    @Test func aKeyIsMadeOnceAndShownAgain() throws {
        let first = try identity()
        #expect(try first.waitForExit() == 0)
        #expect(first.lines(of: .output).count == 1)
        #expect(first.lines(of: .errors) == ["made a key in \(path); whoever has that file is you"])
        #expect(try home.mode(of: ".local/share/snug/identity.pem") == 0o600)
        for options in [[], ["--show"], ["--identity", path], ["--identity=\(path)", "--show"]] {
            let again = try identity(options)
            #expect(try again.waitForExit() == 0)
            #expect(again.lines(of: .output) == first.lines(of: .output))
            #expect(again.lines(of: .errors) == ["your key is in \(path)"])
        }
        let other = try identity(["--identity", home.path("other.pem")])
        #expect(try other.waitForExit() == 0)
        #expect(other.lines(of: .output) != first.lines(of: .output))
    }

    @Test func whoOnlyLooksMakesNothing() throws {
        let show = try identity(["--show"])
        #expect(try show.waitForExit() == 78)
        let lines = show.lines(of: .errors)
        #expect(lines.count == 2 && lines.first == "error: \(path) does not exist")
        #expect(lines.last?.hasPrefix("hint: check the path, or make a key there: ") == true)
        #expect(lines.last?.hasSuffix("snug identity --identity \(path)") == true)
        let place = try identity(
            ["--path"],
            environment: ["HOME": home.path, "XDG_DATA_HOME": home.path("data")]
        )
        #expect(try place.waitForExit() == 0)
        #expect(place.lines(of: .output) == [home.path("data/snug/identity.pem")])
        #expect(try home.entries() == [])
    }

    @Test func withoutAHomeThereIsNoKeyAndAClientChatsAllTheSame() throws {
        let process = try identity(environment: [:])
        #expect(try process.waitForExit() == 78)
        #expect(
            process.lines(of: .errors).first?.hasPrefix("error: there is no home to keep a key in") == true
        )
        let server = try ServerProcess()
        let client = try ClientProcess.start("aisha", port: server.port, authority: server.authority)
        try client.expect("* aisha joined the chat *")
        #expect(try client.finish() == 0)
        #expect(!client.lines(of: .errors).contains { $0.contains("your key") })
    }

    @Test func aServerLogsTheKeyOfWhoJoinsAndTheClientSaysThatItWasShown() throws {
        let fingerprint = try makeKey()
        let server = try ServerProcess()
        let client = try ClientProcess.start(
            "aisha",
            port: server.port,
            authority: server.authority,
            environment: ["HOME": home.path]
        )
        try client.expect("* aisha joined the chat *")
        try server.expectLog("joined as aisha (TLSv1.3, AES-256-GCM, X25519, key \(fingerprint))")
        try client.expect("you are known there by your key \(fingerprint.prefix(15))…", on: .errors)
        #expect(try client.finish() == 0)
        #expect(try server.stop() == 0)
    }

    @Test(arguments: [["--no-identity"], ["--no-identity", "--identity=/nonexistent"]])
    func whoWantsToBeUnknownIs(options: [String]) throws {
        let fingerprint = try makeKey()
        let server = try ServerProcess()
        let client = try ClientProcess.start(
            "aisha",
            port: server.port,
            authority: server.authority,
            options: options,
            environment: ["HOME": home.path]
        )
        try client.expect("* aisha joined the chat *")
        let line = try server.expectLog("joined as aisha")
        #expect(!line.contains(fingerprint))
        #expect(try client.finish() == 0)
    }

    @Test func aKeyIsTakenFromTheFileThatAnOptionOrAVariableNames() throws {
        let file = home.path("my key.pem")
        let process = try identity(["--identity", file])
        #expect(try process.waitForExit() == 0)
        let fingerprint = try #require(process.lines(of: .output).first)
        let server = try ServerProcess()
        let ways = [(["--identity", file], [:]), ([], ["SNUG_IDENTITY": file])]
        for (number, (options, environment)) in ways.enumerated() {
            let client = try ClientProcess.start(
                "aisha\(number)",
                port: server.port,
                authority: server.authority,
                options: options,
                environment: environment
            )
            try server.expectLog(
                "joined as aisha\(number) (TLSv1.3, AES-256-GCM, X25519, key \(fingerprint))"
            )
            #expect(try client.finish() == 0)
        }
        let shown = try identity(["--show"], environment: ["SNUG_IDENTITY": file])
        #expect(try shown.waitForExit() == 0)
        #expect(shown.lines(of: .output) == [fingerprint])
    }

    @Test func aKeyThatCannotBeUsedEndsTheClientBeforeItConnects() throws {
        _ = try makeKey()
        #expect(chmod(path, 0o644) == 0)
        let authority = try home.write(TestAuthority.shared.authorityPEM, to: "ca.pem", mode: 0o644)
        let client = try ClientProcess.start(
            "aisha",
            port: 9,
            authority: authority,
            environment: ["HOME": home.path]
        )
        #expect(try client.waitForExit() == 78)
        #expect(
            client.lines(of: .errors).suffix(2) == [
                "error: \(path) is open to other users (mode 0644)", "hint: chmod 600 \(path)",
            ]
        )
    }

    @Test func aServerOfAnotherKindThatAsksForNoKeysIsToldNone() throws {
        _ = try makeKey()
        let folder = try TemporaryFolder.withCertificates()
        let openssl = try ChildProcess(
            "/usr/bin/openssl",
            [
                "s_server", "-accept", "127.0.0.1:0", "-cert", folder.path("server.pem"), "-key",
                folder.path("server-key.pem"), "-alpn", "snug/0", "-naccept", "1", "-msg",
            ]
        )
        let line = try openssl.expect("ACCEPT ", on: .output)
        let port = try #require(
            line.split(separator: ":").last.flatMap { UInt16($0.prefix(while: \.isNumber)) }
        )
        let client = try ClientProcess.start(
            "aisha",
            port: port,
            authority: folder.path("ca.pem"),
            environment: ["HOME": home.path]
        )
        try client.expect("this server asks for no keys: it does not know you by yours", on: .errors)
    }

    /// OpenSSL's client shares no code with GnuTLS, and prints each handshake message.
    @Test(arguments: ["modern", "compat"])
    func anOrdinaryClientIsAskedForNothing(policy: String) throws {
        let server = try ServerProcess(["--tls=\(policy)"])
        let client = try ChildProcess(
            "/usr/bin/openssl",
            ["s_client", "-connect", "127.0.0.1:\(server.port)", "-msg", "-CAfile", server.authority]
        )
        #expect(try client.finish() == 0)
        let text = client.lines(of: .output)
        #expect(text.contains { $0.contains("EncryptedExtensions") })
        #expect(!text.contains { $0.contains("CertificateRequest") })
        #expect(try server.stop() == 0)
    }
}
