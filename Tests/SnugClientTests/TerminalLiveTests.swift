// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import SnugTerminal
import Testing

@testable import SnugClient

extension TerminalInterfaceTests {
    /// What stands at the bottom of a real terminal for a while: rows, and words in front of what is typed.
    @Suite struct TerminalLiveTests {
        private static let rows = [StyledText("*> one", .program), StyledText("*> two", .program)]

        @Test func rowsAreDrawnOnceAndStayUnderMessages() throws {
            let chat = try Chat()
            try chat.take("half")
            _ = try chat.drawn()
            try chat.interface.setLive(Self.rows)
            #expect(try chat.drawn() == "\r\u{1B}[K*> one\n*> two\n" + row("half"))
            try chat.interface.setLive(Self.rows)
            #expect(try chat.drawn() == "")
            try chat.take("!")
            #expect(try chat.drawn() == row("half!"))
            try chat.interface.show("ben: hello")
            let erased = "\r\u{1B}[2A\u{1B}[J"
            #expect(
                try chat.drawn() == erased + "ben: hello\n\r\u{1B}[K*> one\n*> two\n" + row("half!")
            )
            try chat.interface.setLive([])
            #expect(try chat.drawn() == erased + row("half!"))
            chat.interface.close()
        }

        @Test func thePromptSaysWhatItIsToldTo() throws {
            let chat = try Chat()
            try chat.interface.setPrompt("#main> ")
            #expect(try chat.drawn() == "\r\u{1B}[K#main> \u{1B}7\u{1B}[K\u{1B}8")
            try chat.interface.setPrompt("#main> ")
            #expect(try chat.drawn() == "")
            chat.interface.close()
        }

        @Test func theTerminalIsGivenBackWithoutTheRows() throws {
            let chat = try Chat()
            try chat.interface.setLive(Self.rows)
            _ = try chat.drawn()
            chat.interface.close()
            #expect(try chat.drawn() == "\r\u{1B}[2A\u{1B}[J" + givenBack)
            try chat.interface.setLive([])
            try chat.interface.setPrompt("#ops> ")
            try chat.interface.ring()
            #expect(try chat.drawn() == "", "it is somebody else's now")
        }

        @Test func aClearedScreenHasTheRowsOnIt() throws {
            let chat = try Chat()
            try chat.interface.setLive(Self.rows)
            _ = try chat.drawn()
            try chat.take("\u{C}")
            let screen = "\u{1B}[H\u{1B}[2J\r\u{1B}[K*> one\n*> two\n" + row("")
            #expect(try chat.drawn() == screen)
            // The same by the command, and the scrollback stays: there is no "3J".
            try chat.interface.clear()
            #expect(try chat.drawn() == screen)
            chat.interface.close()
            _ = try chat.drawn()
            try chat.interface.clear()
            #expect(try chat.drawn() == "", "it is somebody else's now")
        }

        @Test func whereSomebodyElseShowsOwnLinesTheyAreNotShownHere() throws {
            let chat = try Chat(echoes: false)
            #expect(try chat.take("one\r") == [.line("one")])
            #expect(try chat.drawn() == row(""))
            chat.interface.close()
        }

        @Test func altWithADigitAsksForARoomAndEnterOnNothingForHaste() throws {
            let chat = try Chat()
            let actions = try chat.take("\u{1B}1ha\u{1B}9lf\r\r\u{1B}0")
            #expect(actions == [.room(number: 1), .room(number: 9), .line("half"), .hurry])
            chat.interface.close()
        }

        @Test func whatControlCWouldDoIsSaidAndATerminalIsGivenBackWithoutIt() throws {
            let chat = try Chat()
            #expect(try chat.take("\u{3}") == [])
            #expect(try chat.drawn() == "\r\u{1B}[K*! Ctrl-C again leaves\n" + row(""))
            #expect(try chat.take("x") == [])
            #expect(try chat.drawn() == "\r\u{1B}[1A\u{1B}[J" + row("x"))
            #expect(try chat.take("\u{3}\u{3}\u{3}") == [.leave])
            #expect(try chat.drawn() == givenBack)
        }

