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
        let names = ["aisha", "bob", "chloe"]
        let clients = try zip(cluster.servers, names).map { try client($0, $1) }
        for client in clients.dropLast() { try client.skip(to: "* chloe joined the chat *") }
        let other = try TestClient(.plain, port: cluster.servers[0].port(.plain))
        try other.send("bob")
        for client in clients { try client.skip(to: "* bob-2 joined the chat *") }
        for number in 0..<30 {
            for client in clients { try client.send("line \(number)") }
        }
        for client in clients { try client.send("that is all") }
        // Who only listens is told everything, in the order that all have.
        let ends = Set(names.map { "\($0): that is all" })
        var heard: [String] = []
        while !ends.isSubset(of: heard) { heard.append(try other.next()) }
        for (client, name) in zip(clients, names) {
            let theirs = heard.filter {
                $0.contains(": ") && !$0.hasPrefix("* ") && !$0.hasPrefix("\(name): ")
            }
            var own: [String] = []
            while own.count < theirs.count {
                let text = try client.next()
                if !text.hasPrefix("* ") { own.append(text) }
            }
            #expect(own == theirs)
            #expect(heard.filter { $0.hasPrefix("\(name): line ") } == (0..<30).map { "\(name): line \($0)" })
        }
        for server in cluster.servers { #expect(try server.stop() == 0) }
    }

    @Test func peopleOfAServerThatIsKilledLeaveOnce() throws {
        let cluster = try ThreeServers()
        let aisha = try client(cluster.servers[0], "aisha")
        let bob = try client(cluster.servers[1], "bob")
        try aisha.skip(to: "* bob joined the chat *")
        cluster.servers[1].process.signal(SIGKILL)
        try cluster.servers[0].expectLog("was not heard of for too long")
        // Held for a minute, and then gone for everybody.
        try eventually("bob leaves") { (try? aisha.next()) == "* bob left *" }
        let chloe = try client(cluster.servers[2], "chloe")
        try chloe.send("/who")
        try chloe.skip(to: "* online: aisha, chloe *")
        bob.close()
    }

    @Test func aServerThatStandsStillForALongWhileGoesOnWithItsPeople() throws {
        let cluster = try ThreeServers()
        let aisha = try client(cluster.servers[0], "aisha")
        let bob = try client(cluster.servers[1], "bob")
        try aisha.skip(to: "* bob joined the chat *")
        try cluster.servers[1].process.pause()
        try cluster.servers[0].expectLog("was not heard of for too long")
        cluster.servers[1].process.resume()
        try eventually("what is said comes through") {
            try bob.send("I am back")
            return (try? aisha.next()) == "bob: I am back"
        }
    }

    @Test func aCheckIsNotHeardOfByTheServersThatShareTheChat() throws {
        let bus = try RunningBus()
        let options = ["--cluster=nats://127.0.0.1:\(bus.port())", "--cluster-address=chat.example:9443"]
        let server = try ServerProcess(options, plain: true)
        let aisha = try client(server, "aisha")
        let folder = try TemporaryFolder.withCertificates()
        let check = try ChildProcess(
            BuiltPrograms.path(of: "snug-server"),
            ["--port=0", "--check"] + folder.certificateOptions + options
        )
        #expect(try check.waitForExit() == 0)
        let bob = try client(server, "bob")
        try aisha.skip(to: "* bob joined the chat *")
        bob.close()
        #expect(try server.stop() == 0)
    }

    @Test func aServerWhosePlaceIsTakenEndsForGoodAndTellsItsManagerNotToStartItAgain() throws {
        let bus = try RunningBus()
        let options = ["--cluster=nats://127.0.0.1:\(bus.port())", "--cluster-address=chat.example:9443"]
        let first = try ServerProcess(options, plain: true)
        let second = try ServerProcess(options, plain: true)
        #expect(try first.process.waitForExit() == 78)
        let errors = first.process.lines(of: .errors)
        #expect(
            errors.suffix(2) == [
                "error: another server has taken this one's place at chat.example:9443",
                "hint: give each server an address of its own with --cluster-address, or stop the other one",
            ]
        )
        let unit = try Document.text(of: "packaging/snug-server.service").split(separator: "\n")
        let final = try #require(unit.first { $0.hasPrefix("RestartPreventExitStatus=") })
        #expect(final.dropFirst(25).split(separator: " ").contains("78"))
        _ = try client(second, "aisha")
        #expect(try second.stop() == 0)
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
        for place in ["nats://snug:hidden@a:b", "tls//snug:hidden@a", "nats://snug:hid,den@a"] {
            let odd = try start(["--cluster=\(place)"])
            #expect(odd.code == 64 && odd.errors.contains("--cluster takes") && !odd.errors.contains("hid"))
        }
        #expect(try start(["--cluster=nats://a:1", "--cluster-name=a.b"]).code == 64)
        #expect(try start(["--cluster=nats://a:1", "--cluster-snapshot=9"]).code == 64)
        for option in ["--cluster-address=a:1", "--cluster-ca=/nowhere", "--cluster-credentials=/nowhere"] {
            #expect(try start([option]).code == 64, "of no use by itself: \(option)")
        }
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
