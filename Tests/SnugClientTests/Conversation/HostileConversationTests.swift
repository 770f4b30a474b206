// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import SnugRooms
import SnugSystem
import SnugTerminal
import TestSupport
import Testing

@testable import SnugClient

/// Servers and members that want a row to pass for another, or a client to take more memory than it has.
@Suite struct HostileConversationTests {
    private struct Server {
        var random: SeededGenerator
        var sequence: UInt64 = 0

        mutating func person() -> ServerMessage.Person {
            ServerMessage.Person(
                id: String(Int.random(in: 0...9, using: &random)),
                name: HostileWords.any(upTo: 5, using: &random),
                key: Bool.random(using: &random) ? nil : "sha256:x"
            )
        }

        mutating func room() -> String {
            Bool.random(using: &random) ? "main" : HostileWords.any(upTo: 3, using: &random)
        }

        mutating func text() -> String { HostileWords.any(upTo: 8, using: &random) }

        mutating func number() -> UInt64 { UInt64.random(in: 0...1 << 53, using: &random) }

        mutating func event() -> ServerMessage.Event {
            sequence += 1
            let terms = ServerMessage.Terms(
                number: number(),
                name: text(),
                by: person(),
                until: number(),
                reason: text()
            )
            let kinds: [ServerMessage.EventKind] = [
                .said(person(), text: text(), isAction: Bool.random(using: &random)), .joined(person()),
                .left(person(), Code(.quit)), .renamed(person(), from: text()),
                .topic(by: person(), text: text()), .private(by: person()), .invited(person(), by: person()),
                .kicked(person(), by: person(), reason: text()), .muted(terms), .banned(terms),
                .unbanned(number: number(), name: text(), by: person()),
            ]
            return ServerMessage.Event(
                sequence: sequence,
                time: number(),
                room: room(),
                isReplay: Bool.random(using: &random),
                kinds.randomElement(using: &random) ?? kinds[0]
            )
        }

        mutating func news() -> LevelOneNews {
            let refused = ServerMessage.Refused(.failed, text: text(), hint: text())
            let ref = Bool.random(using: &random) ? nil : "m?\(Int.random(in: 0...9, using: &random))"
            let people = (0..<Int.random(in: 0...30, using: &random)).map { _ in person() }
            let direct = ServerMessage.Direct(
                sequence: 1,
                time: number(),
                from: person(),
                to: person(),
                text: text()
            )
            let state = ServerMessage.RoomState(
                room: room(),
                topic: text(),
                isPrivate: Bool.random(using: &random),
                people: people,
                hasMore: Bool.random(using: &random),
                last: number()
            )
            let ban = ServerMessage.Ban(
                number: number(),
                name: text(),
                what: text(),
                by: text(),
                reason: text()
            )
            let kinds: [ServerMessage.Kind] = [
                .direct(direct), .gap(room: room(), after: 1, before: 2), .room(state),
                .history(.init(room: room(), count: number(), first: number(), hasMore: true)),
                .notice(Code(.keysWritten), text: text()), .refused(refused), .waiting(lines: number()),
                .rooms(.init([.init(room: room(), people: number(), topic: text())])), .bans(.init([ban])),
                .entered(.init(you: person(), token: "t", isResumed: Bool.random(using: &random))),
                .hello(Talk.hello(epoch: "e\(number() % 3)", lines: number() % 3)),
                .control(.done(text: text())), .event(event()), .event(event()), .event(event()),
            ]
            let others: [LevelOneNews] = [.settled, .refused(refused, ref: ref), .confirmed(ref: "m-1")]
            if Int.random(in: 0..<8, using: &random) == 0 {
                return others.randomElement(using: &random) ?? .settled
            }
            return .message(ServerMessage(kinds.randomElement(using: &random) ?? .accepted, ref: ref))
        }
    }

