// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem
import TestSupport
import Testing

#if Cluster
/// Real servers over real NATS servers.
@Suite struct ClusterProgramTests {
    /// Three servers that share one chat, each with a NATS server of its own.
    private final class ThreeServers {
        let bus: RunningBus
        private(set) var servers: [ServerProcess] = []

        init() throws {
            bus = try RunningBus(servers: 3)
            for number in 0..<3 { servers.append(try start(number)) }
        }

        private func start(_ number: Int) throws -> ServerProcess {
            let urls = (0..<3).map { "nats://127.0.0.1:\(bus.port((number + $0) % 3))" }.joined(
                separator: ","
            )
            return try ServerProcess(
                ["--cluster-replicas=3", "--rate=0"],
                plain: true,
                environment: ["SNUG_CLUSTER": urls]
            )
        }

        func restart(_ number: Int) throws { servers[number] = try start(number) }
    }

    private func client(_ server: ServerProcess, _ name: String) throws -> TestClient {
        try TestClient(.plain, port: server.port(.plain), name: name)
    }

    @Test func threeServersHaveOneChatWithOneNameForEachAndOneOrderForAll() throws {
        let cluster = try ThreeServers()
        let clients = try cluster.servers.map { try client($0, "bob") }
        _ = try clients[2].skip(to: "* bob-3 joined the chat *")
        for client in clients.dropLast() { _ = try client.skip(to: "* bob-3 joined the chat *") }
        for number in 0..<30 {
            for (index, client) in clients.enumerated() { try client.send("\(index)-\(number)") }
        }
        for client in clients { try client.send("/msg bob that is all") }
        try clients[0].send("the last")
        let heard = try clients.dropFirst().map {
            try $0.skip(to: "bob: the last").filter { $0.contains("bob: 0-") }
        }
        #expect(heard[0] == (0..<30).map { "bob: 0-\($0)" })
        #expect(heard[0] == heard[1])
        for server in cluster.servers { #expect(try server.stop() == 0) }
    }

    @Test func peopleOfAServerThatIsKilledLeaveOnce() throws {
        let cluster = try ThreeServers()
        let aisha = try client(cluster.servers[0], "aisha")
        let bob = try client(cluster.servers[1], "bob")
        _ = try aisha.skip(to: "* bob joined the chat *")
        cluster.servers[1].process.signal(SIGKILL)
        try cluster.servers[0].expectLog("was not heard of for too long")
        // Held for a minute, and then gone for everybody.
        try eventually("bob leaves") { (try? aisha.next()) == "* bob left *" }
        let chloe = try client(cluster.servers[2], "chloe")
        try chloe.send("/who")
        _ = try chloe.skip(to: "* online: aisha, chloe *")
        bob.close()
    }

    @Test func aServerThatStandsStillForALongWhileGoesOnWithItsPeople() throws {
        let cluster = try ThreeServers()
        let aisha = try client(cluster.servers[0], "aisha")
        let bob = try client(cluster.servers[1], "bob")
        _ = try aisha.skip(to: "* bob joined the chat *")
        try cluster.servers[1].process.pause()
        try cluster.servers[0].expectLog("was not heard of for too long")
        cluster.servers[1].process.resume()
        try eventually("what is said comes through") {
            try bob.send("I am back")
            return try aisha.next() == "bob: I am back"
        }
    }

    @Test func aBusThatIsNotThereOrNotTheirsIsSaidWithItsExitCode() throws {
        let port = try ReservedPort()
        let folder = try TemporaryFolder.withCertificates()
        func start(_ options: [String]) throws -> (code: Int32, errors: String) {
            let server = try ChildProcess(
                BuiltPrograms.path(of: "snug-server"),
                ["--port=0"] + folder.certificateOptions + options
            )
            let code = try server.waitForExit()
            return (code, server.lines(of: .errors).joined(separator: "\n"))
        }
        let missing = try start(["--cluster=nats://127.0.0.1:\(port.number)"])
        #expect(missing.code == 69 && missing.errors.contains("error: no NATS server answers at"))
        #expect(missing.errors.contains("hint: start one there"))
        let bus = try RunningBus(servers: 1, "authorization { user: snug, password: \"right\" }")
        let wrong = try start(["--cluster=nats://snug:wrong@127.0.0.1:\(bus.port())"])
        #expect(wrong.code == 77 && wrong.errors.contains("does not let this server in"))
        #expect(!wrong.errors.contains("wrong"))
        #expect(try start(["--cluster=http://127.0.0.1"]).code == 64)
        #expect(try start(["--cluster=nats://a:1", "--cluster-name=a.b"]).code == 64)
        #expect(try start(["--cluster=nats://a:1", "--cluster-ca=/nowhere"]).code == 78)
    }
}
#else
@Suite struct ClusterProgramTests {
    @Test func aProgramWithoutTheTraitKnowsAndNeedsNothingOfNATS() throws {
        let path = try BuiltPrograms.path(of: "snug-server")
        let help = try ChildProcess(path, ["help", "run"])
        #expect(try help.finish() == 0)
        #expect(!String(decoding: help.bytes(of: .output), as: UTF8.self).contains("--cluster"))
        let readelf = try ChildProcess("/usr/bin/readelf", ["--wide", "--dynamic", path])
        #expect(try readelf.finish() == 0)
        #expect(!String(decoding: readelf.bytes(of: .output), as: UTF8.self).contains("libnats"))
    }
}
#endif
