// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugServer
import SnugSystem
import SnugTransport
import TestSupport
import Testing

/// Who is gone costs nothing: no memory, no name, no place, and no line that is said for hours.
@Suite(.timeLimit(.minutes(30))) struct GhostTests {
    /// The ways in which a peer can be gone.
    enum Disappearance: CaseIterable {
        case closes, closesAfterGoodbye, resets

        func happen(to client: TestClient) throws {
            switch self {
            case .closes: client.close()
            case .closesAfterGoodbye:
                try client.finish()
                client.close()
            case .resets: client.reset()
            }
        }
    }

    private static func lines(_ count: Int) throws -> [UInt8] {
        try (1...count).flatMap { try FrameEncoder.frame("line \($0)") }
    }

    @Test(arguments: TransportKind.allCases, Disappearance.allCases)
    func ofWhoIsGoneAtMostTenMoreLinesAreSaidAndNameAndPlaceAreFree(
        kind: TransportKind,
        disappearance: Disappearance
    ) throws {
        try withServer({ $0.limits.members = 2 }) { running in
            let witness = try TestClient(kind, port: running.port(kind), name: "witness")
            let ghost = try TestClient(kind, port: running.port(kind), name: "ghost")
            try witness.expect("* ghost joined the chat *")
            try ghost.send(raw: Self.lines(500))
            try witness.expect("ghost: line 1")
            try disappearance.happen(to: ghost)
            let said = try witness.skip(to: "* ghost left *")
            // Ten were said at once, a few more at the rate until it was gone, and then the last ten.
            #expect(said.count < 40)
            #expect(said == (2..<said.count + 2).map { "ghost: line \($0)" })
            let successor = try TestClient(kind, port: running.port(kind), name: "ghost")
            try witness.expect("* ghost joined the chat *")
            successor.close()
        }
    }

    @Test(arguments: TransportKind.allCases)
    func aHangUpIsNoticedEvenWhileTheServerReadsNothing(kind: TransportKind) throws {
        try withServer { running in
            let witness = try TestClient(kind, port: running.port(kind), name: "witness")
            let ghost = try TestClient(kind, port: running.port(kind), name: "ghost")
            // More than the server reads ahead of the rate.
            let flood = try (1...100).flatMap { _ in
                try FrameEncoder.frame(String(repeating: "x", count: 1_000))
            }
            try ghost.send(raw: flood)
            try witness.expect("* ghost joined the chat *")
            ghost.close()
            #expect(try witness.skip(to: "* ghost left *").count < 40)
        }
    }

    @Test(arguments: TransportKind.allCases)
    func aFilterThatHasEndedItsInputHasEverythingSaidAndHearsThatTheServerStillWorks(kind: TransportKind)
        throws
    {
        try withServer({ $0.limits.lineRate = LineRate(burst: 1, perSecond: 10) }) { running in
            let witness = try TestClient(kind, port: running.port(kind), name: "witness")
            let filter = try TestClient(kind, port: running.port(kind), name: "filter")
            try filter.send(raw: Self.lines(30))
            try filter.finish()
            try witness.expect("* filter joined the chat *")
            for number in 1...30 { try witness.expect("filter: line \(number)") }
            try witness.expect("* filter left *")
            #expect(try filter.expectEnd() == nil)
            // Three seconds, with a word at the beginning and one for each second.
            #expect((2...6).contains(filter.stillHereCount))
        }
    }

    @Test(arguments: TransportKind.allCases)
    func whoQuitsBehindManyLinesIsOutAtOnceAndToldHowManyWereNotSaid(kind: TransportKind) throws {
        try withServer({ $0.limits.lineRate = LineRate(burst: 1, perSecond: 1) }) { running in
            let witness = try TestClient(kind, port: running.port(kind), name: "witness")
            let quitter = try TestClient(kind, port: running.port(kind), name: "quitter")
            try quitter.send(raw: Self.lines(100) + FrameEncoder.frame(" /QUIT "))
            try witness.expect("* quitter joined the chat *")
            for number in 1...11 { try witness.expect("quitter: line \(number)") }
            try witness.expect("* quitter left *")
            // The rest, and the command itself.
            try quitter.expect("* 90 lines of yours came too late to be said: your stay had ended *")
            #expect(try quitter.expectEnd() == nil)
        }
    }

    @Test(arguments: TransportKind.allCases)
    func emptyFramesCostNoneOfTheRate(kind: TransportKind) throws {
        try withServer({ $0.limits.lineRate = LineRate(burst: 2, perSecond: 1) }) { running in
            let witness = try TestClient(kind, port: running.port(kind), name: "witness")
            let talker = try TestClient(kind, port: running.port(kind), name: "talker")
            try talker.send(raw: Array(repeating: 0, count: 4 * 5_000) + Self.lines(2))
            try witness.expect("* talker joined the chat *")
            let start = MonotonicTime.now
            for number in 1...2 { try witness.expect("talker: line \(number)") }
            #expect(start.duration(to: .now) < .seconds(30), "at the rate it would take more than an hour")
        }
    }

    @Test(arguments: TransportKind.allCases)
    func whoDoesNotReadItsAnswersGetsNoMoreOfThemThanMayWait(kind: TransportKind) throws {
        let configure: (inout ServerConfiguration) -> Void = {
            $0.limits.lineRate = LineRate(burst: 100_000, perSecond: 100_000)
            $0.limits.backlogBytes = 65_536
            $0.limits.writeTimeout = .milliseconds(300)
        }
        try withServer(configure) { running in
            let witness = try TestClient(kind, port: running.port(kind), name: "witness")
            let asker = try TestClient(kind, port: running.port(kind), name: "asker")
            try witness.expect("* asker joined the chat *")
            let question = try FrameEncoder.frame("/help")
            // It is dropped while it asks, or for taking nothing.
            _ = try? asker.send(raw: (1...100_000).flatMap { _ in question })
            try witness.expect("* asker left *")
            try running.expectLog("slow reader")
        }
    }

    @Test(arguments: TransportKind.allCases)
    func whoWasDroppedOrDoesNotTakeItsGoodbyeLeavesNothingInTheKernel(kind: TransportKind) throws {
        let configure: (inout ServerConfiguration) -> Void = {
            $0.limits.lineRate = .unlimited
            $0.limits.backlogBytes = 65_536
            $0.limits.writeTimeout = .milliseconds(300)
        }
        try withServer(configure) { running in
            let talker = try TestClient(kind, port: running.port(kind), name: "talker")
            let stalled = try TestClient(kind, port: running.port(kind), name: "stalled")
            let line = String(repeating: "x", count: 500)
            for _ in 1...5_000 { try talker.send(line) }
            try talker.skip(to: "* stalled left *")
            try KernelSockets.waitUntilReset(stalled.connection.descriptor, by: running.port(kind))
            stalled.close()
        }
    }

    @Test(arguments: TransportKind.allCases)
    func whoHalfClosesAndReadsNothingLeavesNothingInTheKernelEither(kind: TransportKind) throws {
        try withQuickServer { running in
            let witness = try TestClient(kind, port: running.port(kind), name: "witness")
            let stalled = try TestClient(kind, port: running.port(kind), name: "stalled")
            // What it gets fits the kernel's buffers, ours and its own, but not its own alone.
            try stalled.send(raw: (1...1_500).flatMap { _ in try FrameEncoder.frame("/help") })
            try stalled.finish()
            try witness.skip(to: "* stalled left *")
            try KernelSockets.waitUntilReset(stalled.connection.descriptor, by: running.port(kind))
            stalled.close()
        }
    }
}
