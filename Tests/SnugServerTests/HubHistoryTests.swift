// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugHistory
import SnugProtocol
import SnugRooms
import SnugSystem
import TestSupport
import Testing

@testable import SnugServer

/// History as people ask for it, and as it comes back with the next server.
@Suite(.timeLimit(.minutes(30))) struct HubHistoryTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func file(_ retention: Retention = .standard) -> HistorySettings {
        var settings = HistorySettings()
        settings.retention = retention
        settings.file = folder.path("history")
        return settings
    }

    // MARK: Asking

    @Test func whoAsksIsShownWhatWasSaidInItsRoomAndNobodyElseIs() throws {
        let desk = try TextDesk()
        let (ann, ben) = (try desk.enter("ann"), try desk.enter("ben"))
        for text in ["one", "/me waves", "/msg ben secret", "/nick anna", "two"] {
            _ = try desk.type(text, as: ann)
        }
        let expected = [
            "* history of #main, 3 lines; times are in UTC *", "* 08:00 ann: one *", "* 08:00 * ann waves *",
            "* 08:00 anna: two *",
        ]
        #expect(try desk.answer("/history", to: ben) == expected.map { "2 < \($0)" })
        #expect(
            try desk.answer("/HISTORY  1", to: ann) == [
                "1 < * history of #main, 1 line; times are in UTC *", "1 < * 08:00 anna: two *",
            ]
        )
        _ = try desk.type("/join den", as: ben)
        #expect(try desk.answer("/history", to: ben) == ["2 < * nothing of #den is kept at the moment *"])
    }

    @Test(arguments: [
        "/history 0", "/history -1", "/history x", "/history 1 2", "/history 99999999999999999999",
    ])
    func whatIsNoNumberOfLinesIsAnsweredWithHowItIsWritten(text: String) throws {
        let desk = try TextDesk()
        let ann = try desk.enter("ann")
        #expect(try desk.type(text, as: ann) == ["1 < * usage: /history [NUMBER] *"])
    }

    @Test func whoAsksForMoreThanIsShownAtOnceGetsTheLastTwoHundred() throws {
        let desk = try TextDesk()
        let ann = try desk.enter("ann")
        for number in 1...230 { _ = try desk.type("\(number)", as: ann) }
        let all = try desk.answer("/history 100000", to: ann)
        #expect(all.first == "1 < * history of #main, 200 lines; times are in UTC *")
        #expect(all.dropFirst() == (31...230).map { "1 < * 08:00 ann: \($0) *" }[...])
        #expect(try desk.answer("/history", to: ann).count == 51)
    }

    @Test func aPageOfTheLongestLinesIsNoMoreThanAnswersMayBe() throws {
        let desk = try TextDesk()
        let ann = try desk.enter("ann")
        for number in 1...200 {
            _ = try desk.type("\(number) " + String(repeating: "語", count: 496), as: ann)
        }
        let page = try desk.answer("/history 200", to: ann)
        #expect(page.reduce(0) { $0 + $1.utf8.count } <= 16_384 + 4 * page.count)
        #expect(page.first == "1 < * history of #main, \(page.count - 1) lines; times are in UTC *")
        #expect(page.count > 8 && page.last?.hasPrefix("1 < * 08:00 ann: 200 ") == true)
    }

    @Test func whoAsksInALoopWaitsForThePageBefore() throws {
        let desk = try TextDesk()
        let (ann, ben) = (try desk.enter("ann"), try desk.enter("ben"))
        _ = try desk.type("one", as: ben)
        let gate = try desk.holdReader()
        #expect(try desk.type("/history", as: ann) == [])
        for _ in 0..<50 {
            #expect(
                try desk.type("/history", as: ann) == [
                    "1 < * a page of history is on its way to you; ask again when it is here *"
                ]
            )
        }
        // Who has not asked before is not held up by who asks too much.
        #expect(try desk.type("/history", as: ben) == [])
        gate.put(true)
        #expect(try desk.waitForPosts(4).map { $0.prefix(3) } == ["1 <", "1 <", "2 <", "2 <"])
        #expect(try desk.answer("/history", to: ann).count == 2)
    }

    @Test func whoIsGoneByThenIsSentNothing() throws {
        let desk = try TextDesk()
        let (ann, ben) = (try desk.enter("ann"), try desk.enter("ben"))
        _ = try desk.type("one", as: ben)
        let gate = try desk.holdReader()
        _ = try desk.type("/history", as: ann)
        _ = try desk.leave(ann)
        _ = try desk.type("/history", as: ben)
        gate.put(true)
        #expect(try desk.waitForPosts(2).allSatisfy { $0.hasPrefix("2 <") })
    }

    @Test func anAnswerIsNotMadeForWhoCannotReadIt() throws {
        let desk = try TextDesk()
        let ann = try desk.enter("ann")
        let outcome = desk.hub.apply(
            .parse("/history"),
            from: ann.id,
            isAnswered: false,
            own: desk.mailboxes[0]
        )
        #expect(outcome.answerBytes == 0 && !outcome.leaves)
        #expect(try desk.answer("/history", to: ann) == ["1 < * nothing of #main is kept at the moment *"])
    }

    @Test func twoRoomsOfOneNameHaveEachTheirOwnHistory() throws {
        let desk = try TextDesk()
        let (ann, ben) = (try desk.enter("ann"), try desk.enter("ben"))
        for text in ["/join den", "/private", "between us"] { _ = try desk.type(text, as: ann) }
        for text in ["/join den", "in the open"] { _ = try desk.type(text, as: ben) }
        #expect(try desk.answer("/history", to: ann).last == "1 < * 08:00 ann: between us *")
        #expect(try desk.answer("/history", to: ben).last == "2 < * 08:00 ben: in the open *")
    }

    @Test func aLineOfAnotherDayHasItsDate() throws {
        let desk = try TextDesk()
        let ann = try desk.enter("ann")
        _ = try desk.type("one", as: ann)
        desk.pass(milliseconds: 20 * 3_600_000)
        _ = try desk.type("two", as: ann)
        #expect(
            try desk.answer("/history", to: ann).dropFirst() == [
                "1 < * 2027-01-15T08:00 ann: one *", "1 < * 04:00 ann: two *",
            ]
        )
        desk.pass(milliseconds: 5 * 3_600_000)
        #expect(try desk.answer("/history", to: ann).dropFirst() == ["1 < * 04:00 ann: two *"])
    }

    // MARK: What is told

    @Test func whatIsKeptIsToldOnEnteringARoomAndAtTheDoorIfItOutlastsTheServer() throws {
        let memory = try TextDesk()
        let ann = try memory.enter("ann")
        // Clients of the lesson hear nothing that they did not hear before.
        #expect(ann.posted == ["* ann joined the chat *"])
        #expect(
            try memory.type("/join den", as: ann).suffix(2) == [
                "1 < \(TextDesk.kept)", "1 < * you are in #den (1 here) *",
            ]
        )
        let onDisk = try TextDesk(history: file())
        defer { onDisk.hub.history.close() }
        #expect(
            try onDisk.enter("ann").posted == [
                "* ann joined the chat *",
                "1 < * what is said here is kept in a file of the server: at most 1000 lines of a room, for 24 hours "
                    + "(/history) *",
            ]
        )
        var nothing = HistorySettings()
        nothing.retention = Retention(lines: 0, hours: 24)
        let without = try TextDesk(history: nothing)
        let ben = try without.enter("ben")
        #expect(try without.type("/join den", as: ben).contains("1 < * nothing that is said here is kept *"))
        _ = try without.type("one", as: ben)
        #expect(try without.answer("/history", to: ben) == ["1 < * nothing of #den is kept at the moment *"])
    }

    @Test func whenNothingIsStoredEverybodyIsToldAndWhoComesMeanwhileToo() throws {
        let desk = try TextDesk(history: file())
        defer { desk.hub.history.close() }
        let ann = try desk.enter("ann")
        let ben = try desk.enter("ben")
        #expect(rename(folder.path("history"), folder.path("elsewhere")) == 0)
        var posted = try desk.type("one", as: ann)
        while posted.count < 3 { posted += try desk.waitForPosts(1) }
        let notice = "* the server's disk takes nothing at the moment: what is said here may not be kept *"
        #expect(posted.sorted() == ["1 < \(notice)", "2 < \(notice)", "ann: one"])
        #expect(try desk.enter("cem").posted.last == "3 < \(notice)")
        #expect(try desk.type("/join den", as: ben).contains("2 < \(notice)"))
        #expect(rename(folder.path("elsewhere"), folder.path("history")) == 0)
        #expect(
            try desk.waitForPosts(3).sorted()
                == (1...3).map { "\($0) < * what is said here is stored again *" }
        )
        #expect(!(try desk.enter("dia").posted.contains { $0.contains("disk") }))
    }

    /// A notice begins with a time only if it is a line of history.
    @Test func nothingThatAnybodySaysDoesOrIsCalledLooksLikeHistory() throws {
        let desk = try TextDesk()
        let pattern = /(?:[0-9]+ < )?\* (?:[0-9]{4}-[0-9]{2}-[0-9]{2}T)?[0-9]{2}:[0-9]{2} .*/
        var random = SeededGenerator(seed: 7)
        let words = [
            "14:05", "14", ":05", "2026-11-26T14", "14\u{2236}05", "14\u{A789}05", "aisha:", "*", "waves",
            "1",
        ]
        for _ in 0..<150 {
            let name = (0..<2).map { _ in words.randomElement(using: &random) ?? "" }.joined(separator: " ")
            let text = (0..<4).map { _ in words.randomElement(using: &random) ?? "" }.joined(separator: " ")
            let guest = try desk.enter(name)
            var heard = guest.posted
            for command in [
                "/me \(text)", "/topic \(text)", "/nick \(text)", "/join \(text)", "/msg \(name) \(text)",
            ] {
                heard += try desk.type(command, as: guest)
            }
            heard += try desk.leave(guest)
            #expect(heard.filter { $0.wholeMatch(of: pattern) != nil } == [], "\(name) / \(text)")
        }
    }

    @Test func aLineOfHistoryIsNoOtherNotice() throws {
        let desk = try TextDesk()
        let (ann, ben) = (try desk.enter("ann"), try desk.enter("ben"))
        for text in ["ben left", "ben joined the chat", "x is now y", "* ben left *", ": hm"] {
            _ = try desk.type(text, as: ann)
        }
        for line in try desk.answer("/history", to: ben).dropFirst() {
            let frame = String(line.dropFirst(4))
            #expect(LevelZero.message(from: frame) == .notice(String(frame.dropFirst(2).dropLast(2))))
        }
    }

    // MARK: A restart

    @Test func peopleFindEverythingAgainThatOutlastsAServer() throws {
        let key = try #require(Bytes32([UInt8](repeating: 5, count: 32)).map { PersonKey($0) })
        let first = try TextDesk(history: file())
        let op = try first.enter("op") { $0.isOperator = true }
        let ann = try first.enter("ann") { $0.key = key }
        let ben = try first.enter("ben", from: "192.0.2.77")
        _ = try first.type("before", as: ben)
        for text in ["/join den", "/topic tea", "/private", "secret"] { _ = try first.type(text, as: ann) }
        _ = try first.type("/ban ben 1h", as: op)
        _ = try first.type("/mute ann 1h", as: op)
        let last = first.hub.withState { $0.chat.lastSequence }
        first.hub.history.close()

        let second = try TextDesk(history: file())
        defer { second.hub.history.close() }
        // Whose key it is has the name, whoever asks for it first.
        let other = try second.enter("ann", from: "192.0.2.9")
        #expect(other.name.text == "ann-2")
        #expect(second.hub.withState { $0.chat.lastSequence } > last)
        let again = try second.enter("ann") { $0.key = key }
        #expect(again.name.text == "ann")
        #expect(throws: Refusal.self) { try second.enter("ben", from: "192.0.2.77") }
        #expect(try second.type("hello", as: again).first?.hasPrefix("2 < * you are muted here (") == true)
        #expect(try second.answer("/history", to: other).last == "1 < * 08:00 ben: before *")
        // The private room is there for her, and for nobody else.
        _ = try second.type("/join den", as: other)
        #expect(try second.answer("/history", to: other) == ["1 < * nothing of #den is kept at the moment *"])
        #expect(try second.type("/join den", as: again).contains("2 < * you are in #den (1 here): tea *"))
        #expect(try second.answer("/history", to: again).last == "2 < * 08:00 ann: secret *")
    }

    @Test func numbersGoOnEvenIfTheClockWasSetBack() throws {
        let first = try TextDesk(history: file())
        let ann = try first.enter("ann")
        _ = try first.type("one", as: ann)
        // Nobody is told that number again, although it belongs to nothing that is kept.
        _ = try first.leave(ann)
        let last = first.hub.withState { $0.chat.lastSequence }
        first.hub.history.close()
        let second = try TextDesk(history: file())
        defer { second.hub.history.close() }
        // This one starts at the same time of the clock as the one before.
        _ = try second.enter("ann")
        #expect(second.hub.withState { $0.chat.lastSequence } == last + 1)
    }

    /// A line in each of two hundred rooms, and nobody could open one for a day.
    @Test func aRoomThatIsOnlyKeptForItsHistoryGivesItsPlaceToPeople() throws {
        var limits = ChatLimits()
        limits.rooms = 2
        let desk = try TextDesk(limits)
        let (ann, ben) = (try desk.enter("ann"), try desk.enter("ben"))
        for room in ["first", "second"] {
            for text in ["/join \(room)", "said"] { _ = try desk.type(text, as: ann) }
        }
        _ = try desk.type("/join third", as: ben)
        #expect(try desk.type("/rooms", as: ben) == ["2 < * rooms: #main (0), #second (1), #third (1) *"])
        for room in ["main", "first"] { _ = try desk.type("/join \(room)", as: ann) }
        #expect(try desk.type("/rooms", as: ann) == ["1 < * rooms: #main (0), #third (1), #first (1) *"])
        // It is another room than the one of that name before.
        #expect(try desk.answer("/history", to: ann) == ["1 < * nothing of #first is kept at the moment *"])
    }

    @Test func aRoomThatEverybodyLeftIsThereAsLongAsSomethingOfItIsKept() throws {
        let desk = try TextDesk()
        let ann = try desk.enter("ann")
        for text in ["/join den", "/topic tea", "said", "/join main"] { _ = try desk.type(text, as: ann) }
        #expect(try desk.type("/rooms", as: ann) == ["1 < * rooms: #main (1), #den (0) *"])
        desk.pass(milliseconds: 80_000_000)
        for text in ["/join den", "again", "/join main"] { _ = try desk.type(text, as: ann) }
        desk.pass(milliseconds: 86_399_999)
        #expect(try desk.type("/rooms", as: ann) == ["1 < * rooms: #main (1), #den (0) *"])
        desk.pass(milliseconds: 1)
        desk.hub.tick()
        #expect(try desk.type("/rooms", as: ann) == ["1 < * rooms: #main (1) *"])
    }
}

extension TextDesk {
    /// What somebody is posted for something that is answered from another thread.
    fileprivate func answer(_ text: String, to guest: Guest) throws -> [String] {
        let posted = try type(text, as: guest)
        return posted.isEmpty ? try waitForPosts(1) : posted
    }

    fileprivate func waitForPosts(_ count: Int) throws -> [String] {
        let deadline = MonotonicTime.now + .seconds(60)
        var texts: [String] = []
        while texts.count < count {
            try #require(MonotonicTime.now < deadline, "\(texts)")
            mailboxes[0].waker.wait(until: .now + .milliseconds(20))
            texts += try posted()
        }
        return texts
    }

    /// Has the thread that reads wait.
    fileprivate func holdReader() throws -> Mailed<Bool> {
        let gate = Mailed<Bool>()
        let arrived = Mailed<Bool>()
        hub.history.read(.main, .after(0), limit: 1) { _ in
            arrived.put(true)
            _ = gate.wait()
        }
        _ = arrived.wait()
        return gate
    }
}
