// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugRooms
import SnugServer
import SnugTransport
import TestSupport
import Testing

/// At level 1 as well, who is gone costs nothing, and neither does who does not read: no memory, and nothing in the kernel.
@Suite(.timeLimit(.minutes(30))) struct LevelOneGhostTests {
    private static let text = String(repeating: "x", count: 490)

    private static func lines(_ count: Int) throws -> [UInt8] {
        try (1...count).flatMap {
            try FrameEncoder.frame(#"{"type":"say","room":"main","text":"\#($0) \#(text)"}"#)
        }
    }

    /// Of the stay nobody is told before it is certain that nobody comes back to it.
    @Test(arguments: TransportKind.allCases, GhostTests.Disappearance.allCases)
    func ofWhoIsGoneAtMostTenMoreLinesAreSaidAndItsNameIsFreeOnceItsStayIsOver(
        kind: TransportKind,
        disappearance: GhostTests.Disappearance
    ) throws {
        let server = try ClockedServer { $0.limits.lineRate = LineRate(burst: 10, perSecond: 5) }
        defer { server.stop() }
        let witness = try TestClient(kind, port: server.port(kind), name: "witness")
        let ghost = try JSONClient(kind, port: server.port(kind), name: "ghost")
        try witness.expect("* ghost joined the chat *")
        // More than the server reads ahead of the rate: it notices although it reads nothing.
        try ghost.stream.send(raw: Self.lines(200))
        try witness.expect("ghost: 1 \(Self.text)")
        try disappearance.happen(to: ghost.stream)
        try server.expectLog("left as ghost")
        server.pass(seconds: 61)
        let said = try witness.skip(to: "* ghost left *")
        #expect(said.count < 60)
        #expect(said == (2..<said.count + 2).map { "ghost: \($0) \(Self.text)" })
        let successor = try JSONClient(kind, port: server.port(kind), name: "ghost")
        try witness.expect("* ghost joined the chat *")
        successor.stream.close()
    }

    /// Its questions stay in the kernel until it reads the answers.
    @Test(arguments: [
        #"{"type":"who","room":"main"}"#, #"{"type":"rooms"}"#, #"{"type":"bans"}"#, #"{"type":"dance"}"#,
        #"{"type":"direct","to":"nobody","text":"x"}"#, "no message",
    ])
    func ofWhoDoesNotReadItsAnswersNoMoreQuestionsAreRead(question: String) throws {
        let room = try TestRoom {
            $0.lineRate = .unlimited
            $0.backlogBytes = 65_536
        }
        try room.expectToReadNoMoreQuestions(of: room.enter("ann", at: .typed), question, perTurn: 20)
    }

    @Test(arguments: TransportKind.allCases)
    func whoIsDroppedBecauseItReadsNothingLeavesNothingInTheKernel(kind: TransportKind) throws {
        let configure: (inout ServerConfiguration) -> Void = {
            $0.limits.backlogBytes = 65_536
            $0.limits.writeTimeout = .milliseconds(300)
        }
        try withQuickServer(configure) { running in
            let talker = try TestClient(kind, port: running.port(kind), name: "talker")
            let stalled = try JSONClient(kind, port: running.port(kind), name: "stalled", rooms: ["tea"])
            try talker.send(raw: (1...5_000).flatMap { _ in try FrameEncoder.frame(Self.text) })
            try running.expectLog("left as stalled: slow reader")
            try KernelSockets.waitUntilReset(stalled.stream.connection.descriptor, by: running.port(kind))
            stalled.stream.close()
        }
    }

    @Test(arguments: TransportKind.allCases)
    func whoSaysGoodbyeAndReadsNothingLeavesNothingInTheKernelEither(kind: TransportKind) throws {
        try withQuickServer({ $0.limits.writeTimeout = .milliseconds(300) }) { running in
            let stalled = try JSONClient(kind, port: running.port(kind), name: "stalled")
            // What it gets fits the kernel's buffers, ours and its own, but not its own alone.
            try stalled.stream.send(
                raw: (1...1_500).flatMap { _ in try FrameEncoder.frame(#"{"type":"who","room":"main"}"#) }
            )
            try stalled.stream.finish()
            try running.expectLog("left as stalled")
            try KernelSockets.waitUntilReset(stalled.stream.connection.descriptor, by: running.port(kind))
            stalled.stream.close()
        }
    }
}
