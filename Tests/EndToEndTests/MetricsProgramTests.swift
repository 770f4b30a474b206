// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

/// The figures of the real program, as the strict parser of another project reads them.
@Suite(.timeLimit(.minutes(30))) struct MetricsProgramTests {
    private static let hasJudge: Bool = {
        let words = ["-c", "import prometheus_client.openmetrics.parser"]
        guard let python = try? ChildProcess("/usr/bin/python3", words) else { return false }
        return (try? python.finish()) == 0
    }()

    private func address(of server: ServerProcess) throws -> String {
        let line = try server.expectLog("figures at http://")
        let rest = try #require(line.split(separator: "http://").last)
        return String(rest.prefix { $0 != "/" })
    }

    /// All figures by their names and labels.
    private func judged(_ address: String, _ form: String) throws -> [String: Double] {
        let judge = try PythonPeer.start("metrics_judge.py", [address, form])
        let code = try judge.finish()
        #expect(code == 0, "\(judge.lines(of: .errors))")
        let figures = judge.lines(of: .output).compactMap { line -> (String, Double)? in
            guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...])
            else { return nil }
            return (String(line[..<space]), value)
        }
        return Dictionary(figures) { first, _ in first }
    }

    @Test(
        .enabled(if: MetricsProgramTests.hasJudge, "needs python3-prometheus-client"),
        arguments: ["openmetrics", "prometheus"]
    )
    func aStrictParserTakesTheFiguresAndTheyAreRight(_ form: String) throws {
        let server = try ServerProcess(["--metrics=127.0.0.1:0", "--rate=0"])
        let clients = try (0..<3).map { number in
            let client = try ClientProcess.start("p\(number)", port: server.port, authority: server.authority)
            try client.expect("* p\(number) joined the chat *")
            return client
        }
        for number in 0..<10 {
            try clients[0].type("line \(number)")
            for reader in clients[1...] { try reader.expect("p0: line \(number)") }
        }
        let figures = try judged(try address(of: server), form)
        #expect(figures["snug_people{}"] == 3 && figures["snug_alive{}"] == 1)
        #expect(figures["snug_lines_total{}"] == 10 && figures["snug_deliveries_total{}"] == 20)
        #expect(figures["snug_handshakes_total{}"] == 3 && figures["snug_waiting_bytes{}"] != nil)
        #expect(figures[#"snug_departures_total{reason="slow_reader"}"#] == 0)
        let turns = try #require(figures[#"snug_turn_duration_seconds_count{thread="room"}"#])
        #expect(
            turns >= 10 && figures[#"snug_turn_duration_seconds_bucket{le="+Inf",thread="room"}"#] == turns
        )
        #expect(figures.keys.contains { $0.hasPrefix("snug_build_info{version=\"snug ") })
        for client in clients { #expect(try client.finish() == 0) }
        #expect(try server.stop() == 0)
    }

    @Test(.enabled(if: MetricsProgramTests.hasJudge, "needs python3-prometheus-client"))
    func aUnixSocketIsForItsOwnerAloneAndGoneWithTheServer() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("figures")
        let server = try ServerProcess(["--metrics=unix:\(path)"])
        try server.expectLog("figures at unix:\(path)")
        #expect(try judged("unix:\(path)", "openmetrics")["snug_people{}"] == 0)
        #expect(try folder.mode(of: "figures") == 0o600)
        #expect(try server.stop() == 0)
        #expect(access(path, F_OK) != 0)
    }

    @Test(
        arguments: [
            (
                "0.0.0.0:9464", 64, "0.0.0.0:9464 can be reached from other machines",
                "say --metrics 127.0.0.1:9464"
            ),
            (
                "9464", 64, "9464 is no address for --metrics",
                "say --metrics 127.0.0.1:9464, or --metrics unix:PATH"
            ),
            (
                "unix:/nowhere/at/all", 78, "there can be no socket for figures in /nowhere/at",
                "make that folder"
            ),
        ] as [(String, Int32, String, String)]
    )
    func anAddressThatWillNotDoIsRefusedWithWhatToDo(
        _ address: String,
        _ code: Int32,
        _ error: String,
        _ hint: String
    ) throws {
        let folder = try TemporaryFolder.withCertificates()
        let server = try ChildProcess(
            BuiltPrograms.path(of: "snug-server"),
            ["--port=0", "--metrics=\(address)"] + folder.certificateOptions
        )
        #expect(try server.waitForExit() == code)
        let lines = server.lines(of: .errors)
        #expect(lines.contains { $0.hasPrefix("error: \(error)") }, "\(lines)")
        #expect(lines.contains { $0.hasPrefix("hint: \(hint)") }, "\(lines)")
    }

    @Test func anAddressThatIsTakenIsSaid() throws {
        let first = try ServerProcess(["--metrics=127.0.0.1:0"])
        let address = try address(of: first)
        let folder = try TemporaryFolder.withCertificates()
        let second = try ChildProcess(
            BuiltPrograms.path(of: "snug-server"),
            ["--port=0", "--metrics=\(address)"] + folder.certificateOptions
        )
        #expect(try second.waitForExit() == 78)
        try second.expect(
            "another program already listens on \(address), where figures were to be told",
            on: .errors
        )
        #expect(try first.stop() == 0)
    }

    /// A picture of a figure that nobody has is an empty one, and nobody notices.
    @Test func everyFigureThatTheDashboardShowsIsThere() throws {
        let server = try ServerProcess(["--metrics=127.0.0.1:0"])
        let script = """
            import json, re, sys, urllib.request
            shown = set()
            for panel in json.load(open(sys.argv[2]))["panels"]:
                for target in panel.get("targets", []):
                    shown |= set(re.findall(r"(?:snug|process)_[a-z_]+", target["expr"]))
            text = urllib.request.urlopen(f"http://{sys.argv[1]}/metrics").read().decode()
            there = set(re.findall(r"^([a-z_]+)", text, re.MULTILINE))
            assert len(shown) > 15, shown
            print("missing:", *sorted(shown - there))
            """
        let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let check = try ChildProcess(
            "/usr/bin/python3",
            ["-c", script, try address(of: server), "\(root)/packaging/grafana-dashboard.json"]
        )
        #expect(try check.finish() == 0, "\(check.lines(of: .errors))")
        #expect(check.lines(of: .output) == ["missing:"])
        #expect(try server.stop() == 0)
    }
}
