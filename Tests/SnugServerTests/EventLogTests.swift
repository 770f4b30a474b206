// SPDX-License-Identifier: Apache-2.0

import SnugServer
import SnugTransport
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct EventLogTests {
    private let peer: SocketAddress

    init() throws {
        peer = try SocketAddress.resolve(host: "192.0.2.7", port: 4_711)[0]
    }

    @Test func aPeerCannotForgeALineOfTheLog() throws {
        let forgeries = [
            "x\n2026-01-01T00:00:00Z info: 192.0.2.7:1 joined as aisha", "\u{1B}[2J\u{9B}31m",
            "\u{2028}\u{85}",
            "\u{202E}txt.exe", String(repeating: "é", count: 10_000), "%n%s\0",
        ]
        let lines = try written { log in
            for name in forgeries { log.note(.joined(peer: peer, name: name, .plain)) }
        }
        #expect(lines.count == forgeries.count)
        for line in lines {
            #expect(line.hasPrefix("192.0.2.7:4711 joined as "))
            #expect(line.utf8.count <= EventLog.maximumLineBytes)
            #expect(line.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
            #expect(!line.unicodeScalars.contains { ["\u{2028}", "\u{202E}"].contains($0) })
        }
    }

    @Test func aFloodOfFailuresGetsAFewLinesAndACount() throws {
        let flood = 10_000
        let lines = Lock<[String]>([])
        let (log, thread) = try EventLog.start { line in lines.withLock { $0.append(line.text) } }
        for number in 1...flood { log.note(.authenticationFailed(peer: peer, failures: number)) }
        // The count comes by itself, once failures have an allowance again.
        let deadline = MonotonicTime.now + .seconds(60)
        var none: [Polling.Entry] = []
        while lines.withLock({ failures(in: $0) }) < flood, MonotonicTime.now < deadline {
            Polling.wait(for: &none, until: .now + .milliseconds(20))
        }
        log.close()
        thread.join()
        let written = lines.withLock { $0 }
        #expect(failures(in: written) == flood)
        #expect(written.count { $0.contains("wrong passphrase") } < flood / 10)
    }

    /// Those that got a line, and those that were only counted.
    private func failures(in lines: [String]) -> Int {
        let counted = lines.filter { $0.hasSuffix("were left out") }.compactMap { line in
            Int(line.prefix { $0 != " " })
        }
        return lines.count { $0.contains("wrong passphrase") } + counted.reduce(0, +)
    }

    @Test func whatIsQuieterThanAskedForIsNotWritten() throws {
        let address = peer
        let lines = try written(atLeast: .warning) { log in
            log.note(.accepting(address, encrypted: true))
            for _ in 0..<100 { log.note(.joined(peer: address, name: "aisha", .plain)) }
            log.note(.authenticationFailed(peer: address, failures: 1))
        }
        #expect(
            lines == [
                "encrypted chat on 192.0.2.7:4711 (TLS)",
                "192.0.2.7:4711 sent a wrong passphrase (1 from that address so far)",
            ]
        )
    }

    @Test func aLogThatNobodyReadsHoldsUpNobodyAndCountsWhatWasLost() throws {
        let isRead = Lock(false)
        let lines = Lock<[String]>([])
        let (log, thread) = try EventLog.start { line in
            var none: [Polling.Entry] = []
            while !isRead.withLock({ $0 }) { Polling.wait(for: &none, until: .now + .milliseconds(1)) }
            lines.withLock { $0.append(line.text) }
        }
        // Nothing reads yet: if this waited for the writer, it would never come to an end.
        for _ in 0..<10_000 { log.note(.reloaded) }
        isRead.withLock { $0 = true }
        log.close()
        thread.join()
        let written = lines.withLock { $0 }
        #expect(written.filter { $0.hasPrefix("certificate and key reloaded") }.count < 10_000)
        #expect(written.contains { $0.contains("log lines were dropped") })
    }

    /// What the log wrote of the events that `body` noted.
    private func written(
        atLeast level: EventLevel = .info,
        _ body: (EventLog) -> Void
    ) throws -> [String] {
        let lines = Lock<[String]>([])
        let (log, thread) = try EventLog.start(atLeast: level) { line in
            lines.withLock { $0.append(line.text) }
        }
        body(log)
        log.close()
        thread.join()
        return lines.withLock { $0 }
    }
}
