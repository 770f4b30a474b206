// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugSystem
import TestSupport
import Testing

@testable import SnugClient
@testable import SnugProtocol

/// Sessions of level 1 with servers that are not what they should be.
@Suite(.timeLimit(.minutes(30))) struct LevelOneSessionTests {
    private func send(_ kind: TransportKind, port: UInt16) throws -> ClientError? {
        let session = LevelOneSession(
            try ClientConfiguration(kind, port: port),
            passphrase: try passphrase("open sesame"),
            state: LevelOneState(name: "aisha", client: "test", mark: "m")
        )
        let task = SendTask("hello", in: "main", timeout: .seconds(60), remark: { _ in })
        do throws(ClientError) { try session.run(task) } catch { return error }
        return nil
    }

    @Test(arguments: TransportKind.allCases)
    func aServerOfLevelZeroIsToldApartAndLearnsNeitherPassphraseNorName(kind: TransportKind) throws {
        let server = try ScriptedServer(kind) { client in
            try client.handshake()
            if kind == .plain { try client.send("* who are you? *") }
            try client.readToEnd()
        }
        let error = try send(kind, port: server.port)
        #expect(error == .levelOneMissing)
        #expect(error?.exitCode == 76)
        #expect(server.finish().received == (kind == .plain ? Array("SNG1".utf8) : []))
    }

    @Test func aPlainServerThatHangsUpAtOurFirstBytesIsOneOfLevelZero() throws {
        let server = try ScriptedServer(.plain) { client in
            try client.handshake()
            try client.sayGoodbye()
            try client.readToEnd()
        }
        #expect(try send(.plain, port: server.port) == .levelOneMissing)
    }

    /// Whoever is on the way of a plain connection could name itself, and would get the passphrase.
    @Test func whomAServerNamesOnAPlainConnectionIsNotGoneTo() throws {
        let named = try ListeningSocket(address: try SocketAddress.resolve(host: "127.0.0.1", port: 0)[0])
        guard case .hello(var hello) = ModelChat().hello.kind else { return }
        hello.nodes = ["127.0.0.1:\(named.address.port)"]
        var (greeting, farewell) = ([UInt8](), [UInt8]())
        try ServerMessage(.hello(hello)).encode(appendingTo: &greeting)
        try ServerMessage(.bye(Code(.kicked), after: nil)).encode(appendingTo: &farewell)
        let visits = Lock(0)
        let server = try ScriptedServer(.plain, connections: 2) { [greeting, farewell] client in
            let visit = visits.withLock { visits in
                visits += 1
                return visits
            }
            try client.handshake()
            try client.send(raw: greeting + (visit == 1 ? [] : farewell))
            try client.sayGoodbye()
            try client.readToEnd()
        }
        let error = try send(.plain, port: server.port)
        #expect(error == .dismissed(reason: "kicked"))
        _ = server.finish()
        #expect(visits.withLock { $0 } == 2)
        var entries = [Polling.Entry(named.descriptor, for: .readable)]
        Polling.wait(for: &entries, until: .now)
        #expect(entries[0].readiness.isEmpty, "it went to whom the server named")
    }

    /// Is full for as long as it is asked once behind each message, as a terminal that was just resized.
    private final class BrieflyFull: LevelOneTask {
        let watched: [Polling.Entry] = []
        let isInHurry = false
        let patience = Patience.once
        let deadline = MonotonicTime.now + .seconds(45)
        private(set) var isSettled = false
        private var isAskedOnce = false

        var isFull: Bool {
            defer { isAskedOnce = false }
            return isAskedOnce
        }

        func take(_ news: LevelOneNews, _ state: inout LevelOneState) {
            isAskedOnce = true
            if news == .settled {
                isSettled = true
                state.quit()
            }
        }

        func proceed(_ readiness: [Readiness], _ state: inout LevelOneState) {
            // A minute of silence would have it looked at again.
            if deadline <= .now { state.quit() }
        }

        func comeBack(after error: ClientError, in pause: Duration) {}
        func finish() {}
    }

    @Test func aMessageThatIsHereAlreadyWaitsForNothingMoreToCome() throws {
        var chat = ModelChat()
        var bytes: [UInt8] = []
        try chat.hello.encode(appendingTo: &bytes)
        let enter = ClientMessage.Enter(name: "aisha", rooms: [], client: "test")
        for message in chat.take(ClientMessage(.enter(enter)), gap: 0) {
            try message.encode(appendingTo: &bytes)
        }
        let isOver = Lock(false)
        let server = try ScriptedServer(.plain) { [bytes] client in
            try client.handshake()
            try client.send(raw: bytes)
            var entries: [Polling.Entry] = []
            while !isOver.withLock({ $0 }) { Polling.wait(for: &entries, until: .now + .milliseconds(5)) }
        }
        let session = LevelOneSession(
            try ClientConfiguration(.plain, port: server.port),
            passphrase: nil,
            state: LevelOneState(name: "aisha", client: "test", mark: "m")
        )
        let task = BrieflyFull()
        try session.run(task)
        #expect(task.isSettled)
        isOver.withLock { $0 = true }
        #expect(server.finish().error == nil)
    }

    // MARK: Which server, and how

    @Test func theConnectionThatIsThereIsTheOneThatIsUsed() throws {
        let turn = try LevelOneTurn.welcome(ends: false)
        let server = try ScriptedServer(.tls) { try turn.play(to: $0) }
        let configuration = try ClientConfiguration(levelOne: .tls, port: server.port)
        let session = try LevelOneSession(configuration, over: try configuration.open())
        #expect(session.outcome(of: LevelOneGuest()) == nil)
        #expect(server.finish().error == nil)
    }

    /// Whoever reads along could name any address.
    @Test func withoutTLSNobodyIsSentToAnotherServer() throws {
        let nowhere = try ReservedPort()
        let turn = try LevelOneTurn.welcome(nodes: ["127.0.0.1:\(nowhere.number)"])
        let server = try ScriptedServer(.plain, connections: 2) { try turn.play(to: $0) }
        let session = try LevelOneSession(ClientConfiguration(levelOne: .plain, port: server.port))
        let guest = LevelOneGuest()
        guest.whenSettled = { stay, state in if stay == 2 { state.quit() } }
        #expect(session.outcome(of: guest) == nil)
        #expect(guest.errors == [.endedByServer])
        _ = server.finish()
    }

    @Test func aServerThatAnotherOneHasNamedAndThatIsNoneOfTheChatIsGoneBackFrom() throws {
        let stranger = try ScriptedServer(.plain) { client in
            try client.send("* welcome *")
            try? client.readToEnd()
        }
        let turn = try LevelOneTurn.welcome(nodes: ["127.0.0.1:\(stranger.port)"])
        let server = try ScriptedServer(.tls, connections: 2) { try turn.play(to: $0) }
        let session = try LevelOneSession(ClientConfiguration(levelOne: .tls, port: server.port))
        let guest = LevelOneGuest()
        guest.whenSettled = { stay, state in if stay == 2 { state.quit() } }
        #expect(session.outcome(of: guest) == nil)
        #expect(guest.errors == [.endedByServer, .serverNotTLS])
        for each in [stranger, server] { _ = each.finish() }
    }

    /// The length of a passphrase is nobody's business, whatever is wanted for lines.
    @Test func aPassphraseIsFilledUpAndWhatFollowsAsOneHasAskedFor() throws {
        let sizes = Lock<[Int]>([])
        let server = try ScriptedServer(.tls) { client in
            try client.handshake()
            var chat = ModelChat()
            let enter = ClientMessage(.enter(.init(name: "aisha", rooms: [], client: "test")))
            let hello = LevelOneState.hello(passphrase: true)
            let answers = [[hello], [ServerMessage(.accepted)], chat.take(enter, gap: 0)]
            for messages in answers {
                var bytes: [UInt8] = []
                for message in messages { try message.encode(appendingTo: &bytes) }
                try client.send(raw: bytes)
                let before = client.wireBytes
                _ = try client.next()
                sizes.withLock { $0.append(client.wireBytes - before) }
            }
            try? client.readToEnd()
        }
        let configuration = try ClientConfiguration(levelOne: .tls, port: server.port, paddingMultiple: 0)
        let session = try LevelOneSession(configuration, passphrase: "open sesame")
        let guest = LevelOneGuest()
        guest.whenSettled = { _, state in state.quit() }
        #expect(session.outcome(of: guest) == nil)
        #expect(server.finish().error == nil)
        #expect(sizes.withLock { $0.map { $0 >= 256 } } == [true, false, false])
    }

    // MARK: Lines for programs

    @Test func noTextThatIsReadOutOfALineIsObeyedByATerminal() throws {
        let pipe = try TestPipe()
        let lines = JSONLines(to: pipe.input)
        let text = "a\u{1B}[2J\u{9B}0m\n\u{202E}\u{0}\"\\u001b\\\u{7F}"
        try lines.write(ModelChat.message(.init(sequence: 1, text: text, ref: nil), isReplay: false))
        pipe.closeInput()
        let written = String(decoding: try Polling.read(pipe.output, atMost: 4_096), as: UTF8.self)
        #expect(
            written.contains(
                #""text":"a␛[2J"# + "\u{FFFD}0m \u{FFFD}␀" + #"\"\\u001b\\"# + "␡\""
            ),
            "\(written)"
        )
        #expect(written.unicodeScalars.count { $0.value < 0x20 } == 1 && written.hasSuffix("}\n"))
    }

    @Test func aReaderThatIsGoneIsNoFailure() throws {
        ProcessHardening.ignoreBrokenPipeSignal()
        let pipe = try TestPipe()
        let lines = JSONLines(to: pipe.input)
        pipe.closeOutput()
        try lines.write(ModelChat().hello)
        #expect(lines.isGone)
        try lines.finish()
    }
}