    /// Whatever comes, each row is one that some event of its kind has, safe to print, and in one line.
    @Test(arguments: 0..<10, ConversationOptions.Style.allCases)
    func everyRowIsSafeAndHasAFormThatIsKnown(seed: UInt64, style: ConversationOptions.Style) throws {
        var server = Server(random: SeededGenerator(seed: seed))
        var talk = Talk.begun(style)
        let reader = RowReader(style: style)
        for _ in 0..<200 {
            let effects = talk.take(server.news())
            let typed = Int.random(in: 0..<6, using: &server.random) == 0 ? talk.type(server.text()) : []
            let later = talk.conversation.proceed(at: talk.now)
            if Int.random(in: 0..<40, using: &server.random) == 0 {
                _ = talk.conversation.lost(server.text(), at: talk.now)
            }
            _ = talk.wait(.milliseconds(Int.random(in: 0...900, using: &server.random)))
            let shown = typed.compactMap { if case .show(let row) = $0 { row.text } else { nil } }
            for row in talk.rows(effects) + shown + talk.rows(later) {
                #expect(reader.read(row) != nil, "\(row)")
                #expect(SafeText.clean(row) == row)
            }
            for case .notify(let words) in effects { #expect(SafeText.clean(words) == words) }
            let bottom = [talk.conversation.prompt] + talk.conversation.liveRows.map(\.text)
            for text in bottom + talk.conversation.vocabulary.names { #expect(SafeText.clean(text) == text) }
        }
    }

    /// What somebody says is read as said by that one in that room: no name and no text make anything else of it.
    @Test(arguments: 0..<20, ConversationOptions.Style.allCases)
    func whatIsSaidReadsAsSaidByItsSpeakerInItsRoom(seed: UInt64, style: ConversationOptions.Style) {
        var server = Server(random: SeededGenerator(seed: seed))
        var talk = Talk.begun(style)
        let reader = RowReader(style: style)
        for _ in 0..<200 {
            let speaker = ServerMessage.Person(id: "99", name: server.text())
            let (room, text) = (server.room(), server.text())
            let isAction = Bool.random(using: &server.random)
            let rows = talk.hear(.said(speaker, text: text, isAction: isAction), in: room)
            let shown = ShownName(speaker.name).text
            let name = style == .marks ? shown : ShownName.heard(shown)
            let words = Conversation.clean(text)
            let place = RoomName(room) ?? .nameless
            #expect(rows.count == 1)
            #expect(
                reader.read(rows.last ?? "")
                    == .init(
                        room: place == .main ? nil : place.description,
                        meaning: isAction ? .did(name, words) : .said(name, words)
                    )
            )
        }
    }

    @Test func aFloodTakesNoMoreThanItsPlace() {
        var server = Server(random: SeededGenerator(seed: 7))
        var talk = Talk.begun()
        for number in 0..<5_000 {
            let person = ServerMessage.Person(id: "n\(number)", name: "n\(number)")
            _ = talk.hear(.joined(person), in: number.isMultiple(of: 2) ? "main" : "r\(number % 100)")
            let state = ServerMessage.RoomState(room: "r\(number)", people: [person], hasMore: true, last: 1)
            if number.isMultiple(of: 10) { _ = talk.hear(.room(state)) }
            if number.isMultiple(of: 100) { _ = talk.take(server.news()) }
            if number.isMultiple(of: 7) { _ = talk.type("/who") }
        }
        let conversation = talk.conversation
        #expect(conversation.rooms.all.count <= LevelOne.maximumRooms)
        #expect(conversation.rooms.all.allSatisfy { $0.people.count <= KnownRoom.maximumPeople })
        #expect(conversation.names.count <= 2 * ShownNames.maximum)
        #expect((conversation.arriving?.people.count ?? 0) <= KnownRoom.maximumPeople)
        #expect(!conversation.comings.isFull)
    }

    /// Parts of one room for ever.
    @Test func aRoomThatNeverEndsTakesNoMoreThanItsPlace() {
        var talk = Talk.begun()
        let people = (0..<100).map { ServerMessage.Person(id: "\($0)", name: "p\($0)") }
        for _ in 0..<1_000 {
            _ = talk.hear(.room(.init(room: "main", people: people, hasMore: true, last: 1)))
        }
        #expect(talk.conversation.arriving?.people.count == KnownRoom.maximumPeople)
    }
}
