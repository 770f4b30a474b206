// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import SnugSystem
import SnugTransport
import TestSupport
import Testing

/// Every call that can fail does, once: for each function and each k its k-th call in the life of a connection with a
/// reload, and in a stop.
///
/// `scripts/torture` tries every way in which each may fail; otherwise each call fails in one way.
@Suite(.serialized, .timeLimit(.minutes(60)), .enabled(if: FailingCalls.isPossible, FailingCalls.whyNot))
struct TortureTests {
    private static let isThorough = getenv("SNUG_TORTURE") != nil

    private static let secret = ["CHAT_SECRET": "open sesame"]

    @Test func whateverFailsInOneConnectionAndInAReloadTheOthersGoOn() throws {
        let calls = try FailingCalls()
        let server = try ServerProcess(
            ["--rate=0", "--auth-timeout=5", "--tls=compat"],
            plain: true,
            environment: Self.secret.merging(calls.environment) { $1 }
        )
        let aisha = try Self.join(server, .tls, "aisha")
        let ben = try Self.join(server, .plain, "ben")
        try aisha.expect("* ben joined the chat *")
        var lives = Lives(server: server, calls: calls, aisha: aisha, ben: ben)
        // The first ones start what starts once.
        for _ in 0..<3 { try lives.live(FailingCalls.Target(function: "recv")) }
        let descriptors = try server.descriptorCount()
        let memory = try Self.residentBytes(of: server.process.pid)
        var seed = SeededGenerator(seed: 21)
        for function in FailingCalls.functions {
            try lives.live(FailingCalls.Target(function: function.name))
            let total = calls.calls
            #expect(total > 0 || function.name == Lives.uncalled, "\(function.name) was never called")
            for target in Self.targets(function, total, oneIn: 1, &seed) {
                try lives.live(target)
                let isBack = try Inspection.comesTrue { try server.descriptorCount() <= descriptors }
                #expect(isBack, "\(target): descriptors were not given back")
            }
        }
        // Freed memory does not all go back to the system; a session leaked by each life would be several times this.
        #expect(try Self.residentBytes(of: server.process.pid) < memory + 16 << 20)
        aisha.close()
        ben.close()
        #expect(try server.stop() == 0)
    }

    @Test func whateverFailsWhileItStopsAServerStops() throws {
        var seed = SeededGenerator(seed: 22)
        for function in FailingCalls.functions {
            let total = try stop(FailingCalls.Target(function: function.name))
            for target in Self.targets(function, total, oneIn: 3, &seed) { _ = try stop(target) }
        }
    }

    /// All calls of a function in all ways; otherwise one in so many, in one way each.
    private static func targets(
        _ function: FailingCalls.Function,
        _ total: Int,
        oneIn share: Int,
        _ seed: inout SeededGenerator
    ) -> [FailingCalls.Target] {
        var targets: [FailingCalls.Target] = []
        for number in 0..<total {
            let chosen = Int.random(in: 0..<function.ways, using: &seed)
            let isChosen = Int.random(in: 0..<share, using: &seed) == 0
            for way in 0..<function.ways where isThorough || (isChosen && way == chosen) {
                targets.append(FailingCalls.Target(function: function.name, number: number + 1, way: way))
            }
        }
        return targets
    }

    /// Returns how many calls a stop takes.
    private func stop(_ target: FailingCalls.Target) throws -> Int {
        let calls = try FailingCalls()
        let server = try ServerProcess(
            ["--loops=2"],
            plain: true,
            environment: Self.secret.merging(calls.environment) { $1 }
        )
        let aisha = try Self.join(server, .tls, "aisha")
        let ben = try Self.join(server, .plain, "ben")
        calls.begin(target, sparing: try Self.sockets(of: server.process.pid))
        let start = MonotonicTime.now
        let code = try server.stop()
        #expect(code == 0, "\(target): exit code \(code)")
        #expect(start.duration(to: .now) < .seconds(15), "\(target): it took too long")
        // Their own calls are spared: whatever fails, both are said goodbye to.
        #expect(try aisha.goodbye() == nil, "\(target)")
        #expect(try ben.goodbye() == nil, "\(target)")
        aisha.close()
        ben.close()
        return calls.calls
    }

    static func join(_ server: ServerProcess, _ kind: TransportKind, _ name: String) throws -> TestClient {
        let client = try TestClient(kind, port: server.port(kind))
        try client.send("open sesame")
        try client.expect("ok")
        try client.send(name)
        try client.expect("* \(name) joined the chat *")
        if kind == .plain { try client.expectNotice(containing: "NOT encrypted") }
        return client
    }

