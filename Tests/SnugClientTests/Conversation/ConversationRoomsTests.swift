// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import SnugRooms
import SnugSystem
import SnugTerminal
import Testing

@testable import SnugClient

/// Rooms that are told in parts, and answers to what was asked about them.
@Suite struct ConversationRoomsTests {
    private func ref(_ acts: [Conversation.Act]) throws -> String {
        switch try #require(acts.first) {
        case .ask(let message): try #require(message.ref)
        case .join(_, let ref), .leave(_, let ref), .nick(_, let ref): ref
        default: throw NoRef()
        }
    }

    private struct NoRef: Error {}

    @Test func aRoomThatComesInSeveralPartsIsOne() {
        var talk = Talk.begun()
        func people(_ range: Range<Int>) -> [Talk.Person] { range.map { .init(id: "\($0)", name: "p\($0)") } }
        #expect(talk.hear(.room(.init(room: "ops", people: people(20..<120), hasMore: true, last: 9))) == [])
        #expect(talk.hear(.room(.init(room: "ops", people: people(120..<200), hasMore: true, last: 9))) == [])
        #expect(
            talk.hear(.room(.init(room: "ops", topic: "disks", people: people(200..<210), last: 9)))
                == ["* you are in #ops (190 here): disks *"]
        )
    }

    @Test func ofARoomWithMorePeopleThanAreToldTheNumberIsNotSaid() {
        var talk = Talk.begun()
        let people = (20..<520).map { Talk.Person(id: "\($0)", name: "p\($0)") }
        #expect(
            talk.hear(.room(.init(room: "ops", people: people, last: 9)))
                == ["* you are in #ops (500 or more here) *"]
        )
    }

    @Test func whoAsksWhoIsThereIsNotToldThatThoseAreAll() throws {
        for (count, end) in [(499, "p498 *"), (500, "p499, and perhaps more *")] {
            var talk = Talk.begun()
            guard case .ask(let question)? = talk.type("/who").first else { continue }
            let people = (0..<count).map { Talk.Person(id: "p\($0)", name: "p\($0)") }
            let rows = talk.hear(.room(.init(room: "main", people: people, last: 1)), ref: question.ref)
            #expect(rows.count == 1 && rows.first?.hasSuffix(", \(end)") == true)
        }
    }

    @Test func whoJoinsARoomTalksThere() throws {
        var talk = Talk.begun()
        let acts = talk.type("/join ops")
        #expect(acts == [.join(room: "ops", ref: "m?1")])
        #expect(talk.conversation.prompt == "#main> ")
        #expect(talk.join("ops") == ["* you are in #ops (2 here) *"])
        #expect(talk.conversation.prompt == "#ops> ")
        #expect(talk.type("/join main").count == 1)
        #expect(talk.conversation.prompt == "#main> ")
    }

    @Test func whoIsNotLetInStaysWhereItIs() throws {
        var talk = Talk.begun()
        let ref = try ref(talk.type("/join den"))
        let refused = ServerMessage.Refused(.tooManyRooms, text: "you are in as many rooms as you may")
        #expect(
            talk.rows(talk.take(.refused(refused, ref: ref)))
                == ["*! not done: you are in as many rooms as you may"]
        )
        // Another connection of the same person may enter it all the same.
        _ = talk.join("den")
        #expect(talk.conversation.prompt == "#main> ")
    }

    @Test func theRoomToBeginInIsTheCurrentOneOnceItIsTold() {
        var talk = Talk(room: "ops")
        _ = talk.hear(.hello(Talk.hello()))
        _ = talk.hear(.entered(.init(you: Talk.aisha, token: "t", isResumed: false)))
        _ = talk.hear(.room(.init(room: "main", people: [Talk.aisha], last: 1)))
        #expect(talk.conversation.prompt == "#main> ")
        _ = talk.hear(.room(.init(room: "ops", people: [Talk.aisha], last: 1)))
        #expect(talk.conversation.prompt == "#ops> ")
    }

    @Test func whoLeavesTheCurrentRoomIsToldWhereItTalksNow() throws {
        var talk = Talk.begun()
        _ = talk.type("/join ops")
        _ = talk.join("ops")
        #expect(talk.type("/leave") == [.leave(room: "ops", ref: "m?2")])
        #expect(
            talk.hear(.left(Talk.aisha, Code(.left)), in: "ops", ref: "m?2")
                == ["*! you left #ops; you talk in #main now"]
        )
        _ = talk.join("den")
        #expect(talk.hear(.left(Talk.aisha, Code(.kicked)), in: "den") == ["*! you are out of #den"])
    }

    @Test func anAnswerIsToldWhereItsQuestionWasTyped() throws {
        var talk = Talk.begun()
        _ = talk.join("ops")
        let (who, topic) = (try ref(talk.type("/who")), try ref(talk.type("/topic")))
        _ = talk.conversation.switchRoom(number: 2, at: talk.now)
        let state = ServerMessage.RoomState(room: "main", people: [Talk.aisha, Talk.ben], last: 9)
        #expect(talk.hear(.room(state), ref: who) == ["#main: * online: aisha, ben *"])
        #expect(talk.hear(.room(state), ref: topic) == ["#main: * #main has no topic *"])
        let refused = ServerMessage.Refused(.nameTaken, text: "ben is taken")
        _ = talk.conversation.switchRoom(number: 1, at: talk.now)
        let nick = try ref(talk.type("/nick ben"))
        _ = talk.conversation.switchRoom(number: 2, at: talk.now)
        #expect(talk.rows(talk.take(.refused(refused, ref: nick))) == ["#main: *! not done: ben is taken"])
    }

    @Test func listsAreRows() {
        var talk = Talk.begun()
        let rooms = ServerMessage.Rooms([
            .init(room: "main", people: 3), .init(room: "den", people: 1, topic: "hush", isPrivate: true),
        ])
        #expect(talk.hear(.rooms(rooms)) == ["* rooms: #main (3 here), #den (1 here, private) hush *"])
        #expect(talk.hear(.bans(.init([]))) == ["* there are no bans *"])
        var mute = ServerMessage.Ban(number: 2, name: "ben", what: "x", by: "an operator", reason: "spam")
        mute.isMute = true
        #expect(talk.hear(.bans(.init([mute]))) == ["* bans: 2 muted ben by an operator (forever: spam) *"])
    }

    // MARK: Earlier lines

    private func line(_ sequence: UInt64, _ text: String) -> ServerMessage.Kind {
        .event(
            .init(
                sequence: sequence,
                time: 0,
                room: "main",
                isReplay: true,
                .said(Talk.ben, text: text, isAction: false)
            )
        )
    }

    @Test func earlierLinesStandBetweenTwoRowsAndGoFurtherBackEachTime() throws {
        var talk = Talk.begun()
        _ = talk.hear(line(90, "now"))
        let first = talk.type("/history 2")
        #expect(
            first == [
                .ask(ClientMessage(.history(room: "main", before: 90, limit: 2), ref: "m?1"))
            ]
        )
        let rows =
            talk.hear(line(70, "aisha: one")) + talk.hear(line(80, "two"))
            + talk.hear(.history(.init(room: "main", count: 2, first: 70, hasMore: true)), ref: "m?1")
        #expect(
            rows == [
                "*! earlier lines of #main:", "ben: aisha: one", "ben: two",
                "*! end of the earlier lines of #main; /history shows more",
            ]
        )
        let next = talk.type("/history")
        #expect(next == [.ask(ClientMessage(.history(room: "main", before: 70, limit: 50), ref: "m?2"))])
        #expect(
            talk.hear(.history(.init(room: "main", count: 0, hasMore: false)), ref: "m?2")
                == ["*! nothing earlier of #main is kept"]
        )
    }

    @Test func earlierLinesNeitherRingNorCountAsMissedOrUnread() throws {
        var talk = Talk.begun()
        _ = talk.type("/history")
        talk.conversation.noteKey(at: talk.now.clock)
        _ = talk.wait(.seconds(1_000))
        let effects = talk.take(.message(ServerMessage(line(7, "aisha!"))))
        #expect(talk.rows(effects) == ["*! earlier lines of #main:", "ben: aisha!"])
        #expect(effects.count == 2)
    }

    @Test func whatWasSaidLastInARoomThatOneEntersIsToldWithoutManyWords() {
        var talk = Talk.begun()
        let asked = talk.conversation.lookBack(in: "main", lines: 20)
        #expect(asked == ClientMessage(.history(room: "main", before: nil, limit: 20), ref: "m?1"))
        #expect(talk.hear(line(7, "aisha!")) == ["ben: aisha!"])
        #expect(talk.hear(.history(.init(room: "main", count: 1, first: 7, hasMore: true)), ref: "m?1") == [])
        let nothing = talk.conversation.lookBack(in: "main", lines: 20)
        #expect(
            talk.hear(.history(.init(room: "main", count: 0, hasMore: false)), ref: nothing.ref) == []
        )
        #expect(
            talk.type("/history 5")
                == [.ask(ClientMessage(.history(room: "main", before: 7, limit: 5), ref: "m?3"))]
        )
    }

    @Test func whereNothingIsKeptThatIsTheAnswer() {
        var talk = Talk.begun()
        _ = talk.type("/history")
        #expect(
            talk.hear(.history(.init(room: "main", count: 0, hasMore: false)), ref: "m?1")
                == ["* nothing of #main is kept at the moment *"]
        )
    }
}
