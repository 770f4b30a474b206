// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugHistory
import SnugRooms
import TestSupport
import Testing

struct HistoryCrashTests {
    @Test func whatWasReportedAsStoredIsThereAfterKillNineAndNumbersGoOn() throws {
        let folder = try TemporaryFolder()
        let program = try BuiltPrograms.path(of: "history-probe")
        var random = SeededGenerator(seed: 9)
        var first: UInt64 = 0
        for _ in 0..<5 {
            let probe = try ChildProcess(program, ["talk", folder.path("history"), "1000"])
            #expect(try probe.expect("open") == "open \(first)")
            let enough = first + .random(in: 50...900, using: &random)
            try probe.wait(for: "lines") { stored(probe) >= enough }
            probe.signal(SIGKILL)
            #expect(try probe.waitForExit() == 128 + SIGKILL)
            let reported = stored(probe)
            let history = try SQLiteHistory(
                path: folder.path("history"),
                retention: Retention(lines: .max, hours: 1_000),
                report: { _ in }
            )
            defer { history.close() }
            var read: [UInt64] = []
            while case let page = try history.lines(in: "main", .after(read.last ?? 0), limit: 200),
                !page.lines.isEmpty
            {
                #expect(
                    page.lines.allSatisfy {
                        $0.text.hasPrefix("line \($0.sequence),") && $0.ref?.text == "\($0.sequence)"
                    }
                )
                read += page.lines.map(\.sequence)
            }
            #expect(read == Array(1...UInt64(read.count)))
            #expect(try #require(read.last) >= reported)
            first = history.lastSequence
            #expect(first == read.last)
        }
    }

    private func stored(_ probe: ChildProcess) -> UInt64 {
        let last = probe.lines(of: .output).last { $0.hasPrefix("stored ") }
        return last?.split(separator: " ").dropFirst().first.flatMap { UInt64($0) } ?? 0
    }
}
