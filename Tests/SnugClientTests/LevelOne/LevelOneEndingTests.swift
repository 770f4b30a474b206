// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@testable import SnugClient
@testable import SnugProtocol

/// How a connection of level 1 ends, who is told what of it, and whether somebody comes back.
@Suite(.timeLimit(.minutes(30))) struct LevelOneEndingTests {
    private struct Outcome {
        /// Nil for a good end.
        let error: ClientError?
        /// What the client has said, on all connections.
        let said: [String]
        /// What went wrong at the server.
        let fault: (any Error)?

        func count(of type: String) -> Int { said.count { $0.contains("\"type\":\"\(type)\"") } }
    }

    /// Runs a session with a server that has these turns, a connection each.
    private func run(
        _ guest: LevelOneGuest,
        _ turns: [LevelOneTurn],
        passphrase: String? = nil,
        silenceTimeout: Duration = .seconds(60),
        grown: Bool = false
    ) throws -> Outcome {
        let server = try ScriptedServer(.tls, connections: turns.count) { try turns[$0.number].play(to: $0) }
        var configuration = try ClientConfiguration(levelOne: .tls, port: server.port)
        configuration.leaveTimeout = .milliseconds(100)
        configuration.silenceTimeout = silenceTimeout
        let session = try LevelOneSession(configuration, passphrase: passphrase)
        if grown { session.delay = Self.grownDelay }
        let error = session.outcome(of: guest)
        let (received, fault) = server.finish()
        var decoder = FrameDecoder()
        try decoder.append(received.span.bytes)
        var said: [String] = []
        while let frame = decoder.next() { said.append(String(decoding: frame, as: UTF8.self)) }
        return Outcome(error: error, said: said, fault: fault)
    }

    private static var grownDelay: ReconnectDelay {
        var delay = ReconnectDelay()
        for _ in 0..<8 { _ = delay.take(growingTo: .seconds(60), chance: 0) }
        return delay
    }

    // MARK: Silence

    enum Silence: CaseIterable, Sendable { case behindHello, behindAccepted, behindEntered }

    /// The path may die at any moment, also while somebody is coming back.
    @Test(arguments: Silence.allCases)
    func aServerThatFallsSilentIsLeftAndComeBackTo(silence: Silence) throws {
        let hello = LevelOneState.hello(passphrase: true)
        let silent: LevelOneTurn
        switch silence {
        case .behindHello: silent = try LevelOneTurn([hello], ends: false)
        case .behindAccepted: silent = try LevelOneTurn([hello, ServerMessage(.accepted)], ends: false)
        case .behindEntered: silent = try .welcome(ends: false)
        }
        let guest = LevelOneGuest()
        let lastStay = silence == .behindEntered ? 3 : 2
        guest.whenSettled = { stay, state in if stay == lastStay { state.quit() } }
        let turns = [try .welcome(), silent, try .welcome(ends: false)]
        let outcome = try run(
            guest,
            turns,
            passphrase: "open sesame",
            silenceTimeout: .milliseconds(300)
        )
        #expect(outcome.error == nil)
        #expect(guest.errors.count == 2 && guest.errors.last == .serverVanished)
        #expect(outcome.count(of: "quit") == 1, "who comes back has not left")
    }

    @Test func aServerThatSaysNoHelloIsLeft() throws {
        let server = try ScriptedServer(.tls) { try LevelOneTurn([], ends: false).play(to: $0) }
        var configuration = try ClientConfiguration(levelOne: .tls, port: server.port)
        let opened = try configuration.open()
        configuration.connectTimeout = .milliseconds(100)
        let session = try LevelOneSession(configuration, over: opened)
        #expect(session.outcome(of: LevelOneGuest()) == .serverVanished)
        #expect(server.finish().received.isEmpty)
    }

    @Test(arguments: [
        (ClientError.serverVanished, true), (.endedByServer, true), (.transportFailed(.truncated), true),
        (.connectionLost(SystemError(code: 104, call: "recv")), true), (.handshakeTimedOut, false),
        (.handshakeCut, false), (.levelOneMissing, false),
    ])
    func whatTheNetworkOrARestartBringsAboutIsNoReasonToStayAway(error: ClientError, isSoAtFirst: Bool) {
        #expect(error.mayPass(onceEntered: true))
        #expect(error.mayPass(onceEntered: false) == isSoAtFirst)
    }

    @Test(arguments: [
        ClientError.protocolBroken("it lies"), .wrongPassphrase(weSentOne: true), .serverNotTLS,
        .dismissed(reason: "kicked"), .refused(code: "banned", "no", hint: nil),
    ])
    func whatWouldBeTheSameTheNextTimeIsFinal(error: ClientError) {
        #expect(!error.mayPass(onceEntered: true) && !error.mayPass(onceEntered: false))
    }

    // MARK: What the server says at the end

    @Test func aServerSaysForHowLongToStayAwayAndThatHoldsOnce() throws {
        let guest = LevelOneGuest()
        guest.whenSettled = { _, _ in }
        guest.losses = 2
        let bye = ServerMessage.Kind.bye(Code(.stopping), after: 7)
        let outcome = try run(guest, [.welcome(and: [bye]), .welcome()])
        #expect(outcome.error == nil)
        #expect(guest.errors.first == .endedByServer)
        #expect(guest.pauses.count == 2)
        #expect(try #require(guest.pauses.first) >= .seconds(7))
        #expect(try #require(guest.pauses.last) <= .seconds(2))
    }

    @Test(arguments: [ByeReason.stopping, .refused])
    func nobodyWaitsForAServerThatStopsWhereOthersAreThere(reason: ByeReason) throws {
        let guest = LevelOneGuest()
        guest.losses = 1
        guest.whenSettled = { _, _ in }
        let bye = ServerMessage.Kind.bye(Code(reason), after: 7)
        let nowhere = try ReservedPort()
        let turn = try LevelOneTurn.welcome(and: [bye], nodes: ["127.0.0.1:\(nowhere.number)"])
        #expect(try run(guest, [turn]).error == nil)
        let pause = try #require(guest.pauses.first)
        #expect((pause < .seconds(7)) == (reason == .stopping))
    }

    @Test func whoIsSentAwayForGoodDoesNotComeBack() throws {
        let guest = LevelOneGuest()
        guest.whenSettled = { _, _ in }
        let bye = ServerMessage.Kind.bye(Code(.kicked), after: nil)
        #expect(try run(guest, [.welcome(and: [bye])]).error == .dismissed(reason: "kicked"))
        #expect(guest.errors.isEmpty)
    }

    @Test func whoWasHeldForIdleComesBack() throws {
        let guest = LevelOneGuest()
        guest.whenSettled = { stay, state in if stay == 2 { state.quit() } }
        let bye = ServerMessage.Kind.bye(Code(.idle), after: nil)
        #expect(try run(guest, [.welcome(and: [bye]), .welcome(ends: false)]).error == nil)
        #expect(guest.errors == [.endedByServer])
    }

    // MARK: Who comes back

    @Test func whoWasNeverLetInIsToldSoAtOnce() throws {
        let guest = LevelOneGuest()
        let turn = try LevelOneTurn([LevelOneState.hello()])
        #expect(try run(guest, [turn]).error == .endedByServer)
        #expect(guest.errors.isEmpty)
    }

    @Test func whoTriesOnceIsToldHowItEnded() throws {
        let guest = LevelOneGuest(.once)
        guest.whenSettled = { _, _ in }
        #expect(try run(guest, [.welcome()]).error == .endedByServer)
        #expect(guest.errors.isEmpty)
    }

    @Test func whoHasTimeTriesAgainBeforeItWasEverIn() throws {
        let guest = LevelOneGuest(.until(.now + .seconds(600)))
        let turns = [try LevelOneTurn([LevelOneState.hello()]), try .welcome(ends: false)]
        #expect(try run(guest, turns).error == nil)
        #expect(guest.errors == [.endedByServer])
    }

    @Test(arguments: [true, false])
    func whoseTimeIsUpBeforeTheNextAttemptIsToldWhatBecameOfTheLine(hasSpoken: Bool) throws {
        let guest = LevelOneGuest(.until(.never))
        guest.whenSettled = { _, state in
            guest.patience = .until(.now + (hasSpoken ? .milliseconds(900) : .seconds(50)))
            if hasSpoken { state.say("hello", in: "main") }
        }
        let bye = ServerMessage.Kind.bye(Code(.stopping), after: 60)
        let turn: LevelOneTurn = hasSpoken ? try .welcome(waitsFor: "say") : try .welcome(and: [bye])
        let error = try run(guest, [turn]).error
        #expect(error == (hasSpoken ? .notConfirmed(wasSent: true) : .endedByServer))
        #expect(guest.errors.isEmpty)
    }

    @Test func aLineThatHasNoAnswerInItsTimeMayHaveBeenSaid() throws {
        let guest = LevelOneGuest(.until(.never))
        guest.whenSettled = { _, state in
            guest.patience = .until(.now + .milliseconds(200))
            state.say("hello", in: "main")
        }
        #expect(try run(guest, [.welcome(ends: false)]).error == .notConfirmed(wasSent: true))
    }

    @Test func aLineIsNotSaidIfNobodyCanBeReachedInItsTime() throws {
        let silent = try SilentAddress()
        let session = try LevelOneSession(ClientConfiguration(levelOne: .tls, port: silent.address.port))
        let guest = LevelOneGuest(.until(.now + .milliseconds(100)))
        #expect(session.outcome(of: guest) == .notConfirmed(wasSent: false))
    }

    // MARK: How long one waits

    @Test func whoWasLetInWaitsBrieflyTheNextTime() throws {
        let guest = LevelOneGuest()
        guest.losses = 1
        guest.whenSettled = { _, _ in }
        #expect(try run(guest, [.welcome()], grown: true).error == nil)
        #expect(try #require(guest.pauses.first) <= .milliseconds(1_500))
    }

    /// Whoever presses Enter while the way is dead has asked for an attempt, and not for a longer wait behind it.
    @Test func hasteMakesNoWaitLonger() throws {
        let nowhere = try ReservedPort()
        let session = try LevelOneSession(ClientConfiguration(levelOne: .tls, port: nowhere.number))
        session.delay = Self.grownDelay
        let guest = LevelOneGuest(.until(.now + .seconds(600)))
        guest.losses = 4
        #expect(session.outcome(of: guest) == nil)
        #expect(guest.pauses.count == 4 && guest.pauses.allSatisfy { $0 <= .seconds(6) })
        #expect(guest.pauses.dropFirst().allSatisfy { $0 <= .milliseconds(1_500) })
    }

    @Test func whoIsInNoHurryWaitsLongerEachTime() throws {
        let nowhere = try ReservedPort()
        let session = try LevelOneSession(ClientConfiguration(levelOne: .tls, port: nowhere.number))
        let guest = LevelOneGuest(.until(.now + .seconds(600)))
        guest.isInHurry = false
        guest.losses = 2
        let start = MonotonicTime.now
        #expect(session.outcome(of: guest) == nil)
        #expect(guest.pauses.map(\.components.seconds).first == 1)
        #expect(try #require(guest.pauses.last) >= .seconds(2))
        #expect(start.duration(to: .now) >= .seconds(1), "the first wait is over before the second attempt")
    }

    /// A reader that takes nothing would only be cut off again.
    @Test func nobodyComesBackAsLongAsTheReaderIsStuck() throws {
        let turn = try LevelOneTurn.welcome()
        let connections = Lock(0)
        let server = try ScriptedServer(.tls, connections: 2) { client in
            connections.withLock { $0 += 1 }
            try turn.play(to: client)
        }
        let session = try LevelOneSession(ClientConfiguration(levelOne: .tls, port: server.port))
        let guest = LevelOneGuest()
        guest.whenSettled = { _, _ in }
        guest.whenLost = { guest.fullUntil = .now + .milliseconds(200) }
        guest.whenEmpty = { state in state.quit() }
        #expect(session.outcome(of: guest) == nil)
        #expect(connections.withLock { $0 } == 1)
        // The second one, which nobody has made.
        try SilentPeer(port: server.port).close()
        _ = server.finish()
    }

    @Test func aReaderThatIsStuckIsNoSilenceOfTheServers() throws {
        let guest = LevelOneGuest()
        guest.whenSettled = { _, _ in guest.fullUntil = .now + .milliseconds(2_200) }
        guest.whenEmpty = { _ in
            guest.fullUntil = .now
            guest.whenEmpty = { state in state.quit() }
        }
        #expect(try run(guest, [.welcome(ends: false)], silenceTimeout: .seconds(2)).error == nil)
        #expect(guest.errors.isEmpty)
    }

    // MARK: Goodbyes

    @Test func aServerThatTakesNoNoticeOfAGoodbyeIsLeft() throws {
        let guest = LevelOneGuest()
        let outcome = try run(guest, [.welcome(ends: false)])
        #expect(outcome.error == nil && guest.errors.isEmpty)
        #expect(outcome.count(of: "quit") == 1)
    }

    /// Also one that has another reason to end at that moment, and to which nobody will come back.
    @Test(arguments: [(ByeReason.quit, nil), (.stopping, 3)] as [(ByeReason, UInt64?)])
    func whoeverLeavesWhileTheServerSaysGoodbyeHasLeft(reason: ByeReason, after: UInt64?) throws {
        let guest = LevelOneGuest()
        var turn = try LevelOneTurn.welcome(and: [.bye(Code(reason), after: after)])
        turn.wantsGoodbye = true
        let outcome = try run(guest, [turn])
        #expect(outcome.error == nil && outcome.fault == nil && guest.errors.isEmpty)
    }

    @Test func whoGoesBecauseTheServerBreaksTheProtocolLeavesNobodyToBeWaitedFor() throws {
        let guest = LevelOneGuest()
        guest.whenSettled = { _, _ in }
        let outcome = try run(guest, [.welcome(and: [.accepted], ends: false)])
        #expect(outcome.error == .protocolBroken("\(LevelOneFault.repeated)"))
        #expect(outcome.count(of: "quit") == 1 && guest.errors.isEmpty)
    }

    @Test func whoHasNoPassphraseSaysNothingAtAll() throws {
        let turn = try LevelOneTurn([LevelOneState.hello(passphrase: true)], ends: false)
        let outcome = try run(LevelOneGuest(), [turn])
        #expect(outcome.error == .wrongPassphrase(weSentOne: false))
        #expect(outcome.said.isEmpty)
    }
}
