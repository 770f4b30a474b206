// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugTransport
import TestSupport
import Testing

/// Someone at a real terminal, with the real programs: nothing that is typed is torn, and the terminal is given back.
@Suite(.timeLimit(.minutes(10))) struct TerminalTests {
    @Test func messagesThatArriveWhileALineIsHalfTypedLeaveItIntact() throws {
        let room = try Room()
        let ben = try room.join("ben")
        try room.window.type("half a สวัสดี 👋 li")
        try room.window.expect(lastRow: "aisha> half a สวัสดี 👋 li")
        for number in 1...5 { try ben.send("message \(number)") }
        let rows = try room.window.expect("fifth message") { $0.contains("ben: message 5") }
        #expect(rows.suffix(6) == (1...5).map { "ben: message \($0)" } + ["aisha> half a สวัสดี 👋 li"])
        try room.window.type("ne")
        try room.window.press("Enter")
        try ben.expect("aisha: half a สวัสดี 👋 line")
        try room.window.expect("own line above an empty prompt") {
            $0.suffix(2) == ["aisha: half a สวัสดี 👋 line", "aisha>"]
        }
    }

    enum Ending: CaseIterable, Sendable {
        case controlC
        case controlD
        case hangUp
        case interrupt
        case quit
        case serverKilled
        case serverStopped
        case terminate

        fileprivate func take(_ room: Room) throws {
            switch self {
            case .controlC: try room.window.press("C-c")
            case .controlD: try room.window.press("C-d")
            case .hangUp: kill(try room.window.pid(), SIGHUP)
            case .interrupt: kill(try room.window.pid(), SIGINT)
            case .quit:
                try room.window.type("/quit")
                try room.window.press("Enter")
            case .serverKilled: room.server.process.signal(SIGKILL)
            case .serverStopped: room.server.process.signal(SIGTERM)
            case .terminate: kill(try room.window.pid(), SIGTERM)
            }
        }
    }

    @Test(arguments: Ending.allCases)
    func howeverAChatEndsTheTerminalGetsItsModesBack(ending: Ending) throws {
        let room = try Room()
        try ending.take(room)
        let end = try room.window.end()
        #expect(end.exitCode == (ending == .serverKilled ? "76" : "0"))
        #expect(end.after == end.before)
        let recorded = String(decoding: try room.window.recorded(), as: UTF8.self)
        #expect(recorded.contains("\u{1B}[?2004l"))
        #expect(try !room.window.screen().contains { $0.hasPrefix("aisha>") })
    }

    @Test func aStoppedClientLeavesTheTerminalToTheShellAndGoesOnWhereItWas() throws {
        let room = try Room(shell: "exec sh -i")
        let ben = try room.join("ben")
        try room.window.type("half")
        try room.window.expect(lastRow: "aisha> half")
        try room.window.press("C-z")
        try room.window.expect("shell") { $0.contains { $0.contains("Stopped") } }
        try room.window.type("stty -g >\(room.window.path("modes-stopped"))")
        try room.window.press("Enter")
        #expect(try room.window.line(of: "modes-stopped") == room.window.line(of: "modes-before"))
        try ben.send("are you there?")
        try room.window.type("fg")
        try room.window.press("Enter")
        try room.window.expect("message above the line") {
            $0.suffix(2) == ["ben: are you there?", "aisha> half"]
        }
        try room.window.type(" a line")
        try room.window.press("Enter")
        try ben.expect("aisha: half a line")
    }

    @Test func aNarrowerWindowShowsTheEndOfTheLineAndTheWholeLineIsSent() throws {
        let room = try Room()
        let ben = try room.join("ben")
        let line = "the quick brown fox jumps over the lazy dog"
        try room.window.type(line)
        try room.window.expect(lastRow: "aisha> \(line)")
        try room.window.resize(columns: 31)
        try room.window.expect(lastRow: "aisha> jumps over the lazy dog")
        try room.window.type("!")
        try room.window.press("Enter")
        try ben.expect("aisha: \(line)!")
    }

    @Test func aPasteOfSeveralLinesWaitsAsOneLine() throws {
        let room = try Room()
        let ben = try room.join("ben")
        try room.window.paste("one\ntwo\nthree")
        try room.window.expect(lastRow: "aisha> one two three")
        try room.window.press("Enter")
        try ben.expect("aisha: one two three")
    }

    @Test func thePromptShowsTheNameThatTheOthersSee() throws {
        let room = try Room()
        let ben = try room.join("ben")
        try room.window.type("/nick ben")
        try room.window.press("Enter")
        try room.window.expect("refusal") {
            $0.contains { $0.contains("you keep yours") } && $0.last == "aisha>"
        }
        try room.window.type("/nick zoë")
        try room.window.press("Enter")
        try room.window.expect(lastRow: "zoë>")
        try room.window.type("hi")
        try room.window.press("Enter")
        try room.window.expect("own line") { $0.suffix(2) == ["zoë: hi", "zoë>"] }
        try ben.expect("* aisha is now zoë *")
        try ben.expect("zoë: hi")
    }

    @Test(arguments: [("", true), ("NO_COLOR=", true), ("NO_COLOR=1", false)])
    func styleIsLeftOutWhereItIsNotWanted(variable: String, isStyled: Bool) throws {
        let room = try Room(environment: variable)
        try room.window.press("C-c")
        _ = try room.window.end()
        let recorded = String(decoding: try room.window.recorded(), as: UTF8.self)
        #expect(recorded.contains("\u{1B}[2m* aisha joined the chat *\u{1B}[m") == isStyled)
        #expect(recorded.contains("\u{1B}[1maisha> \u{1B}[m") == isStyled)
        #expect(recorded.contains("aisha> "))
    }

    @Test(arguments: ["TERM=dumb", "TERM="])
    func aTerminalThatKnowsNoSequencesGetsNone(variable: String) throws {
        let room = try Room(environment: variable, hasPrompt: false)
        let ben = try room.join("ben")
        try room.window.type("hello")
        try room.window.press("Enter")
        try ben.expect("aisha: hello")
        try ben.send("hello aisha")
        try room.window.expect("message") { $0.contains("ben: hello aisha") }
        try room.window.press("C-d")
        #expect(try room.window.end().exitCode == "0")
        #expect(try !room.window.recorded().contains(0x1B))
    }
}

/// aisha at a terminal, alone in a room of her own.
private final class Room {
    let server: ServerProcess
    let window: TerminalWindow

    /// Waits until she is in.
    ///
    /// - Parameters:
    ///   - shell: what the window runs until the client is started by typing; nil to run the client itself.
    ///   - environment: a variable for the client.
    ///   - hasPrompt: whether the client draws one.
    init(shell: String? = nil, environment: String = "", hasPrompt: Bool = true) throws {
        server = try ServerProcess()
        let program = try BuiltPrograms.path(of: "snug")
        let client =
            "exec env \(environment) \(program) --port=\(server.port) --ca=\(server.authority) --name=aisha"
        // It is started by a key, so that it is recorded from its first byte on.
        window = try TerminalWindow(shell ?? "read start; \(client)")
        try window.record()
        if shell != nil { try window.type(String(client.dropFirst(5))) }
        try window.press("Enter")
        try window.expect("aisha") { rows in
            rows.contains("* aisha joined the chat *") && (!hasPrompt || rows.last == "aisha>")
        }
    }

    func join(_ name: String) throws -> TestClient {
        try TestClient(.tls, port: server.port, name: name)
    }
}
