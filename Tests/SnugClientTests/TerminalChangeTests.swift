// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import SnugSystem
import SnugTerminal
import SnugTransport
import Synchronization
import Testing

@testable import SnugClient

extension TerminalInterfaceTests {
    /// What the window, the shell and a lost connection do to a terminal that is drawn on.
    @Suite struct TerminalChangeTests {
        private static let line = "the quick brown fox jumps over the lazy dog"
        private static let question = "\u{1B}[6n\u{1B}7\u{1B}[999C\u{1B}[6n\u{1B}8"

        @Test(arguments: [UInt16(20), 30, 60])
        func aTerminalThatAnswersNoQuestionsIsDrawnOnAtOnceInItsNewWidth(columns: UInt16) throws {
            let chat = try Chat(columns: 50)
            try chat.take(Self.line)
            _ = try chat.drawn()
            try chat.resize(columns: columns)
            #expect(try chat.drawn() == row(String(Self.line.suffix(Int(columns) - 3))))
            #expect(!chat.interface.isFull)
            chat.interface.close()
        }

        @Test func aWiderWindowAsksNothing() throws {
            let chat = try Self.answeringChat()
            try chat.resize(columns: 60)
            #expect(try chat.drawn() == row(Self.line))
            chat.interface.close()
        }

        /// What the terminal says of its width counts if that is narrower: the system's word may be older.
        @Test(arguments: [(20, 20), (15, 15), (30, 20)], [true, false])
        func aNarrowerWindowIsAskedWhereTheRowBeginsAndMessagesWaitForThat(
            widths: (said: Int, drawn: Int),
            together: Bool
        ) throws {
            let chat = try Self.answeringChat()
            try chat.resize(columns: 20)
            #expect(try chat.drawn() == Self.question)
            try chat.interface.show("ben: one")
            try chat.interface.show("ben: two")
            try chat.interface.proceed()
            try chat.take("!")
            #expect(try chat.drawn() == "")
            #expect(chat.interface.isFull)
            #expect(chat.interface.deadline <= .now + .seconds(1))
            // Prompt and line, 45 columns, are three rows at 20 columns and four at 15.
            let answers = ["\u{1B}[9;\(45 % widths.drawn + 1)R", "\u{1B}[9;\(widths.said)R"]
            for answer in together ? [answers.joined()] : answers { try chat.take(answer) }
            let drawn = try chat.drawn()
            #expect(drawn.hasPrefix("\r\u{1B}[\(45 / widths.drawn)A\u{1B}[J\r\u{1B}[Kben: one\n"))
            #expect(drawn.contains("\r\u{1B}[Kben: two\n"))
            #expect(drawn.hasSuffix(row(String("\(Self.line)!".suffix(widths.drawn - 3)))))
            #expect(!chat.interface.isFull && chat.interface.deadline == .never)
            chat.interface.close()
        }

        @Test func anAnswerThatCannotBeMeantHarmsNothing() throws {
            let chat = try Self.answeringChat()
            try chat.resize(columns: 20)
            try chat.take("\u{1B}[0;0R\u{1B}[0;0R")
            try chat.interface.show("ben: hello")
            #expect(try chat.drawn().contains("ben"))
            chat.interface.close()
        }

        @Test func aTerminalThatHasStoppedAnsweringIsDrawnOnAfterAWhileAndAskedNoMore() throws {
            let chat = try Self.answeringChat()
            try chat.resize(columns: 20)
            try chat.interface.show("ben: one")
            _ = try chat.drawn()
            var none: [Polling.Entry] = []
            let deadline = chat.interface.deadline
            while MonotonicTime.now < deadline { Polling.wait(for: &none, until: deadline) }
            try chat.interface.proceed()
            let end = row(String(Self.line.suffix(17)))
            let drawn = try chat.drawn()
            #expect(drawn.hasPrefix("\r\u{1B}[Kben: one\n"))
            #expect(drawn.hasSuffix(end))
            try chat.resize(columns: 18)
            #expect(try chat.drawn() == row(String(Self.line.suffix(15))))
            chat.interface.close()
        }

        @Test func evenWithoutAMessageTheRowComesBackOnATerminalThatHasStoppedAnswering() throws {
            let chat = try Self.answeringChat()
            try chat.resize(columns: 20)
            _ = try chat.drawn()
            var none: [Polling.Entry] = []
            let deadline = chat.interface.deadline
            while MonotonicTime.now < deadline { Polling.wait(for: &none, until: deadline) }
            try chat.interface.proceed()
            #expect(try chat.drawn() == row(String(Self.line.suffix(17))))
            chat.interface.close()
        }

        @Test func messagesThatWaitedForTheTerminalComeBeforeThoseAfterTheEnd() throws {
            let chat = try Self.answeringChat()
            try chat.resize(columns: 20)
            try chat.interface.show("ben: one")
            #expect(try chat.take("\u{3}\u{3}\u{3}") == [.leave])
            try chat.interface.show("ben: two")
            try chat.interface.finish()
            #expect(
                try chat.drawn()
                    .hasSuffix("\u{1B}[?7lben: one\u{1B}[?7h\n\u{1B}[?7lben: two\u{1B}[?7h\n")
            )
        }

        // MARK: The shell

