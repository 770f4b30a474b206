// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import TestSupport
import Testing

@testable import SnugClient
@testable import SnugProtocol

/// How a session goes on when its connection ends, or does not.
@Suite(.timeLimit(.minutes(30))) struct LevelOneEndingTests {
    /// Comes back at once, and leaves after so many times.
    private final class Guest: LevelOneTask {
        let watched: [Polling.Entry] = []
        let deadline = MonotonicTime.never
        let isFull = false
        let isInHurry = true
        let patience: Patience
        private let returns: Int
        private let speaks: Bool
        private let quits: Bool
        private(set) var pauses: [Duration] = []

        init(_ patience: Patience = .always, returns: Int = 1, speaks: Bool = false, quits: Bool = false) {
            self.patience = patience
            self.returns = returns
            self.speaks = speaks
            self.quits = quits
        }

        func take(_ news: LevelOneNews, _ state: inout LevelOneState) {
            guard news == .settled else { return }
            if speaks { state.say("hello", in: "main") }
            if quits { state.quit() }
        }

        func proceed(_ readiness: [Readiness], _ state: inout LevelOneState) {
            if pauses.count >= returns { state.quit() }
        }

        func comeBack(after error: ClientError, in pause: Duration) { pauses.append(pause) }
        func finish() {}
    }

    /// All that a server says to who is let in, and then `more`.
    private static func welcome(and more: [ServerMessage.Kind] = []) throws -> [UInt8] {
        var chat = ModelChat()
        let enter = ClientMessage(.enter(.init(name: "aisha", rooms: [], client: "test")))
        var bytes: [UInt8] = []
        for message in [chat.hello] + chat.take(enter, gap: 0) + more.map({ ServerMessage($0) }) {
            try message.encode(appendingTo: &bytes)
        }
        return bytes
    }

    /// Runs a session with a server that says so much, and ends the connection unless it `stays`.
    private func run(_ guest: Guest, with bytes: [UInt8], stays: Bool = false) throws -> ClientError? {
        let isOver = Lock(!stays)
        let server = try ScriptedServer(.plain) { client in
            try client.handshake()
            try client.send(raw: bytes)
            var entries: [Polling.Entry] = []
            while !isOver.withLock({ $0 }) { Polling.wait(for: &entries, until: .now + .milliseconds(5)) }
            try client.sayGoodbye()
        }
        var configuration = try ClientConfiguration(.plain, port: server.port)
        configuration.leaveTimeout = .milliseconds(100)
        let state = LevelOneState(name: "aisha", client: "test", mark: "m")
        let session = LevelOneSession(configuration, passphrase: nil, state: state)
        defer {
            isOver.withLock { $0 = true }
            _ = server.finish()
        }
        do throws(ClientError) { try session.run(guest) } catch { return error }
        return nil
    }

    @Test func aServerSaysForHowLongToStayAwayAndThatIsNotForEver() throws {
        let guest = Guest(returns: 2)
        let bye = ServerMessage.Kind.bye(Code(.stopping), after: 7)
        #expect(try run(guest, with: Self.welcome(and: [bye])) == nil)
        #expect(guest.pauses.count == 2)
        #expect(try #require(guest.pauses.first) >= .seconds(7))
        #expect(try #require(guest.pauses.last) <= .seconds(3))
    }

    @Test func whoIsSentAwayForGoodDoesNotComeBack() throws {
        let guest = Guest()
        let bye = ServerMessage.Kind.bye(Code(.kicked), after: nil)
        #expect(try run(guest, with: Self.welcome(and: [bye])) == .dismissed(reason: "kicked"))
        #expect(guest.pauses.isEmpty)
    }

    @Test func whoWasSilentForTooLongComesBack() throws {
        let guest = Guest()
        let bye = ServerMessage.Kind.bye(Code(.idle), after: nil)
        #expect(try run(guest, with: Self.welcome(and: [bye])) == nil)
        #expect(guest.pauses.count == 1)
    }

    @Test func whoWasNeverLetInIsToldSoAtOnce() throws {
        var bytes: [UInt8] = []
        try ModelChat().hello.encode(appendingTo: &bytes)
        let guest = Guest()
        #expect(try run(guest, with: bytes) == .endedByServer)
        #expect(guest.pauses.isEmpty)
    }

    @Test func whoTriesOnceIsToldHowItEnded() throws {
        let guest = Guest(.once)
        #expect(try run(guest, with: Self.welcome()) == .endedByServer)
        #expect(guest.pauses.isEmpty)
    }

    @Test func aLineThatHasNoAnswerInItsTimeMayHaveBeenSaid() throws {
        let guest = Guest(.until(.now + .milliseconds(900)), speaks: true)
        #expect(try run(guest, with: Self.welcome()) == .notConfirmed(wasSent: true))
    }

    @Test func aServerThatTakesNoNoticeOfAGoodbyeIsLeft() throws {
        let guest = Guest(quits: true)
        #expect(try run(guest, with: Self.welcome(), stays: true) == nil)
    }

    @Test func theServersAnswerToAGoodbyeIsAGoodEnd() throws {
        let guest = Guest(quits: true)
        let bye = ServerMessage.Kind.bye(Code(.quit), after: nil)
        #expect(try run(guest, with: Self.welcome(and: [bye])) == nil)
        #expect(guest.pauses.isEmpty)
    }

    @Test func whoHasLittleTimeWaitsForAFewSecondsAtMost() {
        var delay = ReconnectDelay(longest: .seconds(4))
        #expect((0..<4).map { _ in delay.take(chance: 0) } == [1, 2, 4, 4].map { .seconds($0) })
        #expect(delay.take(chance: 7) == .seconds(6))
    }
}
