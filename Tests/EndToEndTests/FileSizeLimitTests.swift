// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

/// Where files may not grow (RLIMIT_FSIZE), as on a disk that is full, a program says so and leaves nothing half done.
@Suite(.timeLimit(.minutes(30))) struct FileSizeLimitTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ program: String, _ words: [String], behind: String = "") throws -> ChildProcess {
        try ChildProcess(
            "/bin/sh",
            ["-c", "ulimit -f 0; exec \"$@\"\(behind)", "sh", try BuiltPrograms.path(of: program)] + words,
            environment: ["HOME": folder.path]
        )
    }

    @Test(
        arguments: [
            ("snug-server", ["make-certs", "--out=FOLDER/new"]),
            ("snug-server", ["make-certs", "--out=FOLDER/room", "--renew"]),
            ("snug-server", ["make-passphrase", "--out=FOLDER/passphrase"]), ("snug", ["identity"]),
        ] as [(String, [String])]
    )
    func whatCannotBeWrittenIsSaidAndNoKeyIsLeftInAFileWithAnOddName(program: String, words: [String]) throws
    {
        let certificates = try ChildProcess(
            BuiltPrograms.path(of: "snug-server"),
            ["make-certs", "--out=\(folder.path("room"))"]
        )
        #expect(try certificates.finish() == 0)
        let before = try entries()
        let process = try run(program, words.map { $0.replacing("FOLDER", with: folder.path) })
        let code = try process.finish()
        #expect([1, 78].contains(code), "\(code)")
        let lines = process.lines(of: .errors)
        #expect(
            lines.contains { $0.hasPrefix("error: ") } && lines.last?.hasPrefix("hint: ") == true,
            "\(lines)"
        )
        #expect(try entries() == before)
    }

    /// The files below the folder.
    private func entries() throws -> [String] {
        let find = try ChildProcess("/usr/bin/find", [folder.path, "-type", "f"])
        #expect(try find.finish() == 0)
        return find.lines(of: .output).sorted()
    }

    @Test func aChatThatCannotBeWrittenDownEndsWithAnErrorAndNotWithASignal() throws {
        let server = try ServerProcess()
        let client = try run(
            "snug",
            ["--port=\(server.port)", "--ca=\(server.authority)", "--name=aisha"],
            behind: " >'\(folder.path("chat"))'"
        )
        #expect(try client.finish() == 1)
        #expect(client.lines(of: .errors).contains { $0.hasPrefix("error: messages cannot be written: ") })
        #expect(try server.stop() == 0)
    }
}
