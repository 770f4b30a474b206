// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import TestSupport
import Testing

@testable import SnugServer

/// The figures of a real server, beside what its peers counted themselves.
@Suite(.timeLimit(.minutes(30))) struct MetricsSourceTests {
    /// The figure of `name`, as it stands in the text, labels and all.
    private func figure(_ name: String, of server: RunningServer) -> Double? {
        let text = MetricsText.openMetrics.render(server.server.metrics())
        let line = text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return line.flatMap { Double($0.dropFirst(name.count + 1)) }
    }

    private func wait(until figure: String, is value: Double, _ server: RunningServer) throws {
        let deadline = MonotonicTime.now + .seconds(60)
        while self.figure(figure, of: server) != value {
            try #require(
                MonotonicTime.now < deadline,
                "\(figure) is \(String(describing: self.figure(figure, of: server))), not \(value)"
            )
            var none: [Polling.Entry] = []
            Polling.wait(for: &none, until: .now + .milliseconds(2))
        }
    }

    @Test(arguments: TransportKind.allCases)
    func theFiguresAreWhatTheClientsCounted(_ kind: TransportKind) throws {
        let (people, lines) = (6, 25)
        try withQuickServer { server in
            let clients = try (0..<people).map { _ in try TestClient(kind, port: server.port(kind)) }
            var sent = 0
            for (number, client) in clients.enumerated() {
                try client.send("person\(number)")
                try client.skip(to: "* person\(number) joined the chat *")
            }
            // Notices of who came are out of the way once each has heard of the last one.
            for client in clients.dropLast() {
                try client.skip(to: "* person\(people - 1) joined the chat *")
            }
            for (number, client) in clients.enumerated() {
                for line in 0..<lines {
                    let text = "line \(line)"
                    try client.send(text)
                    sent += text.utf8.count + 4
                    for (other, reader) in clients.enumerated() where other != number {
                        try reader.skip(to: "person\(number): \(text)")
                    }
                }
            }
            let said = Double(people * lines)
            #expect(figure("snug_people", of: server) == Double(people))
            #expect(figure("snug_sessions", of: server) == Double(people))
            #expect(figure("snug_rooms", of: server) == 1)
            #expect(figure("snug_joins_total", of: server) == Double(people))
            #expect(figure("snug_lines_total", of: server) == said)
            #expect(figure("snug_deliveries_total", of: server) == said * Double(people - 1))
            #expect(figure("snug_handshakes_total", of: server) == (kind == .tls ? Double(people) : 0))
            try wait(until: "snug_received_bytes_total", is: Double(sent), server)
            for client in clients {
                try client.send("/quit")
                try client.finish()
                _ = try client.collectUntilEnd()
            }
            try wait(until: #"snug_departures_total{reason="quit"}"#, is: Double(people), server)
            try wait(until: "snug_sessions", is: 0, server)
        }
    }

    /// What a member got is what was counted as sent: nothing is counted twice or forgotten.
    @Test func theBytesThatWereSentAreTheBytesThatCame() throws {
        try withQuickServer { server in
            let channel = try TestClient(.plain, port: server.port(.plain))
            try channel.send("ann")
            try channel.expect("* ann joined the chat *")
            for _ in 0..<20 { try channel.send("/who") }
            try channel.send("/quit")
            var bytes = "* ann joined the chat *".utf8.count + 4
            for text in try channel.collectUntilEnd() { bytes += text.utf8.count + 4 }
            try wait(until: #"snug_departures_total{reason="quit"}"#, is: 1, server)
            #expect(figure("snug_sent_bytes_total", of: server) == Double(bytes + 4 * channel.stillHereCount))
            #expect(try #require(figure("snug_writes_total", of: server)) >= 2)
        }
    }

    @Test func whoIsNotLetInIsCountedByTheReason() throws {
        try withServer(passphrase: "a good long passphrase") { server in
            let port = server.port(.tls)
            let browser = try TestClient(.plain, port: server.port(.plain))
            try browser.send(raw: Array("GET / HTTP/1.1\r\n\r\n".utf8))
            _ = try browser.collectUntilEnd()
            let guesser = try TestClient(.tls, port: port)
            try guesser.send("wrong")
            _ = try guesser.collectUntilEnd()
            #expect(throws: (any Error).self) {
                let plain = try TestClient(.plain, port: port)
                try plain.send("hello")
                _ = try plain.next()
            }
            try wait(until: #"snug_refusals_total{reason="wrong_passphrase"}"#, is: 1, server)
            try wait(until: #"snug_refusals_total{reason="protocol_violation"}"#, is: 1, server)
            try wait(until: #"snug_handshake_failures_total{reason="not_tls"}"#, is: 1, server)
            #expect(figure("snug_joins_total", of: server) == 0)
        }
    }

    @Test func theHealthOfCertificateAndFilesIsThere() throws {
        try withServer { server in
            let remaining = try #require(figure("snug_certificate_remaining_seconds", of: server))
            let expiry = try #require(figure("snug_certificate_expiry_timestamp_seconds", of: server))
            #expect(abs(expiry - remaining - Double(UnixTime.now.seconds)) <= 2)
            #expect(figure("snug_history_storing", of: server) == 1)
            server.server.reload(try TestAuthority.shared.serverContext())
            _ = server.server.keepFiles(because: "no")
            #expect(figure("snug_reloads_total", of: server) == 1)
            #expect(figure("snug_reload_failures_total", of: server) == 1)
            #expect(try #require(figure("process_cpu_seconds_total", of: server)) > 0)
        }
    }

    /// However many people come under whatever names, the text does not grow.
    @Test func howTheOrderDoesIsThereWhereSeveralServersShareOne() throws {
        let order = TestOrder()
        let log = try order.log()
        try withServer({ $0.requestLog = log }) { server in
            let ann = try TestClient(.plain, port: server.port(.plain), name: "ann")
            try order.settle()
            #expect(
                figure("snug_order_state", of: server) == 0 && figure("snug_order_waiting", of: server) == 0
            )
            #expect(figure("snug_order_sequence", of: server) == 1)
            log.hold()
            try ann.send("hello")
            try wait(until: "snug_order_waiting", is: 1, server)
            log.change(to: .slow)
            try wait(until: "snug_order_state", is: 1, server)
            log.change(to: .fine)
            try wait(until: "snug_order_waiting", is: 0, server)
            log.change(to: .gone)
            try wait(until: "snug_order_state", is: 2, server)
        }
        try withServer { server in #expect(figure("snug_order_state", of: server) == nil) }
    }

    @Test func nothingThatPeopleNameIsInTheFigures() throws {
        try withQuickServer { server in
            let before = MetricsText.openMetrics.render(server.server.metrics()).split(separator: "\n").count
            let client = try TestClient(.tls, port: server.port(.tls), name: "zebedee")
            try client.send("/join #llandudno")
            while try !client.next().contains("llandudno") {}
            let text = MetricsText.openMetrics.render(server.server.metrics())
            #expect(text.split(separator: "\n").count == before)
            #expect(!text.contains("zebedee") && !text.contains("llandudno"))
            client.close()
        }
    }
}
