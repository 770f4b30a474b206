// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

/// The client in a shell: stopped and continued, left by its server, in a terminal that does not read.
@Suite(.timeLimit(.minutes(30))) struct TerminalJobTests {
    private static let bash = "exec bash --norc --noprofile -i"

    @Test(arguments: [("exec sh -i", false), ("exec sh -i", true), (bash, false), (bash, true)])
    func aStoppedClientLeavesTheTerminalToTheShellAndGoesOnWhereItWas(shell: String, isWrapped: Bool) throws {
        let room = try Room(shell: shell, isWrapped: isWrapped)
        let ben = try room.join("ben")
        try room.window.type("half")
        try room.window.expect(lastRow: "> half")
        // Again and again: who uses the terminal first after a stop must not matter.
        for number in 1...5 {
            try room.window.press("C-z")
            try room.window.expect("shell") {
                $0.last?.hasSuffix("#") == true || $0.last?.hasSuffix("$") == true
            }
            try room.window.type("stty -g >\(room.window.path("modes-\(number)"))")
            try room.window.press("Enter")
            #expect(try room.window.line(of: "modes-\(number)") == room.window.line(of: "modes-before"))
            try ben.send("are you there? \(number)")
            try room.window.type("fg")
            try room.window.press("Enter")
            try room.window.expect("message above the line") {
                $0.suffix(2) == ["ben: are you there? \(number)", "> half"]
            }
        }
        try room.window.type(" a line")
        try room.window.press("Enter")
        try ben.expect("aisha: half a line")
    }

    /// Half a line is typed when the server goes, and the rest of it behind that.
    @Test(arguments: [("", SIGTERM), ("", SIGKILL), ("TERM=dumb", SIGTERM), ("TERM=dumb", SIGKILL)])
    func nothingThatIsTypedWhenTheConnectionIsLostIsRunByTheShell(variable: String, signal: Int32) throws {
        let room = try Room(shell: Self.bash, environment: variable, hasPrompt: variable.isEmpty)
        let trap = room.window.path("trap")
        try loseTheConnection(of: room, by: signal, whileTyping: trap)
        try room.window.expect("error") { rows in
            rows.contains("this was not sent:") && rows.contains { $0.hasPrefix("hint: ") }
        }
        try expectTheShellHasRunNothing(in: room, of: trap)
        let rows = try room.window.screen()
        #expect(rows.contains { $0.hasPrefix("  half a line; touch") }, "\(rows)")
    }

    @Test(arguments: [SIGTERM, SIGKILL])
    func nothingIsRunByTheShellEvenIfAllThatTheClientSaysGoesIntoAFile(signal: Int32) throws {
        let folder = try TemporaryFolder()
        let room = try Room(shell: Self.bash, output: "\(folder.path("chat")) 2>&1")
        func hasWritten(_ words: String) -> Bool {
            Inspection.comesTrue {
                let text = (try? folder.content(of: "chat")).map { String(decoding: $0, as: UTF8.self) }
                return text?.contains(words) == true
            }
        }
        #expect(hasWritten("* aisha joined the chat *"))
        let trap = room.window.path("trap")
        try loseTheConnection(of: room, by: signal, whileTyping: trap)
        #expect(hasWritten("hint: "))
        try expectTheShellHasRunNothing(in: room, of: trap)
    }

    /// Half a line that would make a file is typed when the server goes; then come the rest of it and another line, and
    /// in one piece with the key that leaves one more.
    private func loseTheConnection(of room: Room, by signal: Int32, whileTyping trap: String) throws {
        try room.window.type("half a line; touch \(trap)")
        room.server.process.signal(signal)
        try room.window.expect("word of the end") { rows in
            let words = rows.joined(separator: " ").split(separator: " ").joined(separator: " ")
            return words.contains("*! disconnected: the ")
                && words.contains("(Enter on an empty line leaves)")
        }
        for line in ["0", "touch \(trap)1"] {
            try room.window.type(line)
            try room.window.press("Enter")
        }
        try room.window.type("\rtouch \(trap)2\r")
    }

    private func expectTheShellHasRunNothing(in room: Room, of trap: String) throws {
        try room.window.type("echo alive >\(room.window.path("alive"))")
        try room.window.press("Enter")
        #expect(try room.window.line(of: "alive") == "alive")
        for ending in ["", "0", "1", "2"] { #expect(access(trap + ending, F_OK) != 0) }
    }

    enum Rescue: String, CaseIterable, Sendable {
        case controlC = "key 3"
        case hangUp = "signal 1"
        case interrupt = "signal 2"
        case terminate = "signal 15"

        var exitCode: Int32 {
            switch self {
            case .controlC: 0
            case .hangUp: -SIGHUP
            case .interrupt: -SIGINT
            case .terminate: -SIGTERM
            }
        }
    }

    @Test(arguments: Rescue.allCases)
    func aTerminalThatDoesNotReadMakesNobodyDeaf(rescue: Rescue) throws {
        let silent = try SilentTerminal()
        try silent.flood()
        // The first only says what the second does.
        if rescue == .controlC { try silent.terminal.type("type \u{3}") }
        try silent.terminal.type(rescue.rawValue)
        try silent.terminal.expect("ended \(rescue.exitCode)")
    }

    @Test func aTerminalThatReadsAgainGetsEverythingInOrder() throws {
        let silent = try SilentTerminal()
        try silent.flood()
        try silent.terminal.type("read 400")
        try silent.terminal.expect("has read 400 lines in order")
    }
}

/// aisha at a terminal that has stopped reading, and ben, who talks.
private final class SilentTerminal {
    let terminal: ChildProcess
    private let ben: TestClient
    private let server: ServerProcess

    init() throws {
        server = try ServerProcess(["--rate=0"])
        let options = ["--level=0", "--port=\(server.port)", "--ca=\(server.authority)", "--name=aisha"]
        terminal = try PythonPeer.start("silent_terminal.py", [BuiltPrograms.path(of: "snug")] + options)
        try terminal.expect("in")
        ben = try TestClient(.tls, port: server.port, name: "ben")
    }

    /// More than a terminal and the client hold, and less than the server does.
    func flood() throws {
        for number in 1...400 {
            try ben.send("line \(number) " + String(repeating: "x", count: 400))
        }
        // It takes keys as before, although nothing of it is seen.
        try terminal.type("type typed in the meantime\r")
        try ben.skip(to: "aisha: typed in the meantime")
    }
}
