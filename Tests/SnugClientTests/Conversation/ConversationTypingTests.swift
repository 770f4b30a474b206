// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import SnugRooms
import SnugSystem
import SnugTerminal
import Testing

@testable import SnugClient

/// What is made of what is typed.
@Suite struct ConversationTypingTests {
    private static let main = OwnLine.Target.room("main")

    @Test(arguments: [
        ("hello", OwnLine("hello", to: main)), ("  hello  ", OwnLine("hello", to: main)),
        ("//etc/passwd", OwnLine("/etc/passwd", to: main)),
        ("/me waves", OwnLine("waves", to: main, isAction: true)),
        ("/msg ben psst", OwnLine("psst", to: .person("ben"))),
        ("/MSG ann lee hi", OwnLine("hi", to: .person("ann lee"))),
        ("/msg ann hi", OwnLine("hi", to: .person("ann"))),
    ])
    func aLineIsSaidToWhomItIsFor(typed: String, line: OwnLine) {
        var talk = Talk.begun()
        _ = talk.hear(.joined(.init(id: "20", name: "ann lee")))
        #expect(talk.type(typed) == [.say(line)])
    }

    @Test(arguments: ["", " ", "\u{200B}", "\t"])
    func nothingIsMadeOfNothing(typed: String) {
        var talk = Talk.begun()
        #expect(talk.type(typed) == [])
    }

    @Test(arguments: ["/jion ops", "/", "/x", "/ help", "/who\u{301}", "/tel\u{FF4C}"])
    func whatIsNoCommandIsNeverSent(typed: String) {
        var talk = Talk.begun()
        let rows = talk.shown(typing: typed)
        #expect(rows.count == 1)
        #expect(rows.first?.hasSuffix("is no command; /help lists them") == true)
        #expect(talk.type(typed).count == 1)
    }

    @Test(arguments: [
        "/msg", "/me", "/nick", "/join", "/history x", "/kick", "/unban x", "/bell loud", "/go",
    ])
    func aCommandWithoutWhatItNeedsSaysHowItIsWritten(typed: String) {
        var talk = Talk.begun()
        let rows = talk.shown(typing: typed)
        #expect(rows.count == 1)
        #expect(rows.first?.contains(typed.prefix { $0 != " " }) == true)
    }

    @Test func everyQuestionIsAskedOfTheCurrentRoom() {
        let expected: [(String, ClientMessage.Kind)] = [
            ("/who", .who(room: "ops")), ("/topic", .topic(room: "ops", text: nil)),
            ("/topic tea  at five", .topic(room: "ops", text: "tea  at five")), ("/rooms", .rooms),
            ("/private", .private(room: "ops")), ("/invite ben", .invite(name: "ben", room: "ops")),
            ("/kick ben out you go", .kick(name: "ben", room: "ops", reason: "out you go")),
            ("/mute ben", .mute(name: "ben", room: "ops", seconds: 600)),
            ("/mute ben forever", .mute(name: "ben", room: "ops", seconds: nil)),
            ("/ban ben 1h spam", .ban(.init(name: "ben", room: "ops", seconds: 3_600, reason: "spam"))),
            ("/bans", .bans), ("/unban 7", .unban(number: 7)),
            ("/history 500", .history(room: "ops", before: nil, limit: 200)),
        ]
        for (typed, kind) in expected {
            var talk = Talk.begun()
            _ = talk.join("ops")
            _ = talk.conversation.switchRoom(number: 2, at: talk.now)
            #expect(talk.type(typed) == [.ask(ClientMessage(kind, ref: "m?1"))])
        }
    }

    @Test func whatIsForThisProgramIsAskedOfNobody() {
        var talk = Talk.begun()
        #expect(talk.type("/quit") == [.quit])
        #expect(talk.type("/tls") == [.showTLS])
        #expect(talk.shown(typing: "/bell off") == ["*! the bell does not ring"])
        #expect(!talk.effects(.said(Talk.ben, text: "aisha", isAction: false)).contains(.bell))
        #expect(talk.shown(typing: "/bell ALL") == ["*! the bell rings for every line"])
        #expect(talk.effects(.said(Talk.ben, text: "hello", isAction: false)).contains(.bell))
    }

    @Test func anEmptyScreenNeedsNoConnection() {
        var talk = Talk()
        #expect(talk.type("/clear") == [.clear])
        var spoken = Talk(.plainSentences)
        #expect(
            spoken.shown(typing: "/clear") == ["snug: there is no screen to clear: what was said here stays"]
        )
    }

    @Test func oneGoesToARoomByItsNameOrItsNumber() {
        var talk = Talk.begun()
        _ = talk.join("ops")
        #expect(talk.shown(typing: "/go #OPS") == ["*! you talk in #ops now"])
        #expect(talk.shown(typing: "/go 1") == ["*! you talk in #main now"])
        #expect(talk.shown(typing: "/go den") == ["*! you are not in #den; /join den enters it"])
        #expect(talk.shown(typing: "/go -1") == ["*! you are in 2 rooms"])
        #expect(talk.conversation.prompt == "#main> ")
    }

    @Test func anAnswerGoesToWhomOneLastTalkedToAlone() {
        var talk = Talk.begun()
        #expect(talk.shown(typing: "/r hi") == ["*! nobody has said anything to you alone yet"])
        _ = talk.direct(from: Talk.ben, to: Talk.aisha, "psst")
        #expect(talk.type("/r hi") == [.say(OwnLine("hi", to: .person("ben")))])
        _ = talk.direct(from: Talk.aisha, to: Talk.carla, "psst", ref: "m-1")
        #expect(talk.type("/r hi") == [.say(OwnLine("hi", to: .person("carla")))])
        _ = talk.hear(.renamed(.init(id: Talk.carla.id, name: "carol"), from: "carla"))
        #expect(talk.type("/r hi") == [.say(OwnLine("hi", to: .person("carol")))])
    }

    @Test func nothingIsCutBehindAnybodysBack() {
        var talk = Talk.begun()
        #expect(
            talk.shown(typing: String(repeating: "x", count: 501))
                == ["*! not said, since it is too long: a line has at most 500 characters and 2000 bytes"]
        )
        #expect(talk.type(String(repeating: "x", count: 500)).count == 1)
        #expect(talk.type("/topic " + String(repeating: "x", count: 201)).count == 1)
        #expect(
            talk.shown(typing: "/topic " + String(repeating: "x", count: 201))
                == ["*! a topic has at most 200 characters; it stays as it is"]
        )
    }

    @Test func whatCannotBeShownIsTakenOutAndThatIsTold() {
        var talk = Talk.begun()
        let acts = talk.type("a\u{200B}b")
        #expect(acts.first == .say(OwnLine("ab", to: Self.main)))
        #expect(talk.shown(typing: "a\u{200B}b") == ["*! your line was freed of invisible characters"])
    }

    @Test func helpIsARowForEachCommand() {
        var talk = Talk.begun()
        let rows = talk.shown(typing: "/help")
        #expect(rows.count == LocalCommand.help(Phrasing(style: .marks)).count)
        #expect(rows.contains("*! /msg NAME TEXT: say something to one person alone"))
        #expect(rows.allSatisfy { $0.hasPrefix("*! ") })
    }
}
