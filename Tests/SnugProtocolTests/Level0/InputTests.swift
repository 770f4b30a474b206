// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import SnugRooms
import Testing

@Suite struct InputTests {
    @Test(arguments: [
        ("/who", Input.who), ("/WHO", .who), (" /Who \n", .who), ("/who now", .who), ("/quit", .quit),
        ("/QUIT", .quit),
        ("/help", .help), ("/HeLp me", .help), ("/nick bob", .nick(requested: NameRequest("bob"))),
        ("/NICK\t bob  b ", .nick(requested: NameRequest("bob b"))),
        ("/nick", .nick(requested: NameRequest(""))),
    ])
    func commandsAreReadInAnyCase(frame: String, input: Input) {
        guard case .nick(let requested) = Input.parse(frame), case .nick(let expected) = input else {
            #expect(Input.parse(frame) == input)
            return
        }
        #expect(requested.name == expected.name)
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
            #expect(Input.parse(frame) == .unknown(command: command))
        } else {
            #expect(Input.parse(frame) != .unknown(command: "/quit"))
        }
    }

    @Test(arguments: [
        ("//etc/passwd", "/etc/passwd"), ("//", "/"), ("///", "//"), ("// who", "/ who"),
        ("  //quit \n", "/quit"),
        ("//\u{301}x", "/\u{301}x"), ("\u{200B}//x", "/x"), ("/\u{200B}/x", "/x"), ("//\u{1B}[2J", "/␛[2J"),
        ("//" + String(repeating: "x", count: 499), "/" + String(repeating: "x", count: 499)),
    ])
    func aSecondSlashMakesALineThatBeginsWithOne(frame: String, text: String) throws {
        guard case .line(let line) = Input.parse(frame) else {
            Issue.record("\(frame.debugDescription)")
            return
        }
        #expect(line.text.unicodeScalars.elementsEqual(text.unicodeScalars))
        #expect(!line.changes.contains(.shortened))
    }

    @Test(arguments: [
        "/\u{301}quit", "\u{301}/quit", "\u{200D}\u{200B} /quit", "\u{FEFF}/quit", "\u{200D}/quit",
    ])
    func noDisguiseMakesACommandALineForEveryone(frame: String) {
        guard case .unknown = Input.parse(frame) else {
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
        guard case .nick(let request) = Input.parse(frame) else {
            Issue.record("not read as /nick")
            return
        }
        #expect(request.name?.text == "bob!!!!!!!!!!!!!!!!!")
    }

    @Test func aNickIsCleanedTheSameWayAsANameAtTheDoor() {
        let raw = "a\u{1B}[31m\u{202E}*: b"
        #expect(Input.parse("/nick " + raw) == .nick(requested: NameRequest(" " + raw)))
    }

    @Test(arguments: ["http://x", "a /quit", "*/quit", "hi"])
    func aLineWithASlashInsideIsALine(frame: String) throws {
        #expect(Input.parse(frame) == .line(try #require(ChatLine(frame))))
    }
}
