// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import Testing

@testable import SnugServer

/// The list of rooms is made once for many, and is still each one's own.
@Suite struct RoomListsTests {
    private func event(_ change: (inout Chat) -> Outcome) -> Outcome {
        var chat = Chat()
        _ = chat.apply(enter("ann"), at: 0, time: time)
        return change(&chat)
    }

    private let time = ChatTime(milliseconds: 1_800_000_000_000)
    private let ann = SessionID(rawValue: 1)

    private func enter(_ name: String, as session: UInt64 = 1) -> Request {
        Request(
            .enter(Entry(NameRequest(name), fallbackName: "anon-1")),
            by: SessionID(rawValue: session)
        )
    }

    @Test func aListIsKeptUntilSomethingAboutARoomChanges() throws {
        var lists = RoomLists()
        let den = RoomID(rawValue: 5)
        lists[[]] = [1]
        lists[[den]] = [2]
        let line = try #require(ChatLine("hello"))
        lists.note(
            event { $0.apply(Request(.say(Speech(line), to: nil, ref: nil), by: ann), at: 0, time: time) }
        )
        lists.note(event { $0.apply(Request(.rename(NameRequest("bea")), by: ann), at: 0, time: time) })
        #expect(lists[[]] == [1] && lists[[den]] == [2] && lists[[RoomID(rawValue: 6)]] == nil)
        let name = try #require(RoomName("den"))
        let requests = [
            enter("ben", as: 2), Request(.join(name), by: ann), Request(.end(.goodbye), by: ann),
            Request(.topic(ShortText("tea"), of: nil), by: ann),
        ]
        for request in requests {
            lists[[]] = [1]
            lists.note(event { $0.apply(request, at: 0, time: time) })
            #expect(lists[[]] == nil && lists[[den]] == nil, "\(request)")
        }
    }

    @Test func howeverManyDifferentListsAreAskedForFewAreKept() {
        var lists = RoomLists()
        for number in 0..<1_000 { lists[[RoomID(rawValue: UInt64(number))]] = [1] }
        #expect((0..<1_000).filter { lists[[RoomID(rawValue: UInt64($0))]] != nil }.count <= 256)
    }

    /// What was made for who is in a private room must not be told to who is not.
    @Test func nobodyIsToldOfAPrivateRoomByAListThatWasMadeForAnother() throws {
        let desk = try TextDesk()
        let (ann, ben, cem) = (try desk.enter("ann"), try desk.enter("ben"), try desk.enter("cem"))
        for command in ["/join den", "/private", "/invite cem"] { _ = try desk.type(command, as: ann) }
        let inside = ["1 < * rooms: #main (2), #den (1, private) *"]
        for _ in 0..<3 {
            #expect(try desk.type("/rooms", as: ann) == inside)
            #expect(try desk.type("/rooms", as: ben) == ["2 < * rooms: #main (2) *"])
            #expect(try desk.type("/rooms", as: cem) == ["3 < * rooms: #main (2) *"])
        }
        _ = try desk.type("/join den", as: cem)
        #expect(try desk.type("/rooms", as: cem) == ["3 < * rooms: #main (1), #den (2, private) *"])
        #expect(try desk.type("/rooms", as: ben) == ["2 < * rooms: #main (1) *"])
        _ = try desk.leave(ann)
        #expect(try desk.type("/rooms", as: cem) == ["3 < * rooms: #main (1), #den (1, private) *"])
        _ = try desk.type("/join main", as: cem)
        #expect(try desk.type("/rooms", as: cem) == ["3 < * rooms: #main (2) *"])
    }
}
