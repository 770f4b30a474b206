// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import SnugRooms
import SnugSystem
import SnugTerminal
import Testing

@testable import SnugClient
@testable import SnugTransport

/// What a voice reads out is words: no sign stands alone, and none is there that means something to eyes only.
@Suite struct PlainSentencesTests {
    private static let phrasing = Phrasing(style: .plainSentences)

    /// The words of a row that would be read out as signs, or not at all.
    private static func nonsense(in row: String) -> [Substring] {
        row.split(separator: " ").filter { word in
            !word.contains { $0.isLetter || $0.isNumber }
                || word.contains { "*|[]<>{}^~_\\✔→…".contains($0) || $0.isNewline }
        }
    }

    @Test(arguments: [
        "*>", "*!", "*-- new --*", "-", "12:01 * ben", "[TEXT]", "off|all", "✔ localhost", "ben:\nhi",
    ])
    func signsAreNoticed(row: String) { #expect(!Self.nonsense(in: row).isEmpty) }

    @Test func everythingThatHappensInAConversationIsToldInWords() {
        var talk = Talk(.plainSentences) { $0.time = .seconds }
        var rows = talk.hear(.hello(Talk.hello(lines: 1_000))) + talk.enter()
        let terms = ServerMessage.Terms(number: 7, name: "dan", by: Talk.ben, until: 9_000, reason: "spam")
        let kinds: [ServerMessage.EventKind] = [
            .said(Talk.ben, text: "hello aisha", isAction: false),
            .said(Talk.ben, text: "waves", isAction: true),
            .said(Talk.aisha, text: "hello", isAction: false),
            .said(Talk.aisha, text: "waves", isAction: true),
            .joined(Talk.carla), .left(Talk.carla, Code(.left)), .renamed(Talk.ben, from: "benny"),
            .banned(terms),
            .muted(terms), .invited(Talk.carla, by: Talk.ben), .invited(Talk.aisha, by: Talk.ben),
            .kicked(Talk.carla, by: Talk.ben, reason: nil), .kicked(Talk.carla, by: Talk.ben, reason: "spam"),
            .private(by: Talk.ben), .topic(by: Talk.ben, text: "tea"), .topic(by: Talk.ben, text: ""),
            .unbanned(number: 7, name: "dan", by: Talk.ben),
        ]
        for kind in kinds { rows += talk.hear(kind) }
        rows += talk.join("ops")
        rows += talk.hear(.said(Talk.ben, text: "the disk is full", isAction: false), in: "den")
        rows += talk.rows(talk.direct(from: Talk.ben, to: Talk.aisha, "psst"))
        rows += talk.rows(talk.direct(from: Talk.aisha, to: Talk.ben, "psst", ref: "m-9"))
        rows += talk.hear(
            .refused(.init(.notInRoom, text: "you are not in a room of that name", hint: "join it"))
        )
        var ban = ServerMessage.Ban(number: 7, name: "dan", what: "key", by: "ben")
        ban.isMute = true
        rows += talk.hear(.bans(.init([ban])))
        rows += talk.hear(.rooms(.init([.init(room: "main", people: 3, topic: "tea", isPrivate: true)])))
        rows += talk.wait(.seconds(90_000))
        rows += talk.rows(talk.conversation.lost("it was cut", at: talk.now))
        rows +=
            talk.wait(.seconds(5)) + talk.enter(people: [Talk.aisha, Talk.carla]) + talk.wait(.seconds(60))
        #expect(rows.count > kinds.count)
        for row in rows { #expect(Self.nonsense(in: row).isEmpty, "\(row)") }
    }

    @Test func whatIsTypedIsAnsweredInWords() {
        var talk = Talk.begun(.plainSentences)
        var rows: [String] = []
        for line in [
            "/help", "/bell", "/bell all", "/bell off", "/bell what", "/go", "/go 1", "/go ops", "/leave a b",
            "/nick",
            "/msg", "/r hi", "/foo", "/topic " + String(repeating: "x", count: 900), "/history x", "/mute",
            "/ban", "/kick",
            String(repeating: "x", count: 3_000),
        ] {
            rows += talk.shown(typing: line)
        }
        #expect(rows.count > LocalCommand.help(Self.phrasing).count)
        for row in rows { #expect(Self.nonsense(in: row).isEmpty, "\(row)") }
        #expect(rows.contains("snug: /bell and perhaps off or mention or all: what rings the bell"))
        #expect(rows.contains("snug: usage: /nick NAME"))
        #expect(!rows.contains { $0.contains("Alt") }, "no key does anything by itself where lines are typed")
    }

    /// What level 0 says is passed on as it is.
    @Test(arguments: Wording.allCases)
    func whateverTheServerSaysOfItsOwnIsInWords(wording: Wording) {
        let text = wording.rawValue.replacing("{}", with: "ben").replacing("{#}", with: "3")
        let row = Self.phrasing.row(.notice([.init(text, .notice)]), time: nil, room: nil).text
        #expect(Self.nonsense(in: row).isEmpty, "\(row)")
    }

    @Test func theEndAndTheCardOfTheConnectionAreInWords() {
        var talk = Talk.begun(.plainSentences)
        let identity = PeerIdentity(
            verifiedName: "localhost",
            voucher: .authority("CN=Snug lab CA"),
            pin: "sha256:e4u2bDk=",
            expiry: UnixTime(seconds: 1_705_014_800)
        )
        let facts = PeerFacts(
            protocolVersion: "TLSv1.3",
            cipher: "AES-256-GCM",
            group: "X25519",
            applicationProtocol: nil,
            identity: identity,
            provedKey: nil,
            shownKey: nil
        )
        let card = SecurityCard(
            facts: facts,
            server: "localhost:9443",
            knownPins: [],
            paddingMultiple: 256,
            level: 1,
            history: Talk.hello(lines: 1_000).history,
            hasPassphrase: true
        )
        let rows =
            card.lines(at: UnixTime(seconds: 1_700_000_000)).flatMap {
                talk.rows(talk.conversation.remark($0, at: talk.now))
            } + [
                AfterChat.notice("the server has ended the chat", .plainSentences).text,
                AfterChat.keptLine(.plainSentences).text,
            ]
        for row in rows { #expect(row.hasPrefix("snug: ") && Self.nonsense(in: row).isEmpty, "\(row)") }
    }
}
