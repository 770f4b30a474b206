// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem
import SnugTransport
import TestSupport
import Testing

/// A server that a service manager starts: what the manager is told, and the sockets that it keeps open.
@Suite(.timeLimit(.minutes(30))) struct ServiceTests {
    /// A manager with a server of its own.
    private struct Service {
        let manager: ChildProcess
        let ports: [UInt16]
        private let folder: TemporaryFolder

        init(
            sockets: [String] = [],
            at address: String = "127.0.0.1",
            watchdog: String? = nil,
            options: [String] = []
        ) throws {
            folder = try .withCertificates()
            let words =
                sockets.map { "--socket=\($0)" } + ["--address=\(address)"]
                + (watchdog.map { ["--watchdog=\($0)"] } ?? []) + ["--"]
                + [try BuiltPrograms.path(of: "snug-server")] + folder.certificateOptions + options
            let manager = try PythonPeer.start("service_manager.py", words)
            ports = try sockets.map { name in
                let line = try manager.expect("socket \(name) ")
                return try #require(line.split(separator: " ").last.flatMap { UInt16($0) })
            }
            self.manager = manager
        }

        /// Everything that the server has told its manager, as far as it was waited for.
        var said: [String] {
            manager.lines(of: .output).filter { $0.hasPrefix("said ") }.map { String($0.dropFirst(5)) }
        }

        func waitUntilSaid(_ text: String, times: Int = 1) throws {
            try manager.wait(for: "\(text) \(times) times") { said.count { $0.hasPrefix(text) } >= times }
        }
    }

    @Test func aManagerHearsWhenAServerIsReadyReloadsAndStops() throws {
        let service = try Service(options: ["--port=0"])
        try service.waitUntilSaid("READY=1")
        // Only then: whoever waits for the service finds it open.
        try service.manager.expect("encrypted chat on ", on: .errors)
        try service.manager.type("reload")
        try service.waitUntilSaid("READY=1", times: 2)
        #expect(try service.manager.finish() == 0)
        let states = service.said.filter { !$0.hasPrefix("STATUS=") }
        #expect(states.map { $0.prefix { $0 != "=" } } == ["READY", "RELOADING", "READY", "STOPPING"])
        let time = try #require(states[1].split(separator: "=").last.flatMap { Int64($0) })
        #expect((1...MonotonicTime.now.nanoseconds / 1_000).contains(time))
    }

    @Test func aManagerSeesHowManyPeopleThereAreAndThatTheServerLives() throws {
        let service = try Service(sockets: ["tls"], watchdog: "200000")
        try service.waitUntilSaid("STATUS=0 people in 1 room")
        let aisha = try TestClient(.tls, port: service.ports[0], name: "aisha")
        try service.waitUntilSaid("STATUS=1 person in 1 room")
        let ben = try TestClient(.tls, port: service.ports[0], name: "ben")
        try ben.send("/join garden")
        try service.waitUntilSaid("STATUS=2 people in 2 rooms")
        try service.waitUntilSaid("WATCHDOG=1", times: 10)
        #expect(try service.manager.finish() == 0)
        withExtendedLifetime((aisha, ben)) {}
    }

    @Test func theManagersSocketsAreUsedAndNotTheOptions() throws {
        // Both ports have a right that nobody here has, or none at all.
        let service = try Service(sockets: ["plain", "tls"], options: ["--host=192.0.2.1", "--port=1"])
        try service.manager.expect("plain chat on 127.0.0.1:\(service.ports[0]) ", on: .errors)
        try service.manager.expect("encrypted chat on 127.0.0.1:\(service.ports[1]) ", on: .errors)
        let aisha = try TestClient(.tls, port: service.ports[1], name: "aisha")
        let ben = try TestClient(.plain, port: service.ports[0], name: "ben")
        try aisha.send("hello")
        try ben.expect("aisha: hello")
        #expect(try service.manager.finish() == 0)
    }

    @Test func whoConnectsWhileThereIsNoServerIsLetInByTheNext() throws {
        let service = try Service(sockets: ["tls"])
        try service.waitUntilSaid("READY=1")
        let context = try TestAuthority.shared.clientContext()
        for round in 2...4 {
            try service.manager.type("down")
            try service.manager.wait(for: "its end") {
                service.manager.lines(of: .output).count { $0 == "ended 0" } == round - 1
            }
            let connections = try (0..<8).map { _ in try Self.connect(to: service.ports[0], context) }
            try service.manager.type("up")
            for (number, connection) in connections.enumerated() {
                let client = try TestClient(over: connection)
                try client.send("early \(round) \(number)")
                try client.expect("* early \(round) \(number) joined the chat *")
            }
        }
        #expect(try service.manager.finish() == 0)
    }

    @Test func aRestartRefusesNobodyAndCutsOnlyWhoWasBeingLetIn() throws {
        let service = try Service(sockets: ["tls"])
        try service.waitUntilSaid("READY=1")
        let port = service.ports[0]
        let context = try TestAuthority.shared.clientContext()
        let visits = Lock(Visits())
        let visitors = try (0..<3).map { number in
            try RunningThread(name: "visitor-\(number)") {
                var count = 0
                while visits.withLock({ !$0.isOver }) {
                    count += 1
                    let outcome = Self.visit(port, context, as: "visitor \(number) \(count)")
                    visits.withLock { $0.note(outcome) }
                }
            }
        }
        func end() {
            visits.withLock { $0.isOver = true }
            for visitor in visitors { visitor.join() }
        }
        defer { end() }
        let restarts = 5
        for restart in 1...restarts {
            let before = visits.withLock { $0.count(of: .entered) }
            try service.manager.wait(for: "visits") {
                visits.withLock { $0.count(of: .entered) } >= before + 5
            }
            try service.manager.type("down")
            try service.manager.wait(for: "its end") {
                service.manager.lines(of: .output).count { $0 == "ended 0" } == restart
            }
            try service.manager.type("up")
            try service.waitUntilSaid("READY=1", times: restart + 1)
        }
        end()
        #expect(visits.withLock { $0.others }.isEmpty)
        #expect(visits.withLock { $0.count(of: .cut) } <= restarts * visitors.count)
        #expect(try service.manager.finish() == 0)
    }

    /// How visits went.
    private struct Visits {
        enum Outcome: Equatable {
            case entered, cut
            case other(String)
        }

        var isOver = false
        private var outcomes: [Outcome] = []

        mutating func note(_ outcome: Outcome) { outcomes.append(outcome) }
        func count(of outcome: Outcome) -> Int { outcomes.count { $0 == outcome } }
        var others: [Outcome] { outcomes.filter { $0 != .entered && $0 != .cut } }
    }

    private static func visit(_ port: UInt16, _ context: TLSContext, as name: String) -> Visits.Outcome {
        do {
            let client = try TestClient(over: try connect(to: port, context))
            try client.send(name)
            try client.skip(to: "* \(name) joined the chat *")
            return .entered
        } catch is TestClient.Ended {
            return .cut
        } catch is TransportError {
            return .cut
        } catch { return .other("\(error)") }
    }

    private static func connect(to port: UInt16, _ context: TLSContext) throws -> any Connection {
        SocketConnection.tlsClient(
            try SocketChannel.connect(port: port, from: "127.0.0.1"),
            context: context,
            expecting: ExpectedServer(name: "localhost"),
            paddingMultiple: 0
        )
    }

    @Test(arguments: [
        ("web", "error: a socket was passed with the name web, which means nothing here"),
        ("", "error: a socket was passed without a name"),
    ])
    func aSocketWithoutAMeaningIsToldAndWhatToSay(name: String, error: String) throws {
        let service = try Service(sockets: [name])
        try service.manager.expect(error, on: .errors)
        try service.manager.expect("hint: say FileDescriptorName=tls", on: .errors)
        #expect(service.said.isEmpty)
    }

    @Test func aPlainSocketThatOthersCanReachIsRefused() throws {
        let service = try Service(sockets: ["plain", "tls"], at: "0.0.0.0")
        try service.manager.expect("error: the plain port is for loopback addresses only", on: .errors)
        #expect(service.said.isEmpty)
    }
}
