// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem
import SnugTransport
import TestSupport
import Testing

/// A real server whose peers, kernel or clock do what is rare: its members chat on, and nothing is left behind.
@Suite(.timeLimit(.minutes(30))) struct AdversityTests {
    // MARK: Peers

    @Test func whoResetsBeforeBeingAcceptedCostsNothing() throws {
        let server = try ServerProcess(plain: true)
        let witnesses = try Witnesses(port: server.port)
        let before = Inspection.isAllowed ? try server.descriptorCount() : 0
        try server.process.pause()
        for number in 0..<200 {
            let peer = try SilentPeer(port: server.port(number % 2 == 0 ? .tls : .plain))
            // Half of them have said something that the server will find.
            if number % 4 < 2 { try peer.send(CraftedHello.tls13.records) }
            peer.reset()
        }
        server.process.resume()
        try witnesses.expectToSeeNothingElse()
        if Inspection.isAllowed {
            #expect(try Inspection.comesTrue { try server.descriptorCount() == before })
        }
        #expect(try server.stop() == 0)
        #expect(!server.process.lines(of: .errors).contains { $0.contains("cannot accept") })
    }

    @Test func aStormOfResetsAfterTheHandshakeLeavesNothingBehind() throws {
        let server = try ServerProcess()
        let witnesses = try Witnesses(port: server.port)
        let before = Inspection.isAllowed ? try server.descriptorCount() : 0
        for number in 0..<300 {
            let peer = try TestClient(.tls, port: server.port)
            if number % 3 > 0 { try peer.send("guest\(number)") }
            if number % 3 > 1 { try peer.skip(to: "* guest\(number) joined the chat *") }
            peer.connection.reset()
        }
        if Inspection.isAllowed {
            #expect(try Inspection.comesTrue { try server.descriptorCount() == before })
        }
        let seen = try witnesses.expectToChatOn()
        let came = seen.filter { $0.hasSuffix(" joined the chat *") }
        #expect(came.count >= 100 && came.count + seen.count { $0.hasSuffix(" left *") } == seen.count)
        #expect(try server.stop() == 0)
    }

    @Test func aFloodOfHandshakesIsWorkedOffBehindWhatMembersSay() throws {
        let server = try ServerProcess()
        let aisha = try TestClient(.tls, port: server.port, name: "aisha")
        let ben = try TestClient(.tls, port: server.port, name: "ben")
        try aisha.expect("* ben joined the chat *")
        try server.process.pause()
        let flood = try (0..<400).map { _ in
            let peer = try SilentPeer(port: server.port)
            try peer.send(CraftedHello.tls13.records)
            return peer
        }
        try ben.send("first")
        server.process.resume()
        try aisha.expect("ben: first")
        // One thread for everything would have handled about as many of them as there are.
        #expect(flood.count { $0.hasAnswer() } < flood.count / 2)
        for number in 1...5 {
            try aisha.send("\(number)")
            try ben.skip(to: "aisha: \(number)")
        }
        #expect(Inspection.comesTrue { flood.allSatisfy { $0.hasAnswer() } })
        for peer in flood { peer.close() }
        #expect(try server.stop() == 0)
    }

    @Test func aTLS12ClientThatRenegotiatesIsDroppedAndNobodyElseNotices() throws {
        let server = try ServerProcess(["--tls=compat"])
        let witnesses = try Witnesses(port: server.port)
        let mallory = try ChildProcess(
            "/usr/bin/openssl",
            ["s_client", "-connect", "127.0.0.1:\(server.port)", "-CAfile", server.authority, "-tls1_2"]
        )
        try mallory.write([0, 0, 0, 7] + Array("mallory".utf8))
        try witnesses.expect("* mallory joined the chat *")
        // What makes openssl renegotiate (openssl-s_client(1), "Connected commands").
        try mallory.write(Array("R\n".utf8))
        try witnesses.expect("* mallory left *")
        try server.expectLog("left as mallory: an attempt to renegotiate")
        try witnesses.expectToSeeNothingElse()
        #expect(try server.stop() == 0)
    }

    // MARK: Kernel

    @Test(
        .enabled(if: SystemCallTrace.isAllowed, SystemCallTrace.whyNot),
        arguments: ["EMFILE", "ENFILE", "ENOMEM", "ENOBUFS", "ECONNABORTED", "EPROTO", "EINTR"]
    )
    func noErrorOfAcceptEndsTheServerOrItsDoor(error: String) throws {
        let server = try ServerProcess()
        let witnesses = try Witnesses(port: server.port)
        let injected = 3
        let trace = try SystemCallTrace(
            of: server.process.pid,
            ["-e", "inject=accept4:error=\(error):when=1..\(injected)"]
        )
        // For want of descriptors one may be turned away.
        #expect(
            Inspection.comesTrue {
                guard let guest = try? TestClient(.tls, port: server.port, name: "guest") else {
                    return false
                }
                guest.close()
                return true
            }
        )
        let calls = try trace.stop().filter { $0.name == "accept4" }
        #expect(calls.count { $0.result?.contains("INJECTED") == true } == injected)
        // It does not spin: as many as failed, one more for each who came, and those that find nobody.
        #expect(calls.count < 20)
        for what in ["joined the chat", "left"] { try witnesses.expect("* guest \(what) *") }
        try witnesses.expectToSeeNothingElse()
        #expect(try server.stop() == 0)
    }

    @Test(.enabled(if: SystemCallTrace.isAllowed, SystemCallTrace.whyNot), arguments: ["EMFILE", "ENOMEM"])
    func aDoorThatCannotOpenForLongDoesNotSpin(error: String) throws {
        let server = try ServerProcess()
        let witnesses = try Witnesses(port: server.port)
        let seconds = 2
        let trace = try SystemCallTrace(
            of: server.process.pid,
            ["-e", "inject=accept4:error=\(error)"],
            seconds: seconds
        )
        let waiting = try SilentPeer(port: server.port)
        let calls = try trace.waitUntilDetached().count { $0.name == "accept4" }
        // Two for each attempt at most, and ten attempts a second.
        #expect((2...seconds * 25).contains(calls), "\(calls) calls")
        try witnesses.expectToSeeNothingElse()
        waiting.close()
        #expect(try server.stop() == 0)
    }

    @Test func aServerThatIsKilledIsReplacedOnItsPortAtOnce() throws {
        let killed = try ServerProcess()
        let member = try TestClient(.tls, port: killed.port, name: "aisha")
        killed.process.signal(SIGKILL)
        #expect(try member.expectEnd() != nil, "an end without a goodbye is not taken for one")
        #expect(try killed.process.waitForExit() == 128 + SIGKILL)
        let next = try ServerProcess(["--port=\(killed.port)"])
        #expect(next.port == killed.port)
        try Witnesses(port: next.port).expectToSeeNothingElse()
        #expect(try next.stop() == 0)
    }

    // MARK: Time

    @Test func aServerThatWasStoppedForAWhileDropsOnlyWhoWasSilent() throws {
        let server = try ServerProcess(["--idle-timeout=10"])
        let talker = try TestClient(.tls, port: server.port, name: "talker")
        let silent = try TestClient(.tls, port: server.port, name: "silent")
        try talker.expect("* silent joined the chat *")
        try server.process.pause()
        try talker.send("said while the server stood still")
        #expect(!Self.passes(.seconds(11)) { silent.hasSomething })
        server.process.resume()
        #expect(try silent.collectUntilEnd().contains { $0.hasPrefix("* nothing came in") })
        try talker.expect("* silent left *")
        try talker.send("/who")
        try talker.expect("* online: talker *")
        #expect(try server.stop() == 0)
    }

    @Test(.enabled(if: FakedTime.isAvailable, FakedTime.whyNot))
    func aWallClockThatJumpsADayChangesNothingForThoseWhoAreIn() throws {
        let time = try FakedTime()
        // The clock that stands in reads a file at each call.
        let server = try ServerProcess(
            ["--idle-timeout=60", "--auth-timeout=60", "--no-sandbox"],
            environment: time.environment
        )
        let witnesses = try Witnesses(port: server.port)
        let stranger = try TestClient(.tls, port: server.port)
        let today = try server.expectLog("joined as ben").prefix(10)
        for (jump, guest) in [("+1d", "future"), ("-1d", "past")] {
            try time.set(jump)
            let visitor = try TestClient(.tls, port: server.port, name: guest)
            // The server does live in another day.
            #expect(try server.expectLog("joined as \(guest)").prefix(10) != today)
            visitor.close()
            for what in ["joined the chat", "left"] { try witnesses.expect("* \(guest) \(what) *") }
            try witnesses.expectToSeeNothingElse()
        }
        try stranger.send("stranger")
        try stranger.expect("* stranger joined the chat *")
        stranger.close()
        #expect(try server.stop() == 0)
    }

    /// Whether something comes true within `time`.
    private static func passes(_ time: Duration, _ condition: () -> Bool) -> Bool {
        let deadline = MonotonicTime.now + time
        var nothing: [Polling.Entry] = []
        while !condition() {
            guard MonotonicTime.now < deadline else { return false }
            Polling.wait(for: &nothing, until: .now + .milliseconds(20))
        }
        return true
    }

    // MARK: Memory

    @Test(.enabled(if: Inspection.isAllowed && !Inspection.isSanitized, Inspection.whyNot))
    func aThousandVisitsLeaveTheMemoryWhereItWas() throws {
        let server = try ServerProcess(["--rate=0"])
        let witnesses = try Witnesses(port: server.port)
        for number in 0..<300 { try visit(server, number) }
        try witnesses.expectToChatOn()
        let before = try Inspection.residentBytes(of: server.process.pid)
        for number in 0..<1_000 { try visit(server, number) }
        try witnesses.expectToChatOn()
        let after = try Inspection.residentBytes(of: server.process.pid)
        // A kilobyte for each would be a megabyte.
        #expect(after - before < 1_048_576, "\(before) bytes, then \(after)")
        #expect(try server.stop() == 0)
    }

    /// Comes, talks and goes, in one of several ways.
    private func visit(_ server: ServerProcess, _ number: Int) throws {
        let visitor = try TestClient(.tls, port: server.port)
        try visitor.send("visitor\(number)")
        try visitor.skip(to: "* visitor\(number) joined the chat *")
        for line in ["hello", "/who", "/nick someone\(number)", "/unknown"] { try visitor.send(line) }
        switch number % 4 {
        case 0:
            try visitor.send("/quit")
            _ = try visitor.collectUntilEnd()
        case 1:
            try visitor.finish()
            _ = try visitor.collectUntilEnd()
        case 2: visitor.connection.reset()
        default: try visitor.send(raw: [0, 0, 1, 0, 65])
        }
        visitor.close()
    }
}

extension TestClient {
    /// Whether something can be read, or the connection has ended.
    fileprivate var hasSomething: Bool {
        var entries = [Polling.Entry(connection.descriptor ?? -1, for: .readable)]
        Polling.wait(for: &entries, until: .now)
        return !entries[0].readiness.isEmpty
    }
}
