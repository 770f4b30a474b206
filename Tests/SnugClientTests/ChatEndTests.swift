// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugProtocol
import SnugRooms
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@testable import SnugClient

/// How a chat ends for both sides: in good order, or so that the server knows it was none.
@Suite(.timeLimit(.minutes(30))) struct ChatEndTests {
    @Test(arguments: TransportKind.allCases)
    func whoCannotShowMessagesResetsTheConnectionAndSaysNoGoodbye(kind: TransportKind) throws {
        ProcessHardening.ignoreBrokenPipeSignal()
        let server = try ScriptedServer(kind) { client in
            try client.handshake()
            _ = try client.next()
            try client.send("go")
            try client.readToEnd()
        }
        let closed = try TestPipe()
        closed.closeOutput()
        let session = try ChatSession(ClientConfiguration(kind, port: server.port))
        #expect(throws: ClientError.self) {
            try session.chat(input: -1, over: FilterInterface(output: closed.input))
        }
        #expect(server.finish().error != nil, "it was taken for a good end")
    }

    @Test(arguments: TransportKind.allCases)
    func whoWantsOutIsGoneAsSoonAsAllHasArrivedAndInGoodOrder(kind: TransportKind) throws {
        let isOver = Lock(false)
        let server = try ScriptedServer(kind) { client in
            try client.handshake()
            try client.readToEnd()
            // Its own end is not waited for.
            Self.wait { isOver.withLock { $0 } }
        }
        var configuration = try ClientConfiguration(kind, port: server.port)
        configuration.leaveTimeout = .seconds(60)
        let start = MonotonicTime.now
        let typed = try TestPipe(holding: "last words\n^C\n")
        #expect(try outcome(of: configuration, input: typed.output) == nil)
        #expect(start.duration(to: .now) < .seconds(30))
        isOver.withLock { $0 = true }
        let (received, error) = server.finish()
        #expect(received == (try FrameEncoder.frame("aisha") + FrameEncoder.frame("last words")))
        #expect(error == nil)
    }

    @Test(arguments: TransportKind.allCases)
    func afterQuitTheServersLastWordsAreShown(kind: TransportKind) throws {
        let server = try ScriptedServer(kind) { client in
            try client.handshake()
            try client.send("* aisha joined the chat *")
            while try client.next() != "/quit" {}
            try client.send("* see you *")
            try client.sayGoodbye()
            try client.readToEnd()
        }
        let interface = RecordingInterface()
        let typed = try TestPipe(holding: "/quit\n")
        let configuration = try ClientConfiguration(kind, port: server.port)
        #expect(try outcome(of: configuration, input: typed.output, over: interface) == nil)
        #expect(interface.shown == ["* aisha joined the chat *", "* see you *"])
        #expect(server.finish().error == nil)
    }

    /// It gets the whole time for that, however long the command was waited for.
    @Test(arguments: TransportKind.allCases)
    func aServerThatDoesNotKnowTheCommandHasTimeToSayGoodbye(kind: TransportKind) throws {
        let server = try ScriptedServer(kind) { client in
            try client.handshake()
            try client.readToEnd()
            Self.pass(.milliseconds(200))
            try client.sayGoodbye()
        }
        var configuration = try ClientConfiguration(kind, port: server.port)
        configuration.slowestFrameInterval = .seconds(60)
        configuration.leaveTimeout = .seconds(3)
        configuration.goodbyeTimeout = .seconds(2)
        let typed = try TestPipe(holding: "/quit\n")
        #expect(try outcome(of: configuration, input: typed.output) == nil)
        #expect(server.finish().error == nil)
    }

    @Test(arguments: TransportKind.allCases)
    func theTimeForAGoodbyeBeginsWithTheEndOfTheInputHoweverLongNothingWasSaid(kind: TransportKind) throws {
        let typed = try TestPipe()
        let server = try ScriptedServer(kind) { [typed = HandedOver(typed)] client in
            try client.handshake()
            _ = try client.next()
            Self.pass(.milliseconds(2_200))
            typed.value.closeInput()
            try client.readToEnd()
            Self.pass(.milliseconds(200))
            try client.sayGoodbye()
        }
        let interface = RecordingInterface()
        var configuration = try ClientConfiguration(kind, port: server.port)
        configuration.slowestFrameInterval = .seconds(60)
        configuration.goodbyeTimeout = .seconds(2)
        #expect(try outcome(of: configuration, input: typed.output, over: interface) == nil)
        #expect(interface.takes == 1, "the end of the input is there only once")
        #expect(server.finish().error == nil)
    }

    /// Silence is borne for so long, and looking at a clock is no sign of life.
    @Test(arguments: TransportKind.allCases)
    func aSilentServerIsLeftAfterTheTimeForThatHoweverLongOurLinesCanTake(kind: TransportKind) throws {
        let typed = try TestPipe(holding: "hello\n")
        typed.closeInput()
        let isOver = Lock(false)
        let server = try ScriptedServer(kind) { client in
            try client.handshake()
            try client.readToEnd()
            Self.wait { isOver.withLock { $0 } }
        }
        var configuration = try ClientConfiguration(kind, port: server.port)
        configuration.goodbyeTimeout = .milliseconds(300)
        configuration.slowestFrameInterval = .seconds(3_600)
        #expect(try outcome(of: configuration, input: typed.output) == .goodbyeMissing)
        isOver.withLock { $0 = true }
        _ = server.finish()
    }

    /// This program may have been stopped when the time was over.
    @Test(arguments: TransportKind.allCases)
    func aGoodbyeThatHasComeIsReadHoweverLateItIs(kind: TransportKind) throws {
        let typed = try TestPipe(holding: "hello\n")
        typed.closeInput()
        let isSaid = Lock(false)
        let server = try ScriptedServer(kind) { client in
            try client.handshake()
            try client.readToEnd()
            try client.send("go")
            try client.sayGoodbye()
            isSaid.withLock { $0 = true }
        }
        var configuration = try ClientConfiguration(kind, port: server.port)
        configuration.goodbyeTimeout = .milliseconds(300)
        let interface = RecordingInterface { _ in
            Self.wait { isSaid.withLock { $0 } }
            Self.pass(.milliseconds(400))
        }
        let error = try outcome(of: configuration, input: typed.output, over: interface)
        // A machine too busy to send "go" in time is another story.
        if interface.shown == ["go"] { #expect(error == nil) }
        _ = server.finish()
    }

    /// Only TLS tells whether more was to come, and only a server of ours always ends it properly.
    @Test func atTheEndOfTheInputAServerThatPromisesAGoodbyeMustSayIt() throws {
        let typed = try TestPipe(holding: "hello\n")
        typed.closeInput()
        let server = try ScriptedServer(.tls) { client in
            try client.handshake()
            try client.readToEnd()
        }
        let error = try outcome(of: ClientConfiguration(.tls, port: server.port), input: typed.output)
        #expect(error == .transportFailed(.truncated))
        _ = server.finish()
    }

    @Test(arguments: TransportKind.allCases)
    func whatSomebodySaysOfAPassphraseLaterEndsNoChat(kind: TransportKind) throws {
        let server = try ScriptedServer(kind) { client in
            try client.handshake()
            _ = try client.next()
            try client.send("* aisha joined the chat *")
            try client.send(Self.refusal)
            try client.sayGoodbye()
        }
        let interface = RecordingInterface()
        let configuration = try ClientConfiguration(kind, port: server.port)
        #expect(try outcome(of: configuration, over: interface) == .endedByServer)
        #expect(interface.shown == ["* aisha joined the chat *", Self.refusal])
        _ = server.finish()
    }

    @Test(arguments: TransportKind.allCases)
    func aServerThatChangesItsMindAboutThePassphraseRefusesTheOneThatWasSent(kind: TransportKind) throws {
        let server = try ScriptedServer(kind) { client in
            try client.handshake()
            _ = try client.next()
            try client.send("ok")
            try client.send(Self.refusal)
            try client.readToEnd()
        }
        let error = try outcome(of: ClientConfiguration(kind, port: server.port), passphrase: "open sesame")
        #expect(error == .wrongPassphrase(weSentOne: true))
        _ = server.finish()
    }

    @Test func theTimesAreThoseThatTheProtocolsDescriptionStates() throws {
        let configuration = ClientConfiguration(
            host: "localhost",
            port: 1,
            name: "aisha",
            security: .plain,
            paddingMultiple: 256
        )
        let text = try Document.text(of: "docs/protocol.md").split(whereSeparator: \.isWhitespace)
            .joined(separator: " ")
        #expect(
            text.contains("Snug's own does after \(configuration.keepAliveInterval.components.seconds) s.")
        )
        let silence = configuration.goodbyeTimeout.components.seconds
        let frame = configuration.slowestFrameInterval.components.seconds
        #expect(text.contains("waits for the server's goodbye: \(silence) s in silence"))
        #expect(text.contains("no longer than \(frame) s for each frame that it sent and \(silence) s more"))
        let connecting = configuration.connectTimeout.components.seconds
        let verdict = configuration.verdictTimeout.components.seconds
        let leaving = configuration.leaveTimeout.components.seconds
        let times = "It gives each address \(connecting) s, the handshake \(connecting) s, "
        #expect(
            text.contains(
                times + "the answer to a passphrase \(verdict) s, and whoever wants out \(leaving) s"
            )
        )
    }

    private static let refusal = LevelZero.wrongPassphrase

    private static func pass(_ time: Duration) {
        let end = MonotonicTime.now + time
        wait { end <= .now }
    }

    private static func wait(until isDone: () -> Bool) {
        let deadline = MonotonicTime.now + .seconds(60)
        var none: [Polling.Entry] = []
        while !isDone(), MonotonicTime.now < deadline {
            Polling.wait(for: &none, until: .now + .milliseconds(2))
        }
    }
}
