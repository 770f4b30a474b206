// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@testable import SnugClient
@testable import SnugProtocol

/// One connection of level 1, on a real socket.
@Suite(.timeLimit(.minutes(30))) struct LevelOneLinkTests {
    private enum End { case none, goodbye, reset }

    /// Sends these bytes on a connection, and perhaps ends it.
    private func link(
        _ bytes: [UInt8],
        _ kind: TransportKind = .plain,
        ends end: End = .none,
        silence: Duration = .seconds(45),
        hello: Duration = .seconds(30)
    ) throws -> (link: LevelOneLink, server: ScriptedServer, release: @Sendable () -> Void) {
        let isOver = Lock(false)
        let server = try ScriptedServer(kind) { client in
            try client.handshake()
            try client.send(raw: bytes)
            switch end {
            case .goodbye: try client.sayGoodbye()
            case .none: break
            case .reset:
                // Not while it is still being connected.
                if kind == .plain { try client.readSomething() }
                client.reset()
            }
            var entries: [Polling.Entry] = []
            while !isOver.withLock({ $0 }) { Polling.wait(for: &entries, until: .now + .milliseconds(5)) }
        }
        var configuration = try ClientConfiguration(levelOne: kind, port: server.port)
        let opened = try configuration.open()
        configuration.connectTimeout = hello
        configuration.silenceTimeout = silence
        let link = try LevelOneLink(opened, configuration, IOBuffers())
        link.flush()
        return (link, server, { isOver.withLock { $0 = true } })
    }

    private static func frames(_ messages: [ServerMessage]) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for message in messages { try message.encode(appendingTo: &bytes) }
        return bytes
    }

    private func receive(_ link: LevelOneLink, until isEnough: () -> Bool) {
        while !isEnough() {
            var entries = [link.entry(reads: true)]
            Polling.wait(for: &entries, until: .now + .seconds(60))
            guard !entries[0].readiness.isEmpty else { return }
            link.receive()
        }
    }

    @Test func whatIsHereIsReadyUntilTheLastOfItIsTaken() throws {
        let messages = [ServerMessage(.ping(id: "a")), ServerMessage(.ping(id: "b"))]
        let (link, server, release) = try link(Self.frames(messages))
        #expect(!link.isReady)
        receive(link) { link.isReady }
        #expect(try link.next(.present) == messages[0])
        #expect(link.isReady)
        #expect(try link.next(.present) == messages[1])
        #expect(!link.isReady)
        #expect(try link.next(.present) == nil)
        release()
        link.close()
        #expect(server.finish().error == nil)
    }

    @Test func theEndIsToldOnceEverythingBeforeItIsTaken() throws {
        let (link, server, release) = try link(Self.frames([ServerMessage(.ping(id: "a"))]), ends: .goodbye)
        receive(link) { link.entry(reads: true).descriptor == nil }
        try link.checkEnd(isGreeted: true)
        #expect(try link.next(.present) != nil)
        #expect(throws: ClientError.endedByServer) { try link.checkEnd(isGreeted: true) }
        release()
        link.close()
        _ = server.finish()
    }

    @Test func anEndInTheMiddleOfAMessageIsACut() throws {
        let frame = try Self.frames([ServerMessage(.ping(id: "a"))])
        let (link, server, release) = try link(frame.dropLast(), ends: .goodbye)
        receive(link) { link.entry(reads: true).descriptor == nil }
        #expect(throws: ClientError.transportFailed(.truncated)) { try link.checkEnd(isGreeted: true) }
        // Who has not even said hello is none that speaks this level.
        #expect(throws: ClientError.levelOneMissing) { try link.checkEnd(isGreeted: false) }
        release()
        link.close()
        _ = server.finish()
    }

    @Test func whatIsNoMessageBreaksTheProtocolAndAtFirstIsAnotherLevel() throws {
        for (phase, isOther) in [(LevelOneState.Phase.greeting, true), (.present, false)] {
            let (link, server, release) = try link(FrameEncoder.frame("* who are you? *"))
            receive(link) { link.isReady }
            do throws(ClientError) {
                _ = try link.next(phase)
                Issue.record("it was taken")
            } catch { #expect((error == .levelOneMissing) == isOther && error.exitCode == 76) }
            release()
            link.close()
            _ = server.finish()
        }
    }

    @Test func whileMuchWaitsToBeSentNothingIsRead() throws {
        let (link, server, release) = try link([])
        #expect(!link.entry(reads: true).interest.isDisjoint(with: .readable))
        #expect(link.entry(reads: false).interest.isDisjoint(with: .readable))
        let text = String(repeating: "x", count: 1_000)
        for number in 0..<70 {
            try link.queue(ClientMessage(.say(room: "main", text: text, isAction: false), ref: "m-\(number)"))
        }
        let interest = link.entry(reads: true).interest
        #expect(interest == .writable)
        release()
        link.close()
        _ = server.finish()
    }

    @Test func anAnswerIsAwaitedLessLongBeforeTheFirst() throws {
        let (link, server, release) = try link([])
        link.noteNotRead()
        #expect(link.silenceLimit(isGreeted: false) + .seconds(15) == link.silenceLimit(isGreeted: true))
        try link.checkEnd(isGreeted: true)
        release()
        link.close()
        _ = server.finish()
    }

    @Test(arguments: TransportKind.allCases)
    func aSilenceThatLastsIsAnEnd(kind: TransportKind) throws {
        let (link, server, release) = try link([], kind, silence: .milliseconds(1), hello: .milliseconds(1))
        var entries: [Polling.Entry] = []
        Polling.wait(for: &entries, until: link.silenceLimit(isGreeted: true))
        #expect(throws: ClientError.serverVanished) { try link.checkEnd(isGreeted: true) }
        // A plain server of level 0 waits for a name, and never says hello.
        let first = kind == .tls ? ClientError.serverVanished : .levelOneMissing
        #expect(throws: first) { try link.checkEnd(isGreeted: false) }
        release()
        link.close()
        _ = server.finish()
    }

    @Test func whateverComesIsNoSilence() throws {
        let (link, server, release) = try link(Self.frames([ServerMessage(.ping(id: "a"))]))
        let before = link.silenceLimit(isGreeted: true)
        receive(link) { link.isReady }
        let then = link.silenceLimit(isGreeted: true)
        #expect(then > before)
        link.noteNotRead()
        #expect(link.silenceLimit(isGreeted: true) > then)
        release()
        link.close()
        _ = server.finish()
    }

    // MARK: Who ended it

    @Test func aServerThatEndsBeforeItsHelloHasNoLevelOneUnlessItHasAgreedToIt() throws {
        for (kind, isGreeted, wanted) in [
            (TransportKind.plain, false, ClientError.levelOneMissing), (.plain, true, .endedByServer),
            (.tls, false, .endedByServer), (.tls, true, .endedByServer),
        ] {
            let (link, server, release) = try link([], kind, ends: .goodbye)
            receive(link) { link.entry(reads: true).descriptor == nil }
            #expect(throws: wanted) { try link.checkEnd(isGreeted: isGreeted) }
            release()
            link.close()
            _ = server.finish()
        }
    }

    @Test func aConnectionThatIsCutIsOneUnlessAPlainServerHasNotSaidHello() throws {
        let frame = try Self.frames([ServerMessage(.ping(id: "a"))])
        for (kind, isGreeted, wanted) in [
            (TransportKind.plain, false, 76), (.plain, true, 69), (.tls, false, 69), (.tls, true, 69),
        ] as [(TransportKind, Bool, Int32)] {
            let (link, server, release) = try link(frame.dropLast(), kind, ends: .reset)
            receive(link) { link.entry(reads: true).descriptor == nil }
            do throws(ClientError) {
                try link.checkEnd(isGreeted: isGreeted)
                Issue.record("it has not ended")
            } catch { #expect(error.exitCode == wanted, "\(kind) \(isGreeted): \(error)") }
            release()
            link.close()
            _ = server.finish()
        }
    }

    @Test func anEncryptedConnectionThatIsCutBeforeTheHelloIsNoMessageCutInTwo() throws {
        let frame = try Self.frames([ServerMessage(.ping(id: "a"))])
        let (link, server, release) = try link(frame.dropLast(), .tls, ends: .goodbye)
        receive(link) { link.entry(reads: true).descriptor == nil }
        #expect(throws: ClientError.endedByServer) { try link.checkEnd(isGreeted: false) }
        #expect(throws: ClientError.transportFailed(.truncated)) { try link.checkEnd(isGreeted: true) }
        release()
        link.close()
        _ = server.finish()
    }

    @Test func whatTheServerSaidLastIsReadThoughAWriteFailsFirst() throws {
        let bye = ServerMessage(.bye(Code(.kicked), after: nil))
        let (link, server, release) = try link(Self.frames([bye]), ends: .reset)
        while link.entry(reads: true).descriptor != nil {
            try link.queue(ClientMessage(.ping(id: "a")))
            link.flush()
        }
        #expect(try link.next(.present) == bye)
        #expect(throws: ClientError.self) { try link.checkEnd(isGreeted: true) }
        release()
        link.close()
        _ = server.finish()
    }

    @Test func whoNoticesWhileSendingThatTheServerIsGoneKnowsItToo() throws {
        let (link, server, release) = try link([], ends: .reset)
        let hasEnded = { link.entry(reads: true).descriptor == nil }
        while !hasEnded() {
            try link.queue(ClientMessage(.ping(id: "a")))
            link.flush()
        }
        #expect(throws: ClientError.self) { try link.checkEnd(isGreeted: true) }
        release()
        link.close()
        _ = server.finish()
    }
}
