// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// Where the passphrase and the session keys could be read, and are not.
@Suite(.timeLimit(.minutes(30))) struct SecretTests {
    @Test(.enabled(if: Inspection.isAllowed, Inspection.whyNot))
    func thePassphraseIsInNobodysEnvironmentOnceTheProgramRuns() throws {
        let secret = ["CHAT_SECRET": "open sesame"]
        let server = try ServerProcess(environment: secret)
        let client = try ClientProcess.start(
            "aisha",
            port: server.port,
            authority: server.authority,
            environment: secret
        )
        try client.expect("* aisha joined the chat *")
        for pid in [server.process.pid, client.pid] {
            let environment = try Inspection.environment(of: pid)
            #expect(environment.contains("LANG="))
            #expect(!environment.contains("sesame"))
        }
        #expect(try client.finish() == 0)
        #expect(try server.stop() == 0)
    }

    @Test(.enabled(if: Inspection.isAllowed, Inspection.whyNot))
    func neitherProgramMayLeaveACoreFile() throws {
        let server = try ServerProcess()
        let client = try ClientProcess.start("aisha", port: server.port, authority: server.authority)
        try client.expect("* aisha joined the chat *")
        for pid in [server.process.pid, client.pid] {
            #expect(try Inspection.coreFileLimit(of: pid) == ["0", "0"])
        }
        #expect(try client.finish() == 0)
        #expect(try server.stop() == 0)
    }

    @Test func thePassphraseFileOpensTheRoomLikeTheVariable() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Array("open sesame\n".utf8), to: "secret", mode: 0o600)
        let server = try ServerProcess(environment: ["CHAT_SECRET_FILE": path])
        let client = try ClientProcess.start(
            "aisha",
            port: server.port,
            authority: server.authority,
            environment: ["CHAT_SECRET": "open sesame"]
        )
        try client.expect("* aisha joined the chat *")
        #expect(try client.finish() == 0)
        #expect(try server.stop() == 0)
    }

    @Test func aStrayKeyLogVariableGivesNoKeysAway() throws {
        let folder = try TemporaryFolder()
        let variable = ["SSLKEYLOGFILE": folder.path("keys")]
        let server = try ServerProcess(environment: variable)
        let client = try ClientProcess.start(
            "aisha",
            port: server.port,
            authority: server.authority,
            environment: variable
        )
        try client.expect("* aisha joined the chat *")
        #expect(try client.finish() == 0)
        #expect(try server.stop() == 0)
        #expect(try folder.entries() == [])
    }

    @Test(arguments: TransportKind.allCases)
    func whereKeysAreWrittenEveryMemberIsTold(kind: TransportKind) throws {
        let keys = try TemporaryFolder()
        let server = try ServerProcess(["--insecure-keylog=\(keys.path("keys"))"], plain: true)
        let member = try TestClient(kind, port: server.port(kind), name: "aisha")
        try member.expectNotice(containing: "keys")
        if kind == .tls {
            #expect(String(decoding: try keys.content(of: "keys"), as: UTF8.self).contains("TRAFFIC_SECRET"))
        }
        #expect(try keys.mode(of: "keys") == 0o600)
        member.close()
        #expect(try server.stop() == 0)
    }
}
