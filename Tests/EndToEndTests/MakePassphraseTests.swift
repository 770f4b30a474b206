// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugTransport
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct MakePassphraseTests {
    private func make(_ options: [String] = []) throws -> ChildProcess {
        try ChildProcess(BuiltPrograms.path(of: "snug-server"), ["make-passphrase"] + options)
    }

    @Test func aPassphraseIsPrintedForEachCall() throws {
        let passphrases = try (0..<2).map { _ in
            let process = try make()
            #expect(try process.waitForExit() == 0)
            return process.lines(of: .output)
        }
        #expect(passphrases[0].count == 1 && passphrases[0] != passphrases[1])
        #expect(passphrases[0][0].utf8.count == 29)
    }

    @Test func aPassphraseFileIsForItsOwnerAloneAndOpensARoom() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("room/passphrase")
        #expect(try make(["--out", path]).waitForExit() == 0)
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        let server = try ServerProcess(environment: ["CHAT_SECRET_FILE": path])
        let client = try ClientProcess.start(
            "aisha",
            port: server.port,
            authority: server.authority,
            environment: ["CHAT_SECRET_FILE": path]
        )
        try client.expect("* aisha joined the chat *")
        #expect(try client.finish() == 0)
        #expect(try server.stop() == 0)
        #expect(!server.process.lines(of: .errors).contains { $0.contains("the passphrase is") })
    }

    @Test func aPassphraseFileIsNeverReplaced() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Array("mine".utf8), to: "passphrase", mode: 0o600)
        let process = try make(["--out", path])
        #expect(try process.waitForExit() == 78)
        #expect(process.lines(of: .errors).first == "error: \(path) exists already")
        #expect(try Passphrase(contentsOfFile: path).withBytes { Array($0) } == Array("mine".utf8))
    }

    @Test func aWeakPassphraseIsWarnedOfAtTheStartAndNotShown() throws {
        let server = try ServerProcess(environment: ["CHAT_SECRET": "Open-Sesame1"])
        try server.expectLog("warning: the passphrase is one of those that are tried first")
        #expect(try server.stop() == 0)
        #expect(!server.process.lines(of: .errors).contains { $0.lowercased().contains("sesame") })
    }
}
