// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import SnugRooms
import Testing

@Suite struct InputTests {
    @Test(arguments: [
        ("/who", Input.question(.who)), ("/WHO", .question(.who)), (" /Who \n", .question(.who)),
        ("/who now", .question(.who)), ("/quit", .quit), ("/QUIT", .quit), ("/help", .question(.help)),
        ("/HeLp me", .question(.help)), ("/rooms", .question(.rooms)), ("/Bans", .question(.sanctions)),
        ("/topic", .question(.topic)), ("/topic \t", .question(.topic)),
        ("/private", .request(.makePrivate(nil))),
        ("/nick bob", .request(.rename(NameRequest("bob")))),
        ("/NICK\t bob  b ", .request(.rename(NameRequest("bob  b")))),
        ("/nick", .request(.rename(NameRequest("")))),
        ("/unban 7", .request(.unban(number: 7, announcedIn: nil))),
        ("/topic a b ", .request(.topic(ShortText("a b"), of: nil))),
    ])
    func commandsAreReadInAnyCase(frame: String, input: Input) {
        #expect(Input.parse(frame) == input)
    }

    @Test func whatACommandNeedsIsAskedForWithTheWordsOfTheTable() {
        for (frame, usage) in [
            ("/msg", "/msg NAME TEXT"), ("/msg \u{200B}", "/msg NAME TEXT"), ("/r", "/r TEXT"),
            ("/me", "/me TEXT"),
            ("/join", "/join ROOM"), ("/join *", "/join ROOM"), ("/invite ", "/invite NAME"),
            ("/kick", "/kick NAME [REASON]"), ("/unban", "/unban NUMBER"), ("/unban -1", "/unban NUMBER"),
            ("/unban 99999999999999999999999", "/unban NUMBER"),
        ] {
            #expect(Input.parse(frame) == .refused(.usage(usage)), "\(frame)")
        }
    }

    @Test(arguments: [
        ("/", "/"), ("/ /", "/"), ("/ who", "/"), ("/\u{301}/x", "/\u{301}/x"),
        ("/\u{200D}/x", "/\u{200D}/x"), ("/whom", "/whom"), ("/who\u{1B}", "/who␛"),
        ("/eval x", "/eval"),
        ("/\u{301}quit", "/\u{301}quit"), ("/ｑｕｉｔ", "/ｑｕｉｔ"), ("\u{200B}/quit", "/quit"), ("\u{202E}/x", nil),
        ("/nic\u{212A} x", "/nic\u{212A}"), ("/nick\u{A0}", nil),
        ("/" + String(repeating: "x", count: 90), "/xxxxxxxxxxxxxxxxxxx"),
    ])
    func anythingElseWithASlashIsUnknownAndSafeToShow(frame: String, command: String?) {
        if let command {
            #expect(Input.parse(frame) == .refused(.unknownCommand(command)))
        } else {
            #expect(Input.parse(frame) != .refused(.unknownCommand("/quit")))
        }
    }

    @Test(arguments: [
        ("//etc/passwd", "/etc/passwd"), ("//", "/"), ("///", "//"), ("// who", "/ who"),
        ("  //quit \n", "/quit"),
        ("//\u{301}x", "/\u{301}x"), ("\u{200B}//x", "/x"), ("/\u{200B}/x", "/x"), ("//\u{1B}[2J", "/␛[2J"),
        ("//" + String(repeating: "x", count: 499), "/" + String(repeating: "x", count: 499)),
    ])
    func aSecondSlashMakesALineThatBeginsWithOne(frame: String, text: String) throws {
        guard case .request(.say(let speech, to: nil, ref: nil)) = Input.parse(frame) else {
            Issue.record("\(frame.debugDescription)")
            return
        }
        let line = speech.line
        #expect(line.text.unicodeScalars.elementsEqual(text.unicodeScalars))
        #expect(!line.changes.contains(.shortened))
    }

    @Test(arguments: [
        "/\u{301}quit", "\u{301}/quit", "\u{200D}\u{200B} /quit", "\u{FEFF}/quit", "\u{200D}/quit",
    ])
    func noDisguiseMakesACommandALineForEveryone(frame: String) {
        guard case .refused(.unknownCommand) = Input.parse(frame) else {
            Issue.record("\(frame.debugDescription)")
            return
        }
    }

    @Test(arguments: ["", " ", "\r\n", "\u{200B}"])
    func anEmptyFrameAsksForNothing(frame: String) {
        #expect(Input.parse(frame) == .nothing)
    }

    @Test func aCommandThatIsTooLongForALineIsStillACommand() throws {
        let frame =
            "/nick " + String(repeating: " ", count: 3000) + "bob" + String(repeating: "!", count: 3000)
        guard case .request(.rename(let request)) = Input.parse(frame) else {
            Issue.record("not read as /nick")
            return
        }
        #expect(request.name?.text == "bob!!!!!!!!!!!!!!!!!")
    }

    /// Otherwise a few frames of 8 KiB would keep a loop of the server busy.
    @Test(arguments: ["* ", "*", "\u{301} ", "a ", "👩‍👩‍👧 "])
    func onlySoManyWordsAreTriedAsANameHoweverLongALineIs(word: String) {
        let text = String(repeating: word, count: 8_186 / word.utf8.count)
        let start = ContinuousClock.now
        for command in ["/msg", "/kick", "/ban", "/mute", "/invite"] { _ = Input.parse("\(command) \(text)") }
        // It took a second for each before, and takes a millisecond now; what a loaded machine adds is left room for.
        #expect(ContinuousClock.now - start < .seconds(3))
    }

    @Test func aNickIsCleanedTheSameWayAsANameAtTheDoor() {
        let raw = "a\u{1B}[31m\u{202E}*: b"
        #expect(Input.parse("/nick " + raw) == .request(.rename(NameRequest(" " + raw))))
    }

    @Test(arguments: ["http://x", "a /quit", "*/quit", "hi"])
    func aLineWithASlashInsideIsALine(frame: String) throws {
        #expect(
            Input.parse(frame) == .request(.say(Speech(try #require(ChatLine(frame))), to: nil, ref: nil))
        )
    }
}