    /// The descriptors of sockets that a process has open.
    static func sockets(of pid: pid_t) throws -> [Int] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").compactMap { entry in
            let target = try? FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/\(pid)/fd/\(entry)"
            )
            return target?.hasPrefix("socket:") == true ? Int(entry) : nil
        }
    }

    private static func residentBytes(of pid: pid_t) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(pid)/statm", encoding: .utf8)
        return try #require(Int(status.split(separator: " ")[1])) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}

/// One after the other, connections that come, talk and go while one call fails, beside two members who talk on.
private struct Lives {
    let server: ServerProcess
    let calls: FailingCalls
    let aisha: TestClient
    let ben: TestClient
    private var count = 0

    /// Alerts are for those who break the protocol, which nobody does here.
    static let uncalled = "gnutls_alert_send"

    init(server: ServerProcess, calls: FailingCalls, aisha: TestClient, ben: TestClient) {
        self.server = server
        self.calls = calls
        self.aisha = aisha
        self.ben = ben
    }

    mutating func live(_ target: FailingCalls.Target) throws {
        count += 1
        let start = MonotonicTime.now
        let reloads = Self.reloads(in: server)
        let spared = try TortureTests.sockets(of: server.process.pid)
        calls.begin(target, sparing: spared)
        server.process.signal(SIGHUP)
        try comeTalkAndGo(atLevelOne: Self.tokenCalls.contains(target.function))
        let pid = server.process.pid
        #expect(
            try Inspection.comesTrue { try TortureTests.sockets(of: pid).count <= spared.count },
            "\(target): the connection was not closed"
        )
        // Whatever came of it, the server says so.
        let process = server.process
        try process.wait(for: "word of a reload") { Self.reloads(in: server) > reloads }
        // The log's thread waits for more only behind its last line, which may have been all that it wrote.
        if target.number == 0, target.function != Self.uncalled {
            _ = Inspection.comesTrue { calls.calls > 0 }
        }
        calls.end()
        #expect(start.duration(to: .now) < .seconds(20), "\(target): it took too long")
        let line = "line \(count)"
        try aisha.send(line)
        try ben.skip(to: "aisha: \(line)")
        try ben.send(line)
        try aisha.skip(to: "ben: \(line)")
    }

    /// What tokens take, which there are at level 1 alone.
    private static let tokenCalls = ["gnutls_rnd", "gnutls_hash_fast"]

    /// Who is cut off has to notice; who is not gets everything.
    private func comeTalkAndGo(atLevelOne: Bool) throws {
        do {
            if atLevelOne { return try comeTalkAndGoAtLevelOne() }
            let victim = try TestClient(.tls, port: server.port)
            defer { victim.close() }
            try victim.send("open sesame")
            guard try victim.next() == "ok" else { return }
            try victim.send("victim")
            try victim.send("a line")
            try victim.send("/who")
            while try !victim.next().contains("aisha, ben, victim") {}
            try victim.finish()
            _ = try victim.collectUntilEnd()
        } catch is TransportError {
        } catch is TestClient.Ended {
        } catch is SystemError {
        }
    }

    private func comeTalkAndGoAtLevelOne() throws {
        let victim = try TestClient(levelOne: .tls, port: server.port)
        defer { victim.close() }
        try victim.expectLine(startingWith: #"{"type":"hello","#)
        try victim.send("open sesame")
        guard try victim.next() == #"{"type":"accepted"}"# else { return }
        try victim.send(#"{"type":"enter","name":"victim","rooms":["tea"]}"#)
        try victim.expectLine(startingWith: #"{"type":"entered","#)
        try victim.send(#"{"type":"say","room":"main","text":"a line","ref":"1"}"#)
        while try !victim.next().contains(#""text":"a line""#) {}
        try victim.send(#"{"type":"quit"}"#)
        _ = try victim.collectUntilEnd()
    }

    private static func reloads(in server: ServerProcess) -> Int {
        server.process.lines(of: .errors).count { $0.contains("reloaded") }
    }
}

extension TestClient {
    /// How the stream ended, whatever came before: nil for a goodbye.
    fileprivate func goodbye() throws -> TransportError? {
        do {
            while true { _ = try next("the end of the stream") }
        } catch is Ended {
            return nil
        } catch let error as TransportError {
            return error
        }
    }
}
