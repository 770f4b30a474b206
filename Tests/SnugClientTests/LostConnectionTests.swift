// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import SnugTransport
import TestSupport
import Testing

@testable import SnugClient

/// When a connection is lost, people learn of it soon, and which of their lines may be lost with it.
@Suite(.timeLimit(.minutes(30))) struct LostConnectionTests {
    @Test(arguments: TransportKind.allCases)
    func aServerThatVanishedIsNoticedAndWhatDidNotArriveIsListed(kind: TransportKind) throws {
        let (error, doubtful) = try lose(kind, typing: "two\n") { client, moments in
            try client.vanish()
            try client.send("go")
            moments.over.wait()
        }
        #expect(error == .serverVanished)
        #expect(error?.exitCode == 69)
        #expect(error?.description == "the server does not answer any more")
        #expect(doubtful == DoubtfulLines(last: ["two", "the end"], count: 2))
    }

    @Test(arguments: TransportKind.allCases)
    func ofManyLinesThatDidNotArriveTheLastAndTheirNumberAreKept(kind: TransportKind) throws {
        let typed = "two\n" + (3...499).map { "line \($0)\n" }.joined()
        let (error, doubtful) = try lose(kind, typing: typed) { client, moments in
            try client.vanish()
            try client.send("go")
            moments.over.wait()
        }
        #expect(error == .serverVanished)
        #expect(doubtful == DoubtfulLines(last: (491...499).map { "line \($0)" } + ["the end"], count: 499))
    }

    @Test(arguments: TransportKind.allCases)
    func aResetListsWhatDidNotArrive(kind: TransportKind) throws {
        let (error, doubtful) = try lose(kind, typing: "two\n", vanishedTimeout: .seconds(60)) {
            client,
            moments in
            try client.vanish()
            try client.send("go")
            moments.sent.wait()
            client.reset()
        }
        #expect(error?.exitCode == 69)
        #expect(doubtful.last.first == "two")
    }

    @Test(arguments: TransportKind.allCases)
    func whoLeavesBeforeAllHasArrivedIsToldSoAndWhat(kind: TransportKind) throws {
        let (error, doubtful) = try lose(kind, typing: "two\n^C\n", vanishedTimeout: .seconds(60)) {
            client,
            moments in
            try client.vanish()
            try client.send("go")
            moments.over.wait()
        }
        #expect(error == .leftEarly)
        #expect(error?.exitCode == 69)
        #expect(doubtful.last.first == "two")
    }

    @Test(arguments: TransportKind.allCases)
    func whatArrivedIsNotListedHoweverTheConnectionEnds(kind: TransportKind) throws {
        let (error, doubtful) = try lose(kind, typing: "two\n") { client, _ in
            try client.send("go")
            for _ in 0..<2 { _ = try client.next() }
            try client.send(raw: [0, 0, 0, 9])
        }
        #expect(error == .transportFailed(.truncated))
        #expect(doubtful.count == 0)
    }

    /// Says "one", which arrives, and when the server says "go", `text`, which begins with "two", and "the end".
    ///
    private func lose(
        _ kind: TransportKind,
        typing text: String,
        vanishedTimeout: Duration = .seconds(2),
        _ script: @escaping @Sendable (ScriptedServer.Client, Moments) throws -> Void
    ) throws -> (error: ClientError?, doubtful: DoubtfulLines) {
        let typed = try TestPipe(holding: "one\n")
        let moments = Moments()
        let server = try ScriptedServer(kind) { client in
            try client.handshake()
            _ = try client.next()
            _ = try client.next()
            try script(client, moments)
        }
        var configuration = try ClientConfiguration(kind, port: server.port)
        configuration.vanishedTimeout = vanishedTimeout
        let interface = RecordingInterface { line in if line == "go" { try typed.write(text) } }
        interface.whenTaken = { actions in
            // What was taken before is on its way when more is taken.
            if actions.contains(.line("two")) { try typed.write("the end\n") }
            if actions.contains(.line("the end")) { moments.sent.raise() }
        }
        let session = try ChatSession(configuration)
        defer {
            moments.sent.raise()
            moments.over.raise()
            _ = server.finish()
        }
        do throws(ClientError) {
            try session.chat(input: typed.output, over: interface)
            return (nil, session.doubtfulLines)
        } catch {
            return (error, session.doubtfulLines)
        }
    }
}

/// What a script may wait for.
private struct Moments: Sendable {
    /// "two" is on its way.
    let sent = Flag()
    /// The chat has ended.
    let over = Flag()
}

private final class Flag: Sendable {
    private let isRaised = Lock(false)

    func raise() { isRaised.withLock { $0 = true } }

    func wait() {
        let deadline = MonotonicTime.now + .seconds(60)
        var none: [Polling.Entry] = []
        while !isRaised.withLock({ $0 }), MonotonicTime.now < deadline {
            Polling.wait(for: &none, until: MonotonicTime.now + .milliseconds(2))
        }
    }
}
