// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

/// Someone at a real terminal, with the real programs: nothing that is typed is torn, and the terminal is given back.
@Suite(.timeLimit(.minutes(30))) struct TerminalTests {
    @Test func messagesThatArriveWhileALineIsHalfTypedLeaveItIntact() throws {
        let room = try Room()
        let ben = try room.join("ben")
        try room.window.type("half a สวัสดี 👋 li")
        try room.window.expect(lastRow: "> half a สวัสดี 👋 li")
        for number in 1...5 { try ben.send("message \(number)") }
        let rows = try room.window.expect("fifth message") { $0.contains("ben: message 5") }
        #expect(rows.suffix(6) == (1...5).map { "ben: message \($0)" } + ["> half a สวัสดี 👋 li"])
        try room.window.type("ne")
        try room.window.press("Enter")
        try ben.expect("aisha: half a สวัสดี 👋 line")
        try room.window.expect("own line above an empty prompt") {
            $0.suffix(2) == ["*> half a สวัสดี 👋 line", ">"]
        }
    }

    enum Ending: CaseIterable, Sendable {
        case controlC
        case controlD
        case quit
        case serverKilled
        case serverStopped

        /// What the user does or what happens, and what the user does about it.
        fileprivate func take(_ room: Room) throws {
            switch self {
            case .controlC:
                try room.window.press("C-c")
                try room.window.expect("word of what another one does") {
                    $0.contains("*! Ctrl-C again leaves")
                }
                try room.window.press("C-c")
            case .controlD: try room.window.press("C-d")
            case .quit:
                try room.window.type("/quit")
                try room.window.press("Enter")
            case .serverKilled: try end(room, with: SIGKILL)
            case .serverStopped: try end(room, with: SIGTERM)
            }
        }

        private func end(_ room: Room, with signal: Int32) throws {
            room.server.process.signal(signal)
            try room.window.expect("word of the end") { rows in
                rows.last == ">" && rows.contains { $0.hasPrefix("*! disconnected: the ") }
            }
            try room.window.press("Enter")
        }

        fileprivate var exitCode: Int32 {
            switch self {
            case .controlC, .controlD, .quit: 0
            case .serverKilled: 76
            case .serverStopped: 69
            }
        }
    }

    @Test(arguments: Ending.allCases)
    func howeverAChatEndsTheTerminalGetsItsModesBack(ending: Ending) throws {
        let room = try Room()
        try ending.take(room)
        try room.expectTerminalGivenBack(exitCode: ending.exitCode)
    }

    /// Every signal that can be caught and ends a process: what people send, and what a program does to itself.
    ///
    /// SIGXFSZ ends none of ours: a file that may not grow is an error that is told.
    @Test(
        arguments: [
            SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU,
            SIGIO, SIGPWR, SIGSTKFLT, SIGSYS, SIGSEGV, SIGABRT, SIGTRAP, SIGILL, SIGBUS, SIGFPE, 34, 64,
        ]
    )
    func whateverSignalEndsTheProgramTheTerminalGetsItsModesBack(signal: Int32) throws {
        let room = try Room()
        try room.window.type("half a line")
        try room.window.expect(lastRow: "> half a line")
        kill(try room.window.pid(), signal)
        try room.expectTerminalGivenBack(exitCode: 128 + signal)
        try room.server.expectLog("left as aisha: ")
    }

    @Test func aWindowThatGoesAwayWhileTheKeyboardStaysGetsTheKeyboardItsModesBack() throws {
        let screen = try TerminalWindow("exec cat")
        let room = try Room(output: try screen.terminal(), hasPrompt: false)
        try screen.expect("the chat on the other window") { $0.last == ">" }
        try screen.close()
        let ben = try room.join("ben")
        // The first may still find the other window.
        #expect(
            try Inspection.comesTrue {
                try ben.send("is anyone there?")
                return try room.window.screen().contains { $0.hasPrefix("ended") }
            }
        )
        let end = try room.window.end()
        #expect(end.exitCode == "1")
        #expect(end.after == end.before)
    }

    @Test func aPasteOfSeveralLinesIsShownAndSentWhenSomebodySaysSo() throws {
        let room = try Room()
        let ben = try room.join("ben")
        try room.window.paste("one\ntwo\nthree")
        try room.window.expect("question") { rows in
            rows.suffix(5) == [
                "*! 3 lines pasted: Enter sends, Esc drops, Tab joins them", "| one", "| two", "| three",
                "send?",
            ]
        }
        try room.window.press("Escape")
        try room.window.expect("row without a question") { $0.last == ">" && !$0.contains("| one") }
        try room.window.paste("four\nfive")
        try room.window.expect(lastRow: "send?")
        try room.window.press("Enter")
        try ben.expect("aisha: four")
        try ben.expect("aisha: five")
        try room.window.expect("own lines") { $0.suffix(3) == ["*> four", "*> five", ">"] }
    }

    /// What `ben` says, and what aisha must not see at the beginning of a row.
    @Test(
        arguments: [
            "ok" + String(repeating: " ", count: 73) + "* alice is now admin *",
            "ok" + String(repeating: "\u{3000}", count: 37) + "* alice is now admin *",
            "ok" + String(repeating: "\u{2800}", count: 73) + "* alice is now admin *",
            "ok" + String(repeating: ".", count: 73) + "* alice is now admin *",
            "ok" + String(repeating: "漢", count: 37) + "* alice is now admin *",
            "ok " + String(repeating: "é ", count: 36) + "* alice is now admin *",
        ]
    )
    func noPartOfALineCanPassForANotice(line: String) throws {
        let room = try Room()
        let ben = try room.join("ben")
        try room.window.expect("ben") { $0.contains("* ben joined the chat *") }
        try ben.send(line)
        let rows = try room.window.expect("forgery") { $0.joined().contains("admin") && $0.last == ">" }
        #expect(rows.filter { $0.hasPrefix("*") }.count == 2, "\(rows)")
        let chat = rows.drop { !$0.hasPrefix("* aisha") }.dropLast()
        #expect(chat.allSatisfy { ["*", "b", " "].contains($0.first) }, "\(rows)")
    }

    @Test func noPartOfALineCanPassForANoticeWhereNoSequencesAreKnownEither() throws {
        let room = try Room(environment: "TERM=dumb", hasPrompt: false)
        let ben = try room.join("ben")
        try ben.send("ok" + String(repeating: ".", count: 73) + "* alice is now admin *")
        let rows = try room.window.expect("forgery") { $0.joined().contains("admin") }
        #expect(rows.filter { $0.hasPrefix("*") }.count == 2, "\(rows)")
    }

    @Test func aPathCanBeSaid() throws {
        let room = try Room()
        let ben = try room.join("ben")
        try room.window.expect("ben") { $0.contains("* ben joined the chat *") }
        try room.window.type("//etc/passwd")
        try room.window.press("Enter")
        try ben.expect("aisha: /etc/passwd")
        try room.window.expect("own line as everyone sees it") { $0.suffix(2) == ["*> /etc/passwd", ">"] }
    }

    @Test func quitSaysGoodbyeAndAServerThatEndsTheChatDoesNot() throws {
        let room = try Room()
        try room.window.type("/quit")
        try room.window.press("Enter")
        #expect(try room.window.end().exitCode == "0")
        let rows = try room.window.screen()
        #expect(rows.contains("goodbye"))
        #expect(!rows.contains { $0.contains("server has") || $0.contains("error:") }, "\(rows)")
    }

    @Test func whereOnlyMessagesAreShownTheTerminalIsNotLeftToWrapThem() throws {
        let folder = try TemporaryFolder()
        try #require(mkfifo(folder.path("input"), 0o600) == 0)
        let room = try Room(input: folder.path("input"), hasPrompt: false)
        let ben = try room.join("ben")
        try ben.send("ok" + String(repeating: "é", count: 73) + "* alice is now admin *")
        let rows = try room.window.expect("forgery") { $0.joined().contains("admin *") }
        #expect(rows.filter { $0.hasPrefix("*") }.count == 2, "\(rows)")
        let recorded = String(decoding: try room.window.recorded(), as: UTF8.self)
        #expect(recorded.contains("\u{1B}[?7l* ben joined the chat *\u{1B}[?7h"))
    }

    @Test func whoIsRenamedOrCalledLikeANoticeChangesNobodysPrompt() throws {
        let room = try Room()
        try room.window.type("/nick zoë")
        try room.window.press("Enter")
        try room.window.expect("notice") { $0.suffix(2) == ["* aisha is now zoë *", ">"] }
        try room.window.type("hi")
        try room.window.press("Enter")
        try room.window.expect("own line") { $0.suffix(2) == ["*> hi", ">"] }
    }

    @Test(arguments: [("", true), ("NO_COLOR=", true), ("NO_COLOR=1", false)])
    func styleIsLeftOutWhereItIsNotWanted(variable: String, isStyled: Bool) throws {
        let room = try Room(environment: variable)
        try room.window.press("C-c")
        try room.window.press("C-c")
        _ = try room.window.end()
        let recorded = String(decoding: try room.window.recorded(), as: UTF8.self)
        #expect(recorded.contains("\u{1B}[2m* aisha joined the chat *\u{1B}[m") == isStyled)
        #expect(recorded.contains("\u{1B}[1m> \u{1B}[m") == isStyled)
        #expect(recorded.contains("> "))
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
