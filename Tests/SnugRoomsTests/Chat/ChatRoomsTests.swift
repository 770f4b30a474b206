// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import Testing

@Suite struct ChatRoomsTests {
    private var script = Script()

    @Test mutating func joiningMovesTextAndAddsToTyped() {
        let text = script.enter("text", .text)
        let typed = script.enter("typed")
        #expect(script.join("dev", by: text).kinds == [.left(.left), .joined])
        #expect(script.join("#DEV", by: typed).kinds == [.joined])
        #expect(script.names(for: text) == ["text", "typed"] && script.names(for: typed) == ["typed"])
        #expect(script.chat.rooms(of: text).count == 1 && script.chat.rooms(of: typed).count == 2)
        #expect(script.join("dev", by: typed).refusal == .inRoomAlready)
        #expect(script.apply(.leave(nil), by: text).kinds == [.left(.left), .joined])
        #expect(script.apply(.leave(nil), by: text).refusal == .mainIsForAll)
    }

    @Test mutating func whoeverLeavesARoomWithTypedIsToldAsWell() {
        let typed = script.enter("typed")
        script.join("dev", by: typed)
        let person = script.chat.who(typed)?.id
        script.apply(.leave(.of("dev")), by: typed)
        #expect(script.last.kinds == [.left(.left), .left(.left)])
        #expect(script.last.events.last?.audience == person.map { .person($0) })
        #expect(script.apply(.leave(.of("dev")), by: typed).refusal == .notInRoom)
    }

    @Test mutating func aRoomWithoutPeopleAndHistoryIsForgotten() throws {
        let bob = script.enter("bob")
        script.join("dev", by: bob)
        let first = try script.chat.room(.of("dev"), for: bob).id
        script.apply(.leave(.of("dev")), by: bob)
        #expect(script.chat.allRooms.map(\.id) == [.main] && script.last.changes.isEmpty)

        script.join("dev", by: bob)
        let second = try script.chat.room(.of("dev"), for: bob).id
        #expect(second != first)
        script.say("hello", to: "dev", by: bob)
        script.apply(.leave(.of("dev")), by: bob)
        script.pass(seconds: 86_399)
        #expect(script.chat.allRooms.map(\.id) == [.main, second])
        script.pass(seconds: 1)
        #expect(script.last.changes.map(\.self) == [.roomForgotten(second)])
        #expect(script.chat.allRooms.map(\.id) == [.main])
    }

    @Test mutating func aRoomIsThereAsLongAsItsLastLineIsKeptAndEachLineKeepsItAnew() throws {
        let bob = script.enter("bob")
        script.join("dev", by: bob)
        for _ in 0..<2 {
            script.say("hello", to: "dev", by: bob)
            script.pass(seconds: 80_000)
        }
        script.apply(.leave(.of("dev")), by: bob)
        script.pass(seconds: 6_399)
        #expect(script.chat.allRooms.count == 2)
        script.pass(seconds: 1)
        #expect(script.chat.allRooms.map(\.id) == [.main] && script.chat.nextDue == nil)
        // Where people still are, nothing is left to come back to.
        script.join("dev", by: bob)
        script.say("hello", to: "dev", by: bob)
        script.pass(seconds: 86_400)
        #expect(try script.chat.room(.of("dev"), for: bob).lastLine == nil)
        script.apply(.leave(.of("dev")), by: bob)
        #expect(script.chat.allRooms.map(\.id) == [.main])
    }

    @Test mutating func whereNothingIsKeptARoomIsGoneWithItsPeople() {
        script = Script { $0.historyMilliseconds = 0 }
        let bob = script.enter("bob")
        script.join("dev", by: bob)
        script.say("hello", to: "dev", by: bob)
        script.apply(.leave(.of("dev")), by: bob)
        #expect(script.chat.allRooms.map(\.id) == [.main])
    }

    @Test mutating func mainIsNeverForgotten() {
        let bob = script.enter("bob")
        script.say("hello", by: bob)
        script.apply(.end(.goodbye), by: bob)
        script.pass(seconds: 86_400)
        #expect(script.chat.allRooms.map(\.id) == [.main])
        #expect(script.nameGiven(to: "zoe") == "zoe")
    }

    @Test mutating func roomsHaveBounds() {
        script = Script {
            $0.rooms = 3
            $0.roomsOfAPerson = 3
        }
        let bob = script.enter("bob")
        script.join("a", by: bob)
        script.join("b", by: bob)
        #expect(script.join("c", by: bob).refusal == .yourRoomsAreFull)
        let zoe = script.enter("zoe")
        script.join("c", by: zoe)
        #expect(script.join("d", by: zoe).refusal == .tooManyRooms)
        #expect(script.join("a", by: zoe).kinds == [.joined])
    }

    @Test mutating func aMillionNamesOfRoomsLeaveNothingBehind() {
        let bob = script.enter("bob", .text)
        for number in 0..<2000 { script.join("room \(number)", by: bob) }
        #expect(script.chat.allRooms.count == 2)
    }

    @Test mutating func entryJoinsRoomsAndSaysWhichNot() {
        script = Script { $0.roomsOfAPerson = 2 }
        let bob = script.enter("bob") { $0.rooms = [.of("a"), .main, .of("b")] }
        #expect(script.entered?.rooms.count == 2)
        #expect(script.entered?.refusals.map(\.code) == [.yourRoomsAreFull])
        #expect(script.names(in: "a", for: bob) == ["bob"])
    }

    @Test mutating func topicsAreShownAndTakenAway() throws {
        let bob = script.enter("bob")
        let topic = try #require(ShortText("plans"))
        #expect(script.apply(.topic(topic, of: nil), by: bob).kinds == [.topic(topic)])
        #expect(try script.chat.room(nil, for: bob).topic == topic)
        #expect(script.apply(.topic(nil, of: nil), by: bob).kinds == [.topic(nil)])
        #expect(try script.chat.room(nil, for: bob).topic == nil)
    }

    @Test mutating func aNewNameIsToldInEveryRoom() {
        let bob = script.enter("bob")
        script.join("dev", by: bob)
        script.apply(.rename(NameRequest("zoe")), by: bob)
        #expect(script.last.events.count == 2 && script.last.events.allSatisfy { $0.who?.name.text == "zoe" })
        script.apply(.leave(.main), by: bob)
        script.apply(.leave(.of("dev")), by: bob)
        script.apply(.rename(NameRequest("bob")), by: bob)
        #expect(script.last.events.map(\.audience) == script.chat.who(bob).map { [.person($0.id)] })
    }

    @Test mutating func peopleAreAnsweredInTheOrderOfJoiningAndInPages() throws {
        let sessions = ["zoe", "bob", "aisha"].map { script.enter($0) }
        script.apply(.leave(nil), by: sessions[0])
        script.join("main", by: sessions[0])
        #expect(script.names(for: sessions[1]) == ["bob", "aisha", "zoe"])
        let page = try script.chat.people(in: nil, for: sessions[0], from: 1, most: 1)
        #expect(page.people.map(\.name.text) == ["aisha"] && page.count == 3)
        #expect(try script.chat.people(in: nil, for: sessions[0], from: -1, most: -1).people.isEmpty)
        #expect(try script.chat.people(in: nil, for: sessions[0], from: 9).people.isEmpty)
    }
}
