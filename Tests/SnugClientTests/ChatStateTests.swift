// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugFraming
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@testable import SnugClient

/// What counts as a line, how much is under way at once, and how a chat waits for what it waits for.
@Suite(.timeLimit(.minutes(30))) struct ChatStateTests {
    // MARK: Lines that may be missing

    /// Nothing of this arrives: the name, a line, what says "still here", and the command.
    @Test(arguments: TransportKind.allCases, [false, true])
    func onlyWhatWasSaidIsMissingWhenNothingHasArrived(kind: TransportKind, quits: Bool) throws {
        let (error, session) = try chatIntoTheVoid(kind, typing: "one\n" + (quits ? "/quit\n" : "")) {
            $0.keepAliveInterval = .milliseconds(100)
        }
        #expect(error == .serverVanished)
        #expect(session.doubtfulLines == DoubtfulLines(last: ["one"], count: 1))
        #expect(session.hasQuit == quits)
    }

    /// Its machine answers no more, but its own last bytes are on their way already.
    @Test(arguments: TransportKind.allCases)
    func aServerThatSaysGoodbyeBeforeALineHasArrivedEndsTheChatTooEarly(kind: TransportKind) throws {
        let typed = try TestPipe()
        let isSaid = Lock(false)
        let server = try ScriptedServer(kind) { client in
            try client.handshake()
            _ = try client.next()
            try client.vanish()
            try client.send("go")
            Self.wait { isSaid.withLock { $0 } }
            try client.sayGoodbye()
        }
        let interface = RecordingInterface { _ in try typed.write("one\n") }
        interface.whenTaken = { actions in
            if actions == [.line("one")] { try typed.write("two\n") }
            if actions == [.line("two")] { isSaid.withLock { $0 = true } }
        }
        let session = try ChatSession(ClientConfiguration(kind, port: server.port))
        #expect(throws: ClientError.endedEarly) { try session.chat(input: typed.output, over: interface) }
        #expect(session.doubtfulLines.last.first == "one")
        _ = server.finish()
    }

    @Test func noMoreIsTakenOnceSoMuchIsUnderWayAndNotBefore() throws {
        // With the name's frame of 9 bytes and a header of 4 for each line it is 32 KiB to the byte.
        let lengths = [Int](repeating: 4_095, count: 7) + [4_062]
        let lines = lengths.map { String(repeating: "x", count: $0) }
        #expect(9 + lengths.reduce(0) { $0 + 4 + $1 } == 32_768)
        let text = lines.map { $0 + "\n" }.joined()
        let (error, session) = try chatIntoTheVoid(.plain, typing: text, andThen: "more\n")
        #expect(error == .serverVanished)
        #expect(session.doubtfulLines.count == lines.count)
    }

    // MARK: Waiting

    /// It may be a matter of milliseconds or of hours, and nobody wakes who waits for it.
    @Test func whatIsUnderWayIsLookedAtNowAndThenAndNotAllTheTime() throws {
        let interface = AttentiveInterface()
        let (error, _) = try chatIntoTheVoid(.plain, typing: "one\n", over: interface)
        #expect(error == .serverVanished)
        // First after 10 ms and then ever less often, for two seconds.
        #expect((8...60).contains(interface.rounds), "\(interface.rounds)")
    }

    @Test func waitingForAServerThatIsSilentCostsNothing() throws {
        let isOver = Lock(false)
        let server = try ScriptedServer(.plain) { _ in Self.wait { isOver.withLock { $0 } } }
        var configuration = try ClientConfiguration(.tls, port: server.port)
        configuration.connectTimeout = .seconds(1)
        var before = timespec()
        var after = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before)
        #expect(throws: ClientError.handshakeTimedOut) { _ = try ChatSession(configuration) }
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after)
        let nanoseconds = (after.tv_sec - before.tv_sec) * 1_000_000_000 + after.tv_nsec - before.tv_nsec
        #expect(nanoseconds < 80_000_000)
        isOver.withLock { $0 = true }
        _ = server.finish()
    }

    /// Else a server that takes nobody in without it would never say a word.
    @Test(arguments: TransportKind.allCases)
    func theNameIsSentAtOnceAndNotWithTheNextLine(kind: TransportKind) throws {
        let server = try ScriptedServer(kind) { client in
            try client.handshake()
            #expect(try client.next() == "aisha")
            try client.sayGoodbye()
        }
        var configuration = try ClientConfiguration(kind, port: server.port)
        configuration.keepAliveInterval = .seconds(3_600)
        let session = try ChatSession(configuration)
        #expect(throws: ClientError.endedByServer) { try session.chat(input: -1, over: RecordingInterface()) }
        #expect(!session.hasQuit)
        _ = server.finish()
    }

    @Test(arguments: TransportKind.allCases)
    func signalsAndTheInterfacesOwnTimeReachItWhileNothingElseHappens(kind: TransportKind) throws {
        let isOver = Lock(false)
        let server = try ScriptedServer(kind) { client in
            try client.handshake()
            _ = try client.next()
            Self.wait { isOver.withLock { $0 } }
            try client.sayGoodbye()
        }
        let interface = AttentiveInterface()
        interface.signal = try TestPipe(holding: "s")
        interface.deadline = .now + .milliseconds(50)
        interface.whenDone = { isOver.withLock { $0 = true } }
        let session = try ChatSession(ClientConfiguration(kind, port: server.port))
        #expect(throws: ClientError.endedByServer) { try session.chat(input: -1, over: interface) }
        #expect(interface.signalsTaken == 1)
        #expect(interface.deadline == .never)
        _ = server.finish()
    }

    @Test(arguments: TransportKind.allCases)
    func nothingIsShownWhileTheOutputIsFullAndEverythingAfterwards(kind: TransportKind) throws {
        let server = try ScriptedServer(kind) { client in
            try client.handshake()
            for number in 1...3 { try client.send("message \(number)") }
            _ = try client.next()
            // The keyboard is heard all the same.
            #expect(try client.next() == "hello")
            try client.sayGoodbye()
            try client.readToEnd()
        }
        let typed = try TestPipe()
        let interface = AttentiveInterface()
        interface.isFull = true
        interface.whenRound = { round in if round == 1 { try typed.write("hello\n") } }
        interface.whenTaken = { _ in
            #expect(interface.shown.isEmpty)
            interface.isFull = false
        }
        let session = try ChatSession(ClientConfiguration(kind, port: server.port))
        interface.deadline = .now
        #expect(throws: ClientError.endedByServer) { try session.chat(input: typed.output, over: interface) }
        #expect(interface.shown == (1...3).map { "message \($0)" })
        #expect(server.finish().error == nil)
    }

    /// Types `text`, and `more` once that is taken, to a server whose machine is gone right behind the handshake.
    private func chatIntoTheVoid(
        _ kind: TransportKind,
        typing text: String,
        andThen more: String = "",
        over interface: any ChatInterface = RecordingInterface(),
        _ change: (inout ClientConfiguration) -> Void = { _ in }
    ) throws -> (error: ClientError?, session: ChatSession) {
        let isGone = Lock(false)
        let isOver = Lock(false)
        let server = try ScriptedServer(kind) { client in
            try client.handshake()
            try client.vanish()
            isGone.withLock { $0 = true }
            Self.wait { isOver.withLock { $0 } }
        }
        defer {
            isOver.withLock { $0 = true }
            _ = server.finish()
        }
        var configuration = try ClientConfiguration(kind, port: server.port)
        configuration.vanishedTimeout = .seconds(2)
        change(&configuration)
        let typed = try TestPipe(holding: text)
        var linesLeft = text.count { $0 == "\n" }
        (interface as? RecordingInterface)?.whenTaken = { actions in
            linesLeft -= actions.count
            if linesLeft == 0 { try typed.write(more) }
        }
        let session = try ChatSession(configuration)
        Self.wait { isGone.withLock { $0 } }
        do throws(ClientError) {
            try session.chat(input: typed.output, over: interface)
            return (nil, session)
        } catch { return (error, session) }
    }

    private static func wait(until isDone: () -> Bool) {
        let deadline = MonotonicTime.now + .seconds(60)
        var none: [Polling.Entry] = []
        while !isDone(), MonotonicTime.now < deadline {
            Polling.wait(for: &none, until: .now + .milliseconds(2))
        }
    }
}
