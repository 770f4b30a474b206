// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// kill -9 while many lines a second are said, as clients in Python see it and a judge that shares no code with Snug.
@Suite(.timeLimit(.minutes(30))) struct KilledServerTests {
    @Test func whatWasConfirmedOutlivesKillNineAndWhatIsSaidAgainIsThereOnce() throws {
        let folder = try TemporaryFolder()
        let program = try BuiltPrograms.path(of: "snug-server")
        // A failure's trace goes to the folder that the program is started in.
        let process = try ChildProcess(
            "/usr/bin/env",
            [
                "--chdir=\(folder.path)", "python3", "-B", Document.file(at: "Tests/Histories/killed.py"),
                "--rounds=5", "--seed=12",
            ],
            environment: [
                "PATH": "/usr/local/bin:/usr/bin:/bin",
                "SNUG_PROGRAMS": String(program.dropLast("/snug-server".count)),
            ]
        )
        let code = try process.finish()
        let lines = process.lines(of: .output)
        print(lines.joined(separator: "\n"))
        #expect(code == 0, "\(lines + process.lines(of: .errors))")
        #expect(lines.count { $0.hasPrefix("round ") && $0.hasSuffix("kill -9") } == 5)
    }
}
