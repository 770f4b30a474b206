// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// The judge of `scripts/histories`, which is not Swift and has unit tests of its own.
@Suite(.timeLimit(.minutes(30))) struct HistoryJudgeTests {
    @Test func eachPromiseThatAHistoryBreaksIsNoticed() throws {
        let folder = #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/Histories"
        let tests = try ChildProcess(
            "/usr/bin/env",
            ["python3", "-B", "-m", "unittest", "discover", "--quiet", "--start-directory", "/\(folder)"],
            environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"]
        )
        let code = try tests.finish()
        #expect(code == 0, "\(tests.lines(of: .errors).joined(separator: "\n"))")
    }
}
