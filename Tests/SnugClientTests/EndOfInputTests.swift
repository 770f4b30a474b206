// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugSystem
import TestSupport
import Testing

@testable import SnugClient

/// Who is at the end of the input waits until the server has worked everything off, and no longer.
@Suite(.timeLimit(.minutes(30))) struct EndOfInputTests {
    @Test(arguments: TransportKind.allCases)
    func aServerThatSaysStillHereIsWaitedForThoughItTakesLongerThanSilenceIsBorne(kind: TransportKind) throws
    {
        let (error, _) = try endInput(kind, after: "a\nb\nc\n", frameInterval: .seconds(60)) { client in
            try client.readToEnd()
            for _ in 0..<30 {
                try client.send("")
                Self.pass(.milliseconds(50))
            }
            try client.sayGoodbye()
        }
        #expect(error == nil)
    }

    @Test(arguments: TransportKind.allCases, [true, false])
    func aServerThatOnlySaysStillHereCannotHoldAnyoneForEver(kind: TransportKind, floods: Bool) throws {
        let start = MonotonicTime.now
        let (error, server) = try endInput(kind, after: "hello\n", frameInterval: .milliseconds(100)) {
            client in
            while true {
                try client.send(raw: [UInt8](repeating: 0, count: floods ? 16_384 : 4))
                if !floods { Self.pass(.milliseconds(5)) }
            }
        }
        #expect(error == .goodbyeMissing)
        #expect(error?.exitCode == 76)
        #expect(start.duration(to: .now) < .seconds(30))
        #expect(server != nil, "the server was not left")
    }

    @Test(arguments: TransportKind.allCases)
    func aServerThatDoesNotKnowYetThatTheInputEndedNeedNotSayAnything(kind: TransportKind) throws {
        let typed = try TestPipe()
        let server = try ScriptedServer(kind) { client in
            try client.handshake()
            _ = try client.next()
            try client.vanish()
            try client.send("go")
            Self.pass(.seconds(2))
            try client.reappear()
            try client.readToEnd()
            try client.sayGoodbye()
        }
        let interface = RecordingInterface { _ in
            try typed.write("hello\n")
            typed.closeInput()
        }
        let error = try outcome(
            of: Self.configuration(kind, server, frameInterval: .seconds(60)),
            input: typed.output,
            over: interface
        )
        #expect(error == nil)
        #expect(server.finish().error == nil)
    }

    @Test(arguments: TransportKind.allCases)
    func whoWantsOutIsOutSoonThoughTheServerTakesNothing(kind: TransportKind) throws {
        let typed = try TestPipe()
        let isOver = Lock(false)
        let server = try ScriptedServer(kind) { client in
            try client.handshake()
            _ = try client.next()
            try client.vanish()
            try client.send("go")
            let deadline = MonotonicTime.now + .seconds(60)
            while !isOver.withLock({ $0 }), MonotonicTime.now < deadline { Self.pass(.milliseconds(2)) }
        }
        var configuration = try Self.configuration(kind, server, frameInterval: .seconds(60))
        configuration.leaveTimeout = .milliseconds(300)
        let interface = RecordingInterface { _ in try typed.write("last words\n^C\n") }
        let start = MonotonicTime.now
        #expect(try outcome(of: configuration, input: typed.output, over: interface) == .leftEarly)
        #expect(start.duration(to: .now) < .seconds(20))
        isOver.withLock { $0 = true }
        _ = server.finish()
    }

    @Test func theDefaultsKeepAClientInARoomWhoseIdleTimeoutIsAMinute() throws {
        let configuration = try ClientConfiguration(.plain, port: 1)
        #expect(configuration.keepAliveInterval * 3 < .seconds(60))
    }

    /// Types `text`, ends the input, and returns how the chat and the script behind handshake and name ended.
    private func endInput(
        _ kind: TransportKind,
        after text: String,
        frameInterval: Duration,
        _ script: @escaping @Sendable (ScriptedServer.Client) throws -> Void
    ) throws -> (error: ClientError?, failure: (any Error)?) {
        let typed = try TestPipe(holding: text)
        typed.closeInput()
        let server = try ScriptedServer(kind) { client in
            try client.handshake()
            _ = try client.next()
            try script(client)
        }
        let error = try outcome(
            of: Self.configuration(kind, server, frameInterval: frameInterval),
            input: typed.output
        )
        return (error, server.finish().error)
    }

    private static func configuration(
        _ kind: TransportKind,
        _ server: ScriptedServer,
        frameInterval: Duration
    ) throws -> ClientConfiguration {
        var configuration = try ClientConfiguration(kind, port: server.port)
        configuration.goodbyeTimeout = .milliseconds(700)
        configuration.slowestFrameInterval = frameInterval
        return configuration
    }

    private static func pass(_ time: Duration) {
        var none: [Polling.Entry] = []
        let end = MonotonicTime.now + time
        while MonotonicTime.now < end { Polling.wait(for: &none, until: end) }
    }
}
