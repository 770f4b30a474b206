// SPDX-License-Identifier: Apache-2.0

import SnugTransport
import TestSupport
import Testing

@testable import SnugServer

@Suite(.timeLimit(.minutes(5))) struct EventLogTests {
    private static let peer = SocketAddress.loopback

    @Test func aFloodOfOneKindOfEventIsSummedUpAndHidesNoOther() throws {
        let lines = WrittenLines()
        let (log, thread) = try EventLog.start { lines.append($0.text) }
        for failures in 1...1_000 { log.note(.authenticationFailed(peer: Self.peer, failures: failures)) }
        log.note(.protocolViolated(peer: Self.peer, .invalidUTF8))
        try lines.expect { $0.contains("not UTF-8") }
        // Nothing else is noted: the sum comes by itself, once the flood has an allowance again.
        let sum = try lines.expect { $0.contains("more log lines of the kind \"authentication failed\"") }
        let leftOut = try #require(Int(sum.prefix { $0 != " " }))
        log.close()
        thread.join()
        #expect(lines.all.filter { $0.contains("sent a wrong passphrase") }.count == 1_000 - leftOut)
        #expect(lines.all.count < 100)
    }

    @Test func whatAPeerChoseReachesTheLogAsOneSafeLine() throws {
        let lines = WrittenLines()
        let (log, thread) = try EventLog.start { lines.append($0.text) }
        let alert = TransportError.peerMisbehaved(
            .alert(name: "a\u{1b}[2J\r\nb" + String(repeating: "x", count: 5_000))
        )
        log.note(.handshakeFailed(peer: Self.peer, alert))
        log.close()
        thread.join()
        let line = try #require(lines.all.first)
        #expect(lines.all.count == 1)
        #expect(line.utf8.count <= EventLog.maximumLineBytes)
        #expect(!line.unicodeScalars.contains { $0.value < 0x20 || (0x7f...0x9f).contains($0.value) })
    }
}

/// Lines that a log wrote, for the test to wait for.
private final class WrittenLines: Sendable {
    private let lines = Lock<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func append(_ line: String) { lines.withLock { $0.append(line) } }

    @discardableResult
    func expect(_ matches: (String) -> Bool) throws -> String {
        let deadline = MonotonicTime.now + .seconds(60)
        while MonotonicTime.now < deadline {
            if let line = all.first(where: matches) { return line }
            var none: [Polling.Entry] = []
            Polling.wait(for: &none, until: MonotonicTime.now + .milliseconds(5))
        }
        throw TestClient.TimedOut(description: "not in the log:\n" + all.joined(separator: "\n"))
    }
}

extension SocketAddress {
    fileprivate static let loopback: SocketAddress = {
        do { return try resolve(host: "127.0.0.1", port: 4_242)[0] } catch { fatalError("\(error)") }
    }()
}
