// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import SnugRooms
import SnugSystem
import SnugTerminal
import TestSupport
import Testing

@testable import SnugClient

@Suite struct PhrasingTests {
    private static let ben = ShownName("ben")

    private static let forms: [(Telling, String, String)] = [
        (.said(ben, [.init("hi", .speech)]), "ben: hi", "ben says: hi"),
        (.did(ben, [.init("waves", .speech)]), "ben * waves", "ben does: waves"),
        (.own("hi"), "*> hi", "you said: hi"),
        (.ownAction(ShownName("aisha"), "waves"), "aisha * waves", "you did: waves"),
        (.direct(ben, [.init("psst", .speech)]), "* ben (only to you): psst *", "ben says to you only: psst"),
        (.ownDirect(to: ben, "psst"), "*>> (only to ben): psst", "to ben, you said: psst"),
        (.notice(.joined, .name(ben)), "* ben joined the chat *", "ben joined the chat"),
        (.program("no"), "*! no", "snug: no"),
        (.server("hm"), "* hm *", "from the server: hm"),
        (.unread, "*-- new --*", "snug: new from here on"),
        (.day("Friday, 1 May 2026"), "*-- Friday, 1 May 2026 --*", "snug: Friday, 1 May 2026"),
    ]

    @Test(arguments: forms.indices)
    func everyRowHasTheFormThatTheTableSays(index: Int) {
        let (telling, seen, heard) = Self.forms[index]
        #expect(Phrasing(style: .marks).row(telling, time: nil, room: nil).text == seen)
        #expect(Phrasing(style: .plainSentences).row(telling, time: nil, room: nil).text == heard)
    }

    @Test func timeAndRoomStandInFrontInThatOrder() {
        let row = Phrasing(style: .marks).row(
            .said(Self.ben, [.init("hi", .speech)]),
            time: "12:01",
            room: RoomName("ops")
        )
        #expect(row.text == "12:01 #ops: ben: hi")
        #expect(row.parts.map(\.role) == [.time, .room, .name("ben"), .speech])
    }

    /// What people read is what was meant, whoever chose the names and the words: the speaker, the kind, the room, and
    /// where the words begin.
    @Test(arguments: 0..<40, ConversationOptions.Style.allCases)
    func noNameAndNoTextMakesARowThatReadsAsAnother(seed: UInt64, style: ConversationOptions.Style) {
        var random = SeededGenerator(seed: seed)
        let (phrasing, reader) = (Phrasing(style: style), RowReader(style: style))
        for _ in 0..<60 {
            let name = ShownName(HostileWords.any(upTo: 6, using: &random))
            let text = Conversation.clean(HostileWords.any(upTo: 8, using: &random))
            let room =
                Bool.random(using: &random) ? RoomName(HostileWords.any(upTo: 4, using: &random)) : nil
            let words = Mentions(of: "aisha").parts(of: text).parts
            let called = style == .marks ? name.text : ShownName.heard(name.text)
            let rows: [(Telling, RowReader.Meaning)] = [
                (.said(name, words), .said(called, text)),
                (.did(name, words), .did(called, text)),
                (.own(text), .own(text)),
                (.direct(name, words), .direct(called, text)),
                (.ownDirect(to: name, text), .ownDirect(called, text)),
                (.program(text), .program(text)),
                (.notice(.joined, .name(name)), .notice("\(called) joined the chat")),
                (.notice(.left, .name(name)), .notice("\(called) left")),
                (
                    .notice(.topicSet, .name(name), .text(text)),
                    .notice("\(called) set the topic: \(text)")
                ),
            ]
            for (telling, meaning) in rows {
                if style == .plainSentences, telling == .program("new from here on") { continue }
                let row = phrasing.row(telling, time: nil, room: room).text
                #expect(reader.read(row) == .init(room: room?.description, meaning: meaning), "\(row)")
            }
        }
    }

    /// A crowd is named by commas and words that no name can hold.
    @Test(arguments: 0..<40)
    func nobodyPassesForTwoPeopleOrForACrowd(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let name = ShownName(HostileWords.any(upTo: 6, using: &random))
            let words = Telling.parts(.joined, [.crowd([name])]).map(\.text).joined()
            #expect(!words.contains(","))
            #expect(words.firstMatch(of: /and \d+ more joined/) == nil, "\(words)")
        }
    }

    @Test func aLineThatIsNotConfirmedSaysSo() {
        let phrasing = Phrasing(style: .marks)
        let line = OwnLine("hi", to: .room("ops"))
        #expect(phrasing.unconfirmed(line, isElsewhere: false).text == "*> hi (not confirmed)")
        #expect(phrasing.unconfirmed(line, isElsewhere: true).text == "#ops: *> hi (not confirmed)")
        let action = OwnLine("waves", to: .room("ops"), isAction: true)
        #expect(phrasing.unconfirmed(action, isElsewhere: false).text == "*> /me waves (not confirmed)")
        let direct = OwnLine("psst", to: .person("ben"))
        #expect(
            phrasing.unconfirmed(direct, isElsewhere: true).text
                == "*>> (only to ben): psst (not confirmed)"
        )
    }
}
