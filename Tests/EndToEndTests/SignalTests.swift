// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem
import SnugTransport
import TestSupport
import Testing

/// What an operator does to a server that people are using.
@Suite(.timeLimit(.minutes(30))) struct SignalTests {
    @Test(arguments: [SIGTERM, SIGINT])
    func aServerThatIsToldToStopDeliversSaysGoodbyeAndExitsWithZero(signal: Int32) throws {
        let server = try ServerProcess(["--rate=1/1"], plain: true)
        let aisha = try TestClient(.tls, port: server.port(.tls), name: "aisha")
        let ben = try TestClient(.plain, port: server.port(.plain), name: "ben")
        try aisha.expect("* ben joined the chat *")
        // All but the first wait for the rate limit in the server when it is told to stop.
        for number in 1...5 { try ben.send("line \(number)") }
        try aisha.expect("ben: line 1")
        server.process.signal(signal)
        for number in 2...5 { try aisha.expect("ben: line \(number)") }
        #expect(try aisha.expectEnd() == nil)
        #expect(try ben.expectEnd() == nil)
        aisha.close()
        ben.close()
        #expect(try server.process.waitForExit() == 0)
        #expect(server.process.lines(of: .errors).last?.hasSuffix("stopped") == true)
    }

    @Test func aMemberThatReadsNothingDoesNotKeepAServerFromStopping() throws {
        let server = try ServerProcess(["--rate=0"])
        let stalled = try TestClient(.tls, port: server.port, name: "stalled")
        let talker = try TestClient(.tls, port: server.port, name: "talker")
        for _ in 0..<1_000 { try talker.send(String(repeating: "x", count: 500)) }
        let start = MonotonicTime.now
        #expect(try server.stop() == 0)
        // Two seconds, and what a busy machine takes to notice.
        #expect(start.duration(to: .now) < .seconds(20))
        stalled.close()
        talker.close()
    }

    @Test func aServerWhoseLogNobodyReadsAnyMoreGoesOn() throws {
        let server = try ServerProcess()
        server.process.stopReading(.errors)
        let aisha = try TestClient(.tls, port: server.port, name: "aisha")
        let ben = try TestClient(.tls, port: server.port, name: "ben")
        try aisha.expect("* ben joined the chat *")
        try ben.send("still there?")
        try aisha.expect("ben: still there?")
        aisha.close()
        ben.close()
        #expect(try server.stop() == 0)
    }

    @Test(arguments: StartMistake.withFiles.filter { $0.options.isEmpty })
    func aReloadThatWouldNotWorkChangesNothingAndSaysWhy(mistake: StartMistake) throws {
        let server = try ServerProcess()
        let old = try TestClient(.tls, port: server.port, name: "old")
        try mistake.prepare(server.folder)
        server.process.signal(SIGHUP)
        let line = try server.expectLog("not reloaded, the old ones stay in use: ")
        #expect(line.contains(mistake.error))
        let new = try TestClient(.tls, port: server.port, name: "new")
        try old.expect("* new joined the chat *")
        new.close()
        old.close()
        #expect(try server.stop() == 0)
    }

    @Test func aReloadServesNewConnectionsWithTheNewCertificateAndKeepsTheOldOnes() throws {
        let server = try ServerProcess()
        let old = try TestClient(.tls, port: server.port, name: "old")
        let other = try TestAuthority()
        try server.folder.write(other.certificate, to: "server")
        server.process.signal(SIGHUP)
        try server.expectLog("certificate and key reloaded, in use for new connections")
        #expect(throws: TransportError.self) { try TestClient(.tls, port: server.port) }
        try server.folder.write(other.authorityPEM, to: "ca.pem", mode: 0o644)
        let new = try ClientProcess.start("new", port: server.port, authority: server.authority)
        try old.expect("* new joined the chat *")
        try old.send("still here")
        try new.expect("old: still here")
        #expect(try new.finish() == 0)
        old.close()
        #expect(try server.stop() == 0)
    }
}
