// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugRooms
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@testable import SnugClient

/// Whatever a server sends or withholds, the client shows nothing dangerous, ends, and says what was wrong.
@Suite(.timeLimit(.minutes(30))) struct HostileServerTests {
    @Test(arguments: TransportKind.allCases, [[0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0x20, 1]] as [[UInt8]])
    func aLyingLengthEndsTheChatAndWhatCameBeforeIsShown(kind: TransportKind, header: [UInt8]) throws {
        let (error, shown) = try meet(kind) { client in
            try client.send(raw: FrameEncoder.frame("ben: true words") + header + [65, 65])
            try client.readToEnd()
        }
        #expect(error?.exitCode == 76)
        #expect(error?.description.contains("announced a frame of") == true)
        #expect(shown == ["ben: true words"])
    }

    @Test(arguments: TransportKind.allCases, [[0xC0, 0x80], [0xED, 0xA0, 0x80], [0xFF]] as [[UInt8]])
    func bytesThatAreNotUTF8EndTheChatAndAreNotShown(kind: TransportKind, bytes: [UInt8]) throws {
        let (error, shown) = try meet(kind) { client in
            try client.send("ben: true words")
            try client.send(raw: [0, 0, 0, UInt8(bytes.count)] + bytes)
            try client.readToEnd()
        }
        #expect(error == .protocolBroken("it sent bytes that are not UTF-8"))
        #expect(error?.exitCode == 76)
        #expect(shown == ["ben: true words"])
    }

    @Test(arguments: TransportKind.allCases)
    func whatAHostileServerSendsReachesTheTerminalClean(kind: TransportKind) throws {
        let evil = "\u{1B}[2J\u{1B}]0;owned\u{7}\u{9B}31m\u{202E}\r\n\u{8}\u{7F}"
        let (error, shown) = try meet(kind) { client in
            for text in [
                "* \(evil) joined the chat *", "* aisha is now \(evil) *", "\(evil): hello", "ben: \(evil)",
                "* online: \(evil) *", evil, "\(evil)* ben left *",
            ] { try client.send(text) }
            try client.sayGoodbye()
        }
        // The first words were no coming.
        #expect(error == (kind == .tls ? .notLetIn : .endedByServer))
        #expect(shown.count == 7)
        for line in shown {
            #expect(SafeText.clean(line) == line)
            #expect(!line.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) })
        }
    }

    @Test(arguments: TransportKind.allCases)
    func aFrameThatNeverEndsIsNotShownAndTheUserCanGo(kind: TransportKind) throws {
        let typed = try TestPipe()
        let isOver = Lock(false)
        let server = try ScriptedServer(kind) { client in
            try client.handshake()
            try client.send(raw: FrameEncoder.frame("ben: whole") + [0, 0, 0, 100] + Array("ben: ha".utf8))
            Self.hold(until: isOver)
        }
        let interface = RecordingInterface { _ in try typed.write("^C\n") }
        let error = try outcome(
            of: ClientConfiguration(kind, port: server.port),
            input: typed.output,
            over: interface
        )
        isOver.withLock { $0 = true }
        #expect(error == nil)
        #expect(interface.shown == ["ben: whole"])
        _ = server.finish()
    }

    @Test(arguments: TransportKind.allCases)
    func aConnectionThatIsCutWithinAFrameIsNoGoodEnd(kind: TransportKind) throws {
        let (error, shown) = try meet(kind) { client in
            try client.send(raw: FrameEncoder.frame("ben: whole") + [0, 0, 0, 9] + Array("ben: ha".utf8))
        }
        #expect(error == .transportFailed(.truncated))
        #expect(error?.exitCode == 76)
        #expect(shown == ["ben: whole"])
    }

    @Test func aConnectionThatIsCutWithoutAGoodbyeIsNoGoodEnd() throws {
        let (error, shown) = try meet(.tls) { client in
            try client.send("ben: whole")
        }
        #expect(error == .transportFailed(.truncated))
        #expect(shown == ["ben: whole"])
    }

    @Test(arguments: TransportKind.allCases)
    func aServerThatNeverSaysGoodbyeIsNotWaitedForWithoutEnd(kind: TransportKind) throws {
        let typed = try TestPipe(holding: "hello\n")
        typed.closeInput()
        let isOver = Lock(false)
        let server = try ScriptedServer(kind) { client in
            try client.handshake()
            try client.readToEnd()
            Self.hold(until: isOver)
        }
        var configuration = try ClientConfiguration(kind, port: server.port)
        configuration.goodbyeTimeout = .milliseconds(300)
        let error = try outcome(of: configuration, input: typed.output)
        isOver.withLock { $0 = true }
        #expect(error == .goodbyeMissing)
        #expect(error?.exitCode == 76)
        #expect(server.finish().received == (try FrameEncoder.frame("aisha") + FrameEncoder.frame("hello")))
    }

    @Test(arguments: TransportKind.allCases)
    func noAnswerToThePassphraseEndsTheWait(kind: TransportKind) throws {
        let isOver = Lock(false)
        let server = try ScriptedServer(kind) { client in
            try client.handshake()
            _ = try client.next()
            Self.hold(until: isOver)
        }
        var configuration = try ClientConfiguration(kind, port: server.port)
        configuration.verdictTimeout = .milliseconds(300)
        let error = try outcome(of: configuration, passphrase: "open sesame")
        isOver.withLock { $0 = true }
        #expect(error == .protocolBroken("no answer to the passphrase"))
        #expect(server.finish().received == (try FrameEncoder.frame("open sesame")))
    }

    @Test(arguments: [[], [22, 3, 3, 0, 200, 2, 0]] as [[UInt8]])
    func aHandshakeThatStallsEndsByItsDeadline(beginning: [UInt8]) throws {
        let isOver = Lock(false)
        let server = try ScriptedServer(.plain) { client in
            try client.send(raw: beginning)
            Self.hold(until: isOver)
        }
        var configuration = try ClientConfiguration(.tls, port: server.port)
        configuration.connectTimeout = .milliseconds(500)
        let error = try outcome(of: configuration)
        isOver.withLock { $0 = true }
        #expect(error == .handshakeTimedOut)
        #expect(error?.exitCode == 76)
        _ = server.finish()
    }

    @Test func aPlainServerOnTheTLSPortIsNamedAndGetsNothing() throws {
        let server = try ScriptedServer(.plain) { client in
            try client.send("* welcome *")
            try client.readToEnd()
        }
        let error = try outcome(of: ClientConfiguration(.tls, port: server.port), passphrase: "open sesame")
        #expect(error == .serverNotTLS)
        #expect(error?.exitCode == 76)
        let received = String(decoding: server.finish().received, as: UTF8.self)
        #expect(!received.contains("sesame"))
        #expect(!received.contains("aisha"))
    }

    @Test(arguments: TransportKind.allCases)
    func aServerThatEndsTheChatBeforeAllWasSentIsNoGoodEnd(kind: TransportKind) throws {
        let typed = try TestPipe()
        let shownTicks = Lock(0)
        let isStuck = Lock(false)
        let server = try ScriptedServer(kind) { client in
            try client.handshake()
            var ticks = 0
            while !isStuck.withLock({ $0 }) {
                ticks += 1
                try client.send("tick")
                let sent = ticks
                Self.hold { shownTicks.withLock { $0 } == sent }
            }
            try client.sayGoodbye()
        }
        var takesAtLastTick = -1
        var interface: RecordingInterface?
        // It is kept by what it calls.
        defer { interface = nil }
        interface = RecordingInterface { _ in
            // Between two ticks input is taken if it is taken at all: now it is not, for the network is full.
            if interface?.takes == takesAtLastTick { isStuck.withLock { $0 = true } }
            takesAtLastTick = interface?.takes ?? -1
            try typed.write(String(repeating: "x", count: 4_000) + "\n")
            shownTicks.withLock { $0 += 1 }
        }
        let error = try outcome(
            of: ClientConfiguration(kind, port: server.port),
            input: typed.output,
            over: try #require(interface)
        )
        #expect(error == .endedEarly)
        #expect(error?.exitCode == 69)
        _ = server.finish()
    }

    @Test(arguments: TransportKind.allCases)
    func aFloodOfMessagesDoesNotKeepTheKeyboardWaiting(kind: TransportKind) throws {
        let typed = try TestPipe(holding: "stop\n")
        let server = try ScriptedServer(kind) { client in
            try client.handshake()
            _ = try client.next()
            let flood = try (0..<100).flatMap { _ in try FrameEncoder.frame("flood") }
            while try !client.hasFrame() { try client.send(raw: flood) }
            try client.sayGoodbye()
            try client.readToEnd()
        }
        let configuration = try ClientConfiguration(kind, port: server.port)
        #expect(try outcome(of: configuration, input: typed.output) == .endedByServer)
        let (received, error) = server.finish()
        #expect(received == (try FrameEncoder.frame("aisha") + FrameEncoder.frame("stop")))
        #expect(error == nil)
    }

    @Test(arguments: TransportKind.allCases)
    func silenceIsBrokenByEmptyFramesSoThatTheServerKeepsUs(kind: TransportKind) throws {
        let server = try ScriptedServer(kind) { client in
            try client.handshake()
            for _ in 0..<3 { _ = try client.next() }
            try client.sayGoodbye()
            try client.readToEnd()
        }
        var configuration = try ClientConfiguration(kind, port: server.port)
        configuration.keepAliveInterval = .milliseconds(20)
        #expect(try outcome(of: configuration) == .endedByServer)
        let name = try FrameEncoder.frame("aisha")
        #expect(server.finish().received.starts(with: name + [0, 0, 0, 0, 0, 0, 0, 0]))
    }

    /// Runs one chat with a script that begins behind handshake and name.
    private func meet(
        _ kind: TransportKind,
        _ script: @escaping @Sendable (ScriptedServer.Client) throws -> Void
    ) throws -> (error: ClientError?, shown: [String]) {
        let server = try ScriptedServer(kind) { client in
            try client.handshake()
            _ = try client.next()
            try script(client)
        }
        let interface = RecordingInterface()
        let error = try outcome(of: ClientConfiguration(kind, port: server.port), over: interface)
        _ = server.finish()
        return (error, interface.shown)
    }

    private static func hold(until flag: Lock<Bool>) {
        hold { flag.withLock { $0 } }
    }

    /// Keeps the connection as it is.
    private static func hold(until isDone: () -> Bool) {
        let deadline = MonotonicTime.now + .seconds(60)
        while !isDone(), MonotonicTime.now < deadline {
            var none: [Polling.Entry] = []
            Polling.wait(for: &none, until: MonotonicTime.now + .milliseconds(2))
        }
    }
}
