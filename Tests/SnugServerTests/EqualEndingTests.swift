// SPDX-License-Identifier: Apache-2.0

import SnugServer
import SnugSystem
import SnugTransport
import TestSupport
import Testing

/// The last lines before a stop are the same for everyone.
@Suite(.timeLimit(.minutes(30))) struct EqualEndingTests {
    /// Goes on talking until the server has closed.
    private static func talk(_ name: String, _ kind: TransportKind, level: Int, port: UInt16) throws
        -> RunningThread
    {
        let talker =
            try level == 0
            ? UnsafeTalker(TestClient(kind, port: port, name: name)) { "\($0)" }
            : UnsafeTalker(JSONClient(kind, port: port, name: name).stream) {
                #"{"type":"say","room":"main","text":"\#($0)"}"#
            }
        return try RunningThread(name: "talker") { talker.talkUntilEnd() }
    }

    private final class UnsafeTalker: @unchecked Sendable {
        // Made on one thread and used on the one that is started with it.
        private let client: TestClient
        private let phrase: (Int) -> String

        init(_ client: TestClient, _ phrase: @escaping (Int) -> String) {
            self.client = client
            self.phrase = phrase
        }

        func talkUntilEnd() {
            var number = 0
            while number < 1_000_000 {
                number += 1
                do { try client.send(phrase(number)) } catch { return client.close() }
                var entries = [Polling.Entry(client.connection.descriptor ?? -1, for: .readable)]
                Polling.wait(for: &entries, until: MonotonicTime.now + .milliseconds(1))
                if !entries[0].readiness.isEmpty, client.hasEnded() { return client.close() }
            }
        }
    }

    @Test(arguments: TransportKind.allCases, 0..<5)
    func everyoneSeesTheSameLastLinesHoweverMuchIsSaidWhenTheServerStops(kind: TransportKind, run: Int) throws
    {
        let running = try RunningServer { $0.loops = 3 }
        let witnesses = try (1...3).map {
            try TestClient(kind, port: running.port(kind), name: "witness\($0)")
        }
        let typed = try JSONClient(kind, port: running.port(kind), name: "witness4")
        let talkers = try (1...4).map {
            try Self.talk("talker\($0)", kind, level: $0 % 2, port: running.port(kind))
        }
        try witnesses[0].skip(to: "* talker4 joined the chat *")
        try witnesses[0].skip(to: "talker4: 5")
        running.server.stop()
        let seen = try witnesses.map { try $0.collectUntilEnd() }
        let seenAtLevelOne = try typed.untilEnd()
        running.server.waitUntilStopped()
        for talker in talkers { talker.join() }
        let endings = [seen[0]] + seen.dropFirst().map { Array($0.drop { $0 != "talker4: 5" }.dropFirst()) }
        #expect(seen[1].count > 20)
        #expect(endings[0] == endings[1] && endings[1] == endings[2])
        let lines = seenAtLevelOne.filter { $0.type == "said" }.map {
            "\($0.object("from").text("name")): \($0.text("text"))"
        }
        #expect(Array(lines.drop { $0 != "talker4: 5" }.dropFirst()) == endings[0])
        #expect(seenAtLevelOne.last?.type == "bye")
    }
}
