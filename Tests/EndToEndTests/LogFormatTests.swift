// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem
import TestSupport
import Testing

/// The log as programs and as systemd's journal read it.
@Suite(.timeLimit(.minutes(30))) struct LogFormatTests {
    /// What Python's reader of JSON makes of the lines, sorted: one `KEY=VALUE …` for each.
    private func parsed(_ lines: [String]) throws -> [String] {
        let script = """
            import json, sys
            for line in sys.stdin:
                fields = json.loads(line)
                assert isinstance(fields.get("limit", 0), int) and isinstance(fields.get("bytes", 0), int)
                print(" ".join(f"{key}={fields[key]}" for key in sorted(fields)))
            """
        let reader = try ChildProcess("/usr/bin/python3", ["-c", script])
        try reader.write(Array((lines.joined(separator: "\n") + "\n").utf8))
        #expect(try reader.finish() == 0, "\(reader.lines(of: .errors))")
        return reader.lines(of: .output)
    }

    @Test func aProgramFindsWhoAndWhyWithoutReadingSentences() throws {
        let server = try ServerProcess(["--log-format=json"], plain: true)
        let client = try TestClient(.tls, port: server.port, name: "aisha")
        client.close()
        try server.expectLog("left as aisha")
        let browser = try TestClient(.plain, port: server.port(.plain))
        try browser.send(raw: Array("GET / HTTP/1.1\r\n\r\n".utf8))
        _ = try browser.collectUntilEnd()
        try server.expectLog("announced a frame")
        #expect(try server.stop() == 0)
        let lines = try parsed(server.process.lines(of: .errors))
        let joined = try #require(lines.first { $0.contains(" joined as aisha") })
        #expect(
            joined.hasPrefix("level=info message=127.0.0.1:")
                && joined.contains(" name=aisha peer=127.0.0.1:")
        )
        #expect(joined.contains(" time=20"))
        let left = try #require(lines.first { $0.contains(" left as aisha") })
        #expect(left.contains(" reason=connection_failed ") || left.contains(" reason=ended "))
        let dropped = try #require(lines.first { $0.contains("announced a frame") })
        #expect(dropped.hasPrefix("bytes=1195725856 ") && dropped.contains(" reason=protocol_violation "))
    }

    @Test(arguments: ["json", "text"])
    func inTheJournalALineHasNoTimeOfItsOwn(_ format: String) throws {
        let folder = try TemporaryFolder.withCertificates()
        let script = """
            exec 2>"$1"
            export JOURNAL_STREAM="$(stat -Lc %d:%i "$1")"
            shift
            exec "$@"
            """
        let server = try ChildProcess(
            "/bin/sh",
            ["-c", script, "sh", folder.path("journal"), BuiltPrograms.path(of: "snug-server")]
                + ["--port=0", "--log-format=\(format)"] + folder.certificateOptions
        )
        let deadline = MonotonicTime.now + .seconds(60)
        // The shell makes the file.
        func journal() -> String {
            String(decoding: (try? folder.content(of: "journal")) ?? [], as: UTF8.self)
        }
        while !journal().contains("encrypted chat") {
            try #require(MonotonicTime.now < deadline)
            var none: [Polling.Entry] = []
            Polling.wait(for: &none, until: .now + .milliseconds(5))
        }
        server.signal(SIGTERM)
        #expect(try server.waitForExit() == 0)
        let lines = String(decoding: try folder.content(of: "journal"), as: UTF8.self).split(separator: "\n")
        #expect(lines.count > 2)
        if format == "json" {
            let parsed = try parsed(lines.map(String.init))
            #expect(parsed.allSatisfy { !$0.contains("time=") && $0.hasPrefix("level=") })
        } else {
            #expect(lines.contains { $0.hasPrefix("info: the certificate is good until") })
        }
    }
}