        @Test func aPasteIsAskedAboutAboveTheRowAndUnderRowsOfOthers() throws {
            let chat = try Chat(echoes: false)
            try chat.interface.setLive([StyledText("*> waits", .program)])
            _ = try chat.drawn()
            try chat.take("\u{1B}[200~one\ntwo\u{1B}[201~")
            let drawn = try chat.drawn()
            #expect(drawn.contains("J*> waits\n*! 2 lines pasted: Enter sends, Esc dro\n| one\n| two\n"))
            #expect(drawn.hasSuffix("Ksend? \u{1B}7\u{1B}[K\u{1B}8"))
            #expect(try chat.take("\r") == [.line("one"), .line("two")])
            chat.interface.close()
        }

        @Test func tabCompletesWhatTheSessionKnows() throws {
            let chat = try Chat()
            chat.interface.setVocabulary(Vocabulary(names: ["ben"]))
            try chat.take("be\t")
            #expect(try chat.drawn() == row("ben: "))
            chat.interface.close()
        }

        @Test func escapeByItselfActsAfterItsTimeWithoutAnotherKey() throws {
            let chat = try Chat()
            try chat.take("\u{1B}[200~one\ntwo\u{1B}[201~")
            try chat.take("\u{1B}")
            let deadline = chat.interface.deadline
            #expect(deadline != .never)
            var none: [Polling.Entry] = []
            while MonotonicTime.now < deadline { Polling.wait(for: &none, until: deadline) }
            _ = try chat.drawn()
            try chat.interface.proceed()
            #expect(try chat.drawn().hasSuffix(row("")))
            #expect(chat.interface.deadline == .never)
            chat.interface.close()
        }

        @Test(arguments: [DesktopNotification.osc9, .osc777])
        func theDesktopIsToldWhereTheTerminalCanDoThat(way: DesktopNotification) throws {
            let terminal = try TestTerminal()
            let interface = try TerminalInterface(
                input: terminal.descriptor,
                output: terminal.descriptor,
                palette: Palette(.plain),
                echoesOwnLines: false,
                notifies: way
            )
            _ = try terminal.drawn()
            try interface.notify("ben: hello")
            #expect(try terminal.drawn() == way.sequence(for: "ben: hello"))
            interface.close()
            let chat = try Chat()
            try chat.interface.notify("ben: hello")
            #expect(try chat.drawn() == "")
            chat.interface.close()
        }

        @Test func theBellRingsWithoutARow() throws {
            let chat = try Chat()
            try chat.interface.ring()
            #expect(try chat.drawn() == "\u{7}")
            chat.interface.close()
        }

        @Test func aTerminalThatDoesNotKeepUpGetsTheNewestRowsOnceItDoes() throws {
            let chat = try Chat()
            try chat.interface.setLive(Self.rows)
            var number = 0
            while !chat.interface.isFull {
                number += 1
                try chat.interface.show("message \(number)")
                try chat.interface.setLive([StyledText("after \(number)", .program)])
            }
            let drawn = try chat.terminal.drawn {
                try chat.interface.proceed()
                return chat.interface.output != nil
            }
            #expect(drawn.hasSuffix("message \(number)\n\r\u{1B}[Kafter \(number)\n" + row("")))
            chat.interface.close()
        }

        /// Row and prompt are three rows and one at 20 columns.
        @Test func aNarrowerWindowIsRidOfRowsThatItHasWrapped() throws {
            let chat = try Chat(columns: 50)
            try chat.take("\u{1B}[1;5Rhalf")
            try chat.interface.setLive([StyledText(String(repeating: "x", count: 45), .program)])
            _ = try chat.drawn()
            try chat.resize(columns: 20)
            #expect(try chat.drawn() == "\u{1B}[6n\u{1B}7\u{1B}[999C\u{1B}[6n\u{1B}8")
            try chat.interface.setLive([StyledText("short", .program)])
            #expect(try chat.drawn() == "")
            try chat.take("\u{1B}[9;7R\u{1B}[9;20R")
            #expect(try chat.drawn() == "\r\u{1B}[3A\u{1B}[J\r\u{1B}[Kshort\n" + row("half"))
            chat.interface.close()
        }
    }
}
