// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem
import SnugTerminal
import SnugTransport
import Testing

@testable import SnugClient

/// Someone at a terminal: what they see of messages, of their own lines and of what they type.
///
/// One at a time: a process has one terminal that it takes over.
@Suite(.serialized, .timeLimit(.minutes(30))) struct TerminalInterfaceTests {
    /// A terminal that was taken over, and what was drawn for that is read.
    struct Chat {
        let terminal: TestTerminal
        let interface: TerminalInterface

        init(columns: UInt16 = 40, palette: Palette = Palette(.plain), echoes: Bool = true) throws {
            // While a terminal is held its signals are watched, and this one must not end the tests.
            ProcessHardening.ignoreBrokenPipeSignal()
            terminal = try TestTerminal(columns: columns)
            interface = try TerminalInterface(
                input: terminal.descriptor,
                output: terminal.descriptor,
                palette: palette,
                echoesOwnLines: echoes
            )
            _ = try terminal.drawn()
        }

        @discardableResult
        func take(_ keys: String) throws -> [UserAction] { try interface.take(Array(keys.utf8)) }

        /// Gives the window another width, and tells the interface.
        func resize(columns: UInt16) throws {
            terminal.resize(columns: columns)
            try takeSignal(SIGWINCH)
        }

        func takeSignal(_ signal: Int32) throws {
            pthread_kill(pthread_self(), signal)
            try interface.takeSignal()
        }

        func drawn() throws -> String { try terminal.drawn() }
    }

    /// The row for what is typed, with the cursor behind it.
    static func row(_ typed: String) -> String { "\r\u{1B}[K> \(typed)\u{1B}7\u{1B}[K\u{1B}8" }
    static let givenBack = "\r\u{1B}[K\u{1B}[?7h\u{1B}[?2004l"
    static let takenOver = "\u{1B}[?2004h\u{1B}[?7l"

    @Test func theTerminalIsTakenOverAtTheStartAndGivenBackAtTheEnd() throws {
        let terminal = try TestTerminal()
        #expect(terminal.isAsFound)
        let interface = try TerminalInterface(
            input: terminal.descriptor,
            output: terminal.descriptor,
            palette: Palette(.plain),
            echoesOwnLines: true
        )
        #expect(terminal.isRaw)
        #expect(try terminal.drawn() == Self.takenOver + TerminalScreen.firstQuestions + Self.row(""))
        #expect(interface.output == nil && !interface.isFull && interface.deadline == .never)
        interface.close()
        #expect(terminal.isAsFound)
        #expect(try terminal.drawn() == Self.givenBack)
        interface.close()
        try interface.proceed()
        #expect(try terminal.drawn() == "", "it is somebody else's now")
    }

    @Test func whatIsTypedIsShownAndAMessageComesAboveIt() throws {
        let chat = try Chat()
        #expect(try chat.take("half a li") == [])
        #expect(try chat.drawn() == Self.row("half a li"))
        try chat.interface.show("ben: hello")
        #expect(try chat.drawn() == "\r\u{1B}[Kben: hello\n" + Self.row("half a li"))
        try chat.interface.proceed()
        #expect(try chat.drawn() == "", "nothing has changed")
        chat.interface.close()
    }

    @Test(arguments: [
        ("hello", "hello"), ("//etc/passwd", "/etc/passwd"), ("/nick ben", "/nick ben"), ("  a  ", "a"),
    ])
    func onesOwnLineIsShownAsItIsSaidAboveAnEmptyRow(typed: String, shown: String) throws {
        let chat = try Chat()
        #expect(try chat.take("\(typed)\r") == [.line(typed)])
        let drawn = try chat.drawn()
        #expect(
            drawn.hasPrefix("\r\u{1B}[K*> \(shown)\n")
        )
        #expect(drawn.hasSuffix(Self.row("")))
        chat.interface.close()
    }

    @Test func blankLinesAreNeitherSaidNorShown() throws {
        let chat = try Chat()
        #expect(try chat.take("\r  \r") == [.hurry, .hurry])
        #expect(try chat.drawn() == Self.row(""))
        chat.interface.close()
    }

    @Test func aClearedScreenHasTheRowOnIt() throws {
        let chat = try Chat()
        try chat.take("half")
        _ = try chat.drawn()
        try chat.take("\u{C}")
        #expect(try chat.drawn() == "\u{1B}[H\u{1B}[2J" + Self.row("half"))
        chat.interface.close()
    }

    /// What is typed, and what it comes to; nothing behind it is taken.
    @Test(
        arguments: [
            ("one\r\u{4}two\r", [.line("one"), .endOfInput]),
            ("one\rtwo\u{3}\u{3}\u{3}three\r", [.line("one"), .leave]),
            ("one\r/quit\rtwo\r", [.line("one"), .line("/quit")]),
            ("/QUIT \r", [.line("/QUIT ")]), ("", [.leave]),
        ] as [(String, [UserAction])]
    )
    func whoWantsOutGetsTheTerminalBackAtOnce(typed: String, actions: [UserAction]) throws {
        let chat = try Chat()
        #expect(try chat.take(typed) == actions)
        #expect(chat.terminal.isAsFound)
        #expect(try chat.drawn().hasSuffix(Self.givenBack))
        // What the server still has to say comes without a row.
        try chat.interface.show("* ben left *")
        try chat.interface.proceed()
        try chat.interface.finish()
        #expect(try chat.drawn() == "\u{1B}[?7l* ben left *\u{1B}[?7h\n")
    }

    @Test func aTerminalIsBelievedOnceAboutItsAmbiguousCharacters() throws {
        let chat = try Chat(columns: 20)
        let wide = "ben: ЖЖЖЖЖЖЖЖ"
        func isWhole() throws -> Bool {
            try chat.interface.show(wide)
            return try chat.drawn().contains(wide)
        }
        #expect(try !isWhole(), "in two columns each it needs 21")
        try chat.take("\u{1B}[1;5R")
        #expect(try isWhole())
        try chat.take("\u{1B}[1;9R")
        #expect(try isWhole(), "nobody asked for this one")
        chat.interface.close()
    }

    @Test func whatTheUserSaysOfStyleIsDone() throws {
        let chat = try Chat(palette: Palette(.sixteen))
        try chat.interface.show("* ben left *")
        #expect(try chat.drawn().contains("\u{1B}[2m* ben left *\u{1B}[m\n"))
        chat.interface.close()
    }

    // MARK: A terminal that does not keep up

    @Test func aTerminalThatDoesNotReadGetsEverythingInOrderOnceItDoesAndThenTheRow() throws {
        let chat = try Chat()
        let messages = try Self.fill(chat) { chat.interface.isFull }
        try chat.take("half")
        let drawn = try chat.terminal.drawn {
            try chat.interface.proceed()
            return chat.interface.output != nil
        }
        let shown = drawn.split(separator: "\n").compactMap { $0.split(separator: "K").last.map(String.init) }
        #expect(shown.filter { $0.hasPrefix("message") } == messages)
        #expect(drawn.hasSuffix("\(messages.last ?? "")\n" + Self.row("half")), "the row comes once it can")
        #expect(!chat.interface.isFull)
        chat.interface.close()
    }

    @Test(arguments: [true, false])
    func aTerminalThatDoesNotReadHoldsUpNoEnd(isGivenBack: Bool) throws {
        let chat = try Chat()
        _ = try Self.fill(chat) { chat.interface.isFull }
        let start = MonotonicTime.now
        if isGivenBack { chat.interface.close() } else { try chat.interface.finish() }
        #expect(start.duration(to: .now) < .seconds(20))
        #expect(chat.terminal.isAsFound == isGivenBack)
        chat.interface.close()
    }

    @Test func atTheEndATerminalThatReadsAgainGetsWhatWaitedForIt() throws {
        let chat = try Chat()
        let messages = try Self.fill(chat) { chat.interface.output != nil }
        let drawn = try chat.drawn()
        try chat.interface.finish()
        #expect(chat.interface.output == nil)
        #expect((drawn + (try chat.drawn())).contains("\(messages.last ?? "")\n"))
        chat.interface.close()
    }

    /// Shows messages, which nobody reads.
    private static func fill(_ chat: Chat, until isEnough: () -> Bool) throws -> [String] {
        var messages: [String] = []
        while !isEnough() {
            messages.append("message \(messages.count)")
            try chat.interface.show(messages.last ?? "")
        }
        return messages
    }
}
