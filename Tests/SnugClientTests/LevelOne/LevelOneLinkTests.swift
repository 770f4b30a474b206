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
    /// Sends these bytes on a plain connection, and perhaps ends it.
    private func link(
        _ bytes: [UInt8],
        ends: Bool = false
    ) throws -> (link: LevelOneLink, server: ScriptedServer, release: @Sendable () -> Void) {
        let isOver = Lock(false)
        let server = try ScriptedServer(.plain) { client in
            try client.handshake()
            try client.send(raw: bytes)
            if ends { try client.sayGoodbye() }
            var entries: [Polling.Entry] = []
            while !isOver.withLock({ $0 }) { Polling.wait(for: &entries, until: .now + .milliseconds(5)) }
        }
        var configuration = try ClientConfiguration(.plain, port: server.port)
        configuration.connectTimeout = .seconds(30)
        let link = try LevelOneLink(configuration.open(), configuration, IOBuffers())
        try link.flush()
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
        let (link, server, release) = try link(Self.frames([ServerMessage(.ping(id: "a"))]), ends: true)
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
        let (link, server, release) = try link(frame.dropLast(), ends: true)
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
        #expect(link.silenceLimit(isGreeted: false) + .seconds(30) == link.silenceLimit(isGreeted: true))
        try link.checkEnd(isGreeted: true)
        release()
        link.close()
        _ = server.finish()
    }
}