        @Test func aStopGivesTheTerminalToTheShellAndTakesItOverAgain() throws {
            let chat = try Chat()
            try chat.take("half")
            _ = try chat.drawn()
            try Self.withStopsCounted { stops in
                try chat.takeSignal(SIGTSTP)
                #expect(Self.comesTrue { stops() > 0 })
            }
            // With other threads around, what stops the process may come back as a second request.
            let drawn = try chat.drawn()
            #expect(drawn.hasPrefix(givenBack) && drawn.hasSuffix(givenBack + takenOver + row("half")))
            #expect(!drawn.contains(TerminalScreen.firstQuestions), "it draws as it did before")
            #expect(chat.terminal.isRaw)
            chat.interface.close()
            #expect(chat.terminal.isAsFound)
        }

        @Test func aStopAfterTheEndTakesNothingOver() throws {
            let chat = try Chat()
            chat.interface.close()
            _ = try chat.drawn()
            try Self.withStopsCounted { stops in
                try chat.takeSignal(SIGTSTP)
                #expect(Self.comesTrue { stops() > 0 })
            }
            try chat.takeSignal(SIGCONT)
            try chat.resize(columns: 20)
            #expect(try chat.drawn() == "")
            #expect(chat.terminal.isAsFound)
        }

        @Test func whatAShellHasMadeOfTheTerminalMeanwhileIsSetRightAndLeftAsItWasFound() throws {
            let chat = try Chat()
            try chat.take("half")
            _ = try chat.drawn()
            var modes = chat.terminal.modes
            modes.c_lflag |= tcflag_t(ICANON | ECHO | ISIG)
            chat.terminal.modes = modes
            chat.terminal.resize(columns: 6)
            try chat.takeSignal(SIGCONT)
            #expect(chat.terminal.isRaw)
            #expect(try chat.drawn().hasSuffix(takenOver + row("alf")))
            chat.interface.close()
            #expect(chat.terminal.isAsFound)
        }

        @Test func whoIsStoppedByNoShellEchoesNothingThatIsTypedWhenItGoesOn() throws {
            let chat = try Chat()
            try chat.take("half")
            _ = try chat.drawn()
            try chat.takeSignal(SIGCONT)
            #expect(chat.terminal.isRaw)
            #expect(try chat.drawn() == takenOver + row("half"), "the terminal was not given back in between")
            chat.interface.close()
            #expect(chat.terminal.isAsFound)
        }

        // MARK: After the chat

        @Test(arguments: [
            ("", "\r", []), ("half", "\r\r", ["half"]),
            ("half", " a line\rrm -r\r\rls\r", ["half a line", "rm -r"]),
            ("half", " a line\rrm -r\u{3}", ["half a line", "rm -r"]), ("half", " a\u{3}", ["half a"]),
            ("", "\u{4}", []),
        ])
        func whoIsTypingWhenTheConnectionIsLostKeepsTheProgramAndTheLine(
            before: String,
            after: String,
            unsent: [String]
        ) throws {
            let chat = try Chat(columns: 80)
            if !before.isEmpty { try chat.take(before) }
            _ = try chat.drawn()
            try chat.terminal.type(after)
            #expect(chat.interface.outlastChat("gone\u{1B}") == unsent)
            #expect(chat.terminal.isAsFound)
            let drawn = try chat.drawn()
            let notice = "*! disconnected: gone␛ (Enter on an empty line leaves)"
            #expect(drawn.hasPrefix("\r\u{1B}[K\(notice)\n" + row(before)))
            #expect(drawn.hasSuffix(givenBack))
            #expect(!drawn.contains("*> "), "nobody gets it any more")
            #expect(chat.interface.outlastChat("again").isEmpty, "the terminal is given back already")
            #expect(try chat.drawn() == "")
        }

        @Test func theWindowMayChangeItsWidthAfterTheChatAsWell() throws {
            let chat = try Chat(columns: 80)
            try chat.take(Self.line)
            chat.terminal.resize(columns: 20)
            pthread_kill(pthread_self(), SIGWINCH)
            try chat.terminal.type("!\r\r")
            #expect(chat.interface.outlastChat("gone") == ["\(Self.line)!"])
            #expect(try chat.drawn().contains(row(String(Self.line.suffix(17)))))
        }

        @Test func aWindowThatIsClosedEndsTheWait() throws {
            let chat = try Chat()
            try chat.take("half")
            chat.terminal.hangUp()
            #expect(chat.interface.outlastChat("gone") == ["half"])
        }

        /// With the line typed, and known as one that says where its cursor is.
        private static func answeringChat() throws -> Chat {
            let chat = try Chat(columns: 50)
            try chat.take("\u{1B}[1;5R\(line)")
            _ = try chat.drawn()
            return chat
        }

        private static func comesTrue(_ condition: () -> Bool) -> Bool {
            let deadline = MonotonicTime.now + .seconds(60)
            var none: [Polling.Entry] = []
            while !condition(), MonotonicTime.now < deadline {
                Polling.wait(for: &none, until: .now + .milliseconds(1))
            }
            return condition()
        }

        /// Has a stop of this process counted instead of done.
        ///
        /// By a handler, which programs that other tests start do not inherit.
        private static func withStopsCounted(_ body: (() -> Int) throws -> Void) rethrows {
            let before = stopCount.load(ordering: .relaxed)
            let former = signal(SIGTSTP) { _ in stopCount.add(1, ordering: .relaxed) }
            defer { signal(SIGTSTP, former) }
            try body { stopCount.load(ordering: .relaxed) - before }
        }
    }
}

private let stopCount = Atomic(0)
