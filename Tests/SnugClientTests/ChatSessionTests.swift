// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugServer
import SnugSystem
import SnugTerminal
import SnugTransport
import TestSupport
import Testing

@testable import SnugClient

/// A client in a real room: it comes in, chats, and nothing that it said is lost when it goes.
@Suite(.timeLimit(.minutes(30))) struct ChatSessionTests {
    @Test(arguments: TransportKind.allCases)
    func linesGoBothWaysAndTheEndOfTheInputEndsTheChatInGoodOrder(kind: TransportKind) throws {
        try withServer { running in
            let ben = try TestClient(kind, port: running.port(kind), name: "ben")
            let typed = try TestPipe()
            let interface = RecordingInterface { line in
                switch line {
                case "* aisha joined the chat *": try typed.write("hello ben\n")
                case "ben: hello aisha":
                    try typed.write("goodbye\n")
                    typed.closeInput()
                default: break
                }
            }
            let reply = try RunningThread(name: "ben") { [ben = HandedOver(ben)] in
                do {
                    try ben.value.skip(to: "aisha: hello ben")
                    try ben.value.send("hello aisha")
                    try ben.value.skip(to: "aisha: goodbye")
                    try ben.value.skip(to: "* aisha left *")
                } catch { Issue.record(error) }
            }
            #expect(try chat(to: running, kind, typed, interface) == nil)
            reply.join()
            #expect(interface.shown.contains("ben: hello aisha"))
        }
    }

    /// Takes one message, then none for as long as it is asked once, as a terminal that was just resized.
    private final class BrieflyFull: ChatInterface {
        let lines: RecordingInterface
        private var isAskedOnce = false

        init(_ lines: RecordingInterface) { self.lines = lines }

        let signals: Int32? = nil
        var isFull: Bool {
            defer { isAskedOnce = false }
            return isAskedOnce
        }

        func take(_ bytes: [UInt8]) throws(SystemError) -> [UserAction] { try lines.take(bytes) }
        func takeSignal() throws(SystemError) {}
        func show(_ text: StyledText) throws(SystemError) {
            try lines.show(text)
            isAskedOnce = true
        }
    }

    @Test(arguments: TransportKind.allCases)
    func aMessageThatIsHereAlreadyWaitsForNothingMoreToCome(kind: TransportKind) throws {
        let typed = try TestPipe()
        let server = try ScriptedServer(kind) { client in
            try client.handshake()
            _ = try client.next()
            try client.send(raw: FrameEncoder.frame("one") + FrameEncoder.frame("two"))
            // It gives up after a minute.
            #expect(try client.next() == "seen")
            try client.sayGoodbye()
            try client.readToEnd()
        }
        let interface = BrieflyFull(
            RecordingInterface { line in
                guard line == "two" else { return }
                try typed.write("seen\n")
                typed.closeInput()
            }
        )
        var configuration = try ClientConfiguration(kind, port: server.port)
        configuration.keepAliveInterval = .seconds(3_600)
        try? ChatSession(configuration).chat(input: typed.output, over: interface)
        #expect(server.finish().error == nil)
        #expect(interface.lines.shown == ["one", "two"])
    }

    @Test(arguments: TransportKind.allCases)
    func everyLineOfAFileArrivesEvenIfTheServerHoldsUsToARate(kind: TransportKind) throws {
        try withServer({ $0.limits.lineRate = LineRate(burst: 2, perSecond: 100) }) { running in
            let ben = try TestClient(kind, port: running.port(kind), name: "ben")
            let typed = try TestPipe(holding: (1...150).map { "line \($0)\n" }.joined())
            typed.closeInput()
            #expect(try chat(to: running, kind, typed) == nil)
            try ben.skip(to: "* aisha joined the chat *")
            for number in 1...150 { try ben.expect("aisha: line \(number)") }
            try ben.expect("* aisha left *")
        }
    }

    @Test(arguments: TransportKind.allCases)
    func whoWantsOutLeavesAtOnceAndWhatWasTypedBeforeIsSent(kind: TransportKind) throws {
        try withServer { running in
            let ben = try TestClient(kind, port: running.port(kind), name: "ben")
            let typed = try TestPipe(holding: "last words\n^C\nnever said\n")
            #expect(try chat(to: running, kind, typed) == nil)
            try ben.skip(to: "aisha: last words")
            try ben.expect("* aisha left *")
        }
    }

    @Test(arguments: TransportKind.allCases)
    func quitEndsTheChatInGoodOrder(kind: TransportKind) throws {
        try withServer { running in
            let typed = try TestPipe(holding: "/QUIT \nnever said\n")
            let session = try ChatSession(ClientConfiguration(kind, port: running.port(kind)))
            try session.chat(input: typed.output, over: RecordingInterface())
            #expect(session.hasQuit)
            #expect(session.doubtfulLines.count == 0)
        }
    }

    /// As the lesson's own server does; what came before the command has arrived.
    @Test(arguments: TransportKind.allCases)
    func quitEndsTheChatInGoodOrderEvenIfTheServerJustCloses(kind: TransportKind) throws {
        let server = try ScriptedServer(kind) { client in
            try client.handshake()
            while try client.next() != "/quit" {}
        }
        let typed = try TestPipe(holding: "hello\n/quit\n")
        #expect(try outcome(of: ClientConfiguration(kind, port: server.port), input: typed.output) == nil)
        #expect(server.finish().error == nil)
    }

    @Test(arguments: TransportKind.allCases)
    func quitLeavesAServerThatDoesNotKnowTheCommand(kind: TransportKind) throws {
        let server = try ScriptedServer(kind) { client in
            try client.handshake()
            try client.readToEnd()
            try client.sayGoodbye()
        }
        var configuration = try ClientConfiguration(kind, port: server.port)
        configuration.leaveTimeout = .milliseconds(200)
        let typed = try TestPipe(holding: "hello\n/quit\n")
        #expect(try outcome(of: configuration, input: typed.output) == nil)
        let frames = try ["aisha", "hello", "/quit"].flatMap { try FrameEncoder.frame($0) }
        #expect(server.finish().received == frames)
    }

    @Test(arguments: TransportKind.allCases)
    func aServerThatStopsHasEndedTheChatWhichIsNotLeavingIt(kind: TransportKind) throws {
        try withServer { running in
            let interface = RecordingInterface { line in
                if line == "* aisha joined the chat *" { running.server.stop() }
            }
            let configuration = try ClientConfiguration(kind, port: running.port(kind))
            #expect(try outcome(of: configuration, over: interface) == .endedByServer)
        }
    }

    @Test(arguments: TransportKind.allCases)
    func theRightPassphraseOpensTheRoom(kind: TransportKind) throws {
        try withServer(passphrase: "opën sesame") { running in
            let typed = try TestPipe()
            typed.closeInput()
            let interface = RecordingInterface()
            #expect(try chat(to: running, kind, typed, interface, passphrase: "opën sesame") == nil)
            #expect(interface.shown.contains("* aisha joined the chat *"))
            #expect(!interface.shown.contains("ok"))
        }
    }

    @Test(arguments: TransportKind.allCases)
    func aWrongOrMissingPassphraseIsRefusedAndSaidSo(kind: TransportKind) throws {
        try withServer(passphrase: "right") { running in
            let configuration = try ClientConfiguration(kind, port: running.port(kind))
            let wrong = try #require(try outcome(of: configuration, passphrase: "wrong"))
            #expect(wrong == .wrongPassphrase(weSentOne: true))
            #expect(wrong.exitCode == 77)
            let missing = try #require(try outcome(of: configuration))
            #expect(missing == .wrongPassphrase(weSentOne: false))
            #expect(missing.exitCode == 77)
        }
    }

    @Test func thePassphraseIsPaddedWhateverPadSays() throws {
        let wireBytes = try [1, 100, 200].map { length in
            let wireBytes = Lock(0)
            let server = try ScriptedServer(.tls) { client in
                try client.handshake()
                _ = try client.next()
                wireBytes.withLock { $0 = client.wireBytes }
                try client.send("ok")
            }
            let session = try ChatSession(ClientConfiguration(.tls, port: server.port, paddingMultiple: 0))
            try session.authenticate(try passphrase(String(repeating: "x", count: length)))
            #expect(server.finish().error == nil)
            return wireBytes.withLock { $0 }
        }
        #expect(Set(wireBytes).count == 1, "\(wireBytes)")
    }

    @Test(arguments: TransportKind.allCases)
    func aServerThatTookThePassphraseForANameIsToldOfAndLeft(kind: TransportKind) throws {
        try withServer { running in
            let configuration = try ClientConfiguration(kind, port: running.port(kind))
            let error = try #require(try outcome(of: configuration, passphrase: "open sesame"))
            #expect(error == .passphraseNotAsked)
            #expect(error.exitCode == 77)
            #expect(!error.description.contains("sesame"))
        }
    }

    @Test func aPortWhereNobodyListensIsUnreachable() throws {
        let reserved = try ReservedPort()
        let error = try #require(try outcome(of: ClientConfiguration(.tls, port: reserved.number)))
        #expect(error.exitCode == 69)
        #expect(error.description.contains("\(reserved.address) cannot be reached"))
    }

    @Test(arguments: TransportKind.allCases)
    func aClosedOutputEndsTheChat(kind: TransportKind) throws {
        ProcessHardening.ignoreBrokenPipeSignal()
        try withServer { running in
            let closed = try TestPipe()
            closed.closeOutput()
            let session = try ChatSession(ClientConfiguration(kind, port: running.port(kind)))
            let error = #expect(throws: ClientError.self) {
                try session.chat(input: -1, over: FilterInterface(output: closed.input))
            }
            #expect(error?.description == "messages cannot be written: write failed: Broken pipe")
            #expect(error?.exitCode == 1)
        }
    }

    private func chat(
        to running: RunningServer,
        _ kind: TransportKind,
        _ typed: TestPipe,
        _ interface: RecordingInterface = RecordingInterface(),
        passphrase: String? = nil
    ) throws -> ClientError? {
        try outcome(
            of: ClientConfiguration(kind, port: running.port(kind)),
            passphrase: passphrase,
            input: typed.output,
            over: interface
        )
    }
}
