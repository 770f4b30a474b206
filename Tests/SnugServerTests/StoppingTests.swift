// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugServer
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct StoppingTests {
    @Test(arguments: TransportKind.allCases)
    func whatWasAcceptedIsDeliveredBeforeEveryoneIsSaidGoodbyeTo(kind: TransportKind) throws {
        let running = try RunningServer { $0.limits.lineRate = LineRate(burst: 1, perSecond: 1) }
        let aisha = try TestClient(kind, port: running.port(kind), name: "aisha")
        let ben = try TestClient(kind, port: running.port(kind), name: "ben")
        try aisha.expect("* ben joined the chat *")
        // All but the first wait for the rate limit in the server when it is told to stop.
        for number in 1...20 { try ben.send("line \(number)") }
        try aisha.expect("ben: line 1")
        running.server.stop()
        for number in 2...20 { try aisha.expect("ben: line \(number)") }
        #expect(try aisha.expectEnd() == nil)
        #expect(try ben.expectEnd() == nil)
        aisha.close()
        ben.close()
        running.server.waitUntilStopped()
        #expect(running.log.last == "stopped")
    }

    @Test(arguments: TransportKind.allCases)
    func stoppingDeliversEvenMoreThanMayWaitForAMemberOtherwise(kind: TransportKind) throws {
        let running = try RunningServer {
            $0.limits.lineRate = LineRate(burst: 1, perSecond: 1)
            $0.limits.backlogBytes = 16_384
            $0.limits.drainTimeout = .seconds(60)
        }
        let witness = try TestClient(kind, port: running.port(kind), name: "witness")
        let talkers = try (1...40).map { number in
            try TestClient(kind, port: running.port(kind), name: "talker\(number)")
        }
        try witness.skip(to: "* talker40 joined the chat *")
        for (index, talker) in talkers.enumerated() {
            let filling = String(repeating: "x", count: 480)
            let lines = try (1...40).flatMap { try FrameEncoder.frame("\(index + 1) says \($0) \(filling)") }
            try talker.send(raw: lines)
        }
        running.server.stop()
        let seen = try witness.collectUntilEnd()
        for index in 1...40 {
            let numbers = seen.filter { $0.hasPrefix("talker\(index): ") }.map { $0.split(separator: " ")[3] }
            #expect(numbers == (1...40).map { "\($0)" })
        }
        for talker in talkers { talker.close() }
        running.server.waitUntilStopped()
    }

    @Test(arguments: TransportKind.allCases)
    func aMemberThatReadsNothingDelaysTheEndByTwoSecondsAtMost(kind: TransportKind) throws {
        let running = try RunningServer { $0.limits.lineRate = .unlimited }
        let stalled = try TestClient(kind, port: running.port(kind), name: "stalled")
        let talker = try TestClient(kind, port: running.port(kind), name: "talker")
        for _ in 0..<2_000 { try talker.send(String(repeating: "x", count: 500)) }
        let start = MonotonicTime.now
        running.stop()
        #expect(start.duration(to: .now) < .seconds(5))
        stalled.close()
        talker.close()
    }

    @Test func aFloodDoesNotKeepTheServerFromStoppingAndTheOthersLastLinesAreDelivered() throws {
        let running = try RunningServer { $0.limits.lineRate = LineRate(burst: 1, perSecond: 1) }
        let witness = try TestClient(.plain, port: running.port(.plain), name: "witness")
        let flooders = try (1...100).map { number in
            try TestClient(.plain, port: running.port(.plain), name: "flooder\(number)")
        }
        let aisha = try TestClient(.plain, port: running.port(.plain), name: "aisha")
        try witness.skip(to: "* aisha joined the chat *")
        let flood = Array(repeatElement(try FrameEncoder.frame("x"), count: 12_000).joined())
        for flooder in flooders { try flooder.send(raw: flood) }
        for number in 1...5 { try aisha.send("line \(number)") }
        try witness.skip(to: "aisha: line 1")
        let start = MonotonicTime.now
        running.server.stop()
        let seen = try witness.collectUntilEnd()
        #expect(seen.filter { $0.hasPrefix("aisha: ") } == (2...5).map { "aisha: line \($0)" })
        running.server.waitUntilStopped()
        // Without a bound it takes half a minute.
        #expect(start.duration(to: .now) < .seconds(10))
        for client in flooders + [aisha] { client.close() }
    }

    @Test func aNewCertificateServesNewConnectionsAndOldOnesStay() throws {
        try withServer { running in
            let old = try TestClient(.tls, port: running.port(.tls), name: "old")
            running.server.reload(try TestAuthority().serverContext())
            #expect(throws: TransportError.self) { try TestClient(.tls, port: running.port(.tls)) }
            running.server.reload(try TestAuthority.shared.serverContext())
            let new = try TestClient(.tls, port: running.port(.tls), name: "new")
            try old.expect("* new joined the chat *")
            try old.send("still here")
            try new.expect("old: still here")
        }
    }
}
