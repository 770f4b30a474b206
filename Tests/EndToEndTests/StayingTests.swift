// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugLab
import SnugSystem
import SnugTransport
import TestSupport
import Testing

/// Somebody at a terminal at level 1: the chat outlives its connections, and ends when it is meant to.
@Suite(.timeLimit(.minutes(30))) struct StayingTests {
    /// aisha at a window, and a server that can be started anew at the same port.
    private final class Stay {
        let port: ReservedPort
        let folder: TemporaryFolder
        let window: TerminalWindow

        init(environment: [String: String] = [:]) throws {
            port = try ReservedPort()
            folder = try .withCertificates()
            let program = try BuiltPrograms.path(of: "snug")
            let variables = environment.map { "\($0)=\($1) " }.joined()
            window = try TerminalWindow(
                "read start; exec env \(variables)\(program) --port=\(port.number) --ca=\(folder.path("ca.pem")) --name=aisha",
                columns: 120
            )
        }

        func start(_ certificates: TemporaryFolder? = nil) throws -> ServerProcess {
            try ServerProcess(["--port=\(port.number)"] + (certificates ?? folder).certificateOptions)
        }

        func kill(_ server: ServerProcess) throws {
            server.process.signal(SIGKILL)
            _ = try server.process.waitForExit()
            try window.expect("word of the loss") { rows in
                rows.contains { $0.hasPrefix("*! the connection is lost; ") }
            }
        }
    }

    @Test func aServerThatIsKilledIsJoinedAgainAndWhatWasTypedMeanwhileIsSaidOnce() throws {
        let stay = try Stay()
        let first = try stay.start()
        try stay.window.press("Enter")
        try stay.window.expect(lastRow: "#main>")
        try stay.window.type("half a li")
        try stay.window.expect(lastRow: "#main> half a li")
        try stay.kill(first)
        try stay.window.type("ne")
        try stay.window.press("Enter")
        try stay.window.type("a draft")
        try stay.window.expect("own line that waits") { rows in
            rows.last == "#main> a draft" && rows.contains { $0.contains("half a line") }
        }
        let second = try stay.start()
        try stay.window.expect("own line in its place") { rows in
            rows.contains { $0.hasSuffix(" *> half a line") }
                && rows.contains { $0.contains("*! the connection was lost (") }
                && rows.last == "#main> a draft"
        }
        let ben = try TestClient(.tls, port: second.port, name: "ben")
        try stay.window.press("Enter")
        try ben.expect("aisha: a draft")
        #expect(try stay.window.screen().count { $0.hasSuffix("*> half a line") } == 1)
    }

    @Test func anImpostorThatWaitsForTheNextConnectionHearsNothingAndEndsTheChat() throws {
        let stay = try Stay()
        let server = try stay.start()
        try stay.window.press("Enter")
        try stay.window.expect(lastRow: "#main>")
        try stay.kill(server)
        let folder = try TemporaryFolder()
        try folder.write(LabAuthority().issue(names: ["localhost"]), to: "server")
        let impostor = try stay.start(folder)
        try stay.window.expect("word of the end") { rows in
            rows.contains { $0.contains("*! disconnected: the server's certificate was refused") }
                && !rows.contains { $0.contains("next attempt") }
        }
        try stay.window.type("for the room only")
        try stay.window.press("Enter")
        try stay.window.expect("word that it was not sent") { $0.contains { $0.contains("*! not sent") } }
        try stay.window.press("Enter")
        #expect(try stay.window.end().exitCode == "77")
        #expect(try impostor.stop() == 0)
        #expect(!impostor.process.lines(of: .errors).contains { $0.contains("aisha") })
    }

    @Test(arguments: [SIGHUP, SIGINT, SIGTERM])
    func whoIsToldToEndSaysGoodbyeAndGivesTheTerminalBack(signal: Int32) throws {
        let room = try Room(level: 1)
        try room.window.type("half a line")
        try room.window.expect(lastRow: "#main> half a line")
        kill(try room.window.pid(), signal)
        try room.expectTerminalGivenBack(exitCode: 0)
        try room.server.expectLog("left as aisha: quit")
    }

    @Test func aWindowThatIsClosedIsAGoodbye() throws {
        let room = try Room(level: 1)
        try room.window.close()
        try room.server.expectLog("left as aisha: quit")
    }

    @Test(arguments: ["C-d", "/quit"])
    func whatWasSaidJustBeforeTheEndIsSaid(ending: String) throws {
        let room = try Room(level: 1)
        let ben = try room.join("ben")
        try room.window.type("one last thing")
        try room.window.press("Enter")
        if ending == "C-d" {
            try room.window.press(ending)
        } else {
            try room.window.type(ending)
            try room.window.press("Enter")
        }
        try ben.expect("aisha: one last thing")
        try ben.expect("* aisha left *")
        try room.expectTerminalGivenBack(exitCode: 0)
    }

    @Test(arguments: ["C-d", "/quit"])
    func whoLeavesBeforeAllIsConfirmedIsToldWhatMayBeMissing(ending: String) throws {
        let stay = try Stay()
        let server = try stay.start()
        try stay.window.press("Enter")
        try stay.window.expect(lastRow: "#main>")
        try stay.kill(server)
        try stay.window.type("into the void")
        try stay.window.press("Enter")
        try stay.window.expect("line that waits") { rows in
            rows.contains { $0.contains("into the void (not confirmed)") }
        }
        if ending == "C-d" {
            try stay.window.press(ending)
        } else {
            try stay.window.type(ending)
            try stay.window.press("Enter")
        }
        #expect(try stay.window.end().exitCode == "69")
        let rows = try stay.window.screen()
        #expect(rows.contains("error: you left before all lines had arrived"), "\(rows)")
        let list = try #require(rows.firstIndex(of: "this was not sent:"))
        #expect(rows[list + 1] == "  into the void")
    }

    @Test(.enabled(if: ExitWitness.isPossible, ExitWitness.whyNot))
    func whoLeavesWhileAConnectionIsMadeTakesNothingFromTheThreadThatMakesIt() throws {
        let witness = try ExitWitness()
        let stay = try Stay(environment: witness.environment)
        let server = try stay.start()
        try stay.window.press("Enter")
        try stay.window.expect(lastRow: "#main>")
        try stay.kill(server)
        // Somebody takes connections, and never answers the handshake.
        let address = try SocketAddress.resolve(host: "127.0.0.1", port: stay.port.number)[0]
        let listener = try ListeningSocket(address: address)
        try stay.window.press("Enter")
        var entries = [Polling.Entry(listener.descriptor, for: .readable)]
        Polling.wait(for: &entries, until: .now + .seconds(60))
        try stay.window.press("C-d")
        #expect(try stay.window.end().exitCode == "0")
        #expect(!witness.hasSeenHandlers)
        // It would have seen them.
        let version = try ChildProcess(
            BuiltPrograms.path(of: "snug"),
            ["--version"],
            environment: witness.environment
        )
        #expect(try version.finish() == 0)
        #expect(witness.hasSeenHandlers)
    }

    @Test func linesOfAnotherRoomThanTheCurrentOneSayWhereTheyAreFrom() throws {
        let room = try Room(level: 1)
        let ben = try room.join("ben")
        try room.window.type("/join ops")
        try room.window.press("Enter")
        try room.window.expect(lastRow: "#ops>")
        try ben.send("hello main")
        try room.window.expect("line of the other room") {
            $0.contains { $0.hasSuffix(" #main: ben: hello main") }
        }
        try room.window.type("/go main")
        try room.window.press("Enter")
        try room.window.expect(lastRow: "#main>")
        try room.window.type("here again")
        try room.window.press("Enter")
        try ben.expect("aisha: here again")
    }
}
