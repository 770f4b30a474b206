// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import SnugRooms
import SnugSystem
import TestSupport
import Testing

@testable import SnugServer

/// The chat as its loops see it: what is posted to them.
@Suite(.timeLimit(.minutes(30))) struct ChatHubTests {
    @Test func everyLoopIsPostedTheSameInTheSameOrderHoweverManySpeakAtOnce() throws {
        let desk = try TextDesk(loops: 3)
        let guests = try ["ann", "ben", "cem", "dia"].map { try desk.enter($0) }
        for loop in 0..<3 { _ = try desk.posted(to: loop) }
        let hub = desk.hub
        let threads = try zip(guests, desk.mailboxes + desk.mailboxes).map { guest, mailbox in
            try RunningThread(name: "speaker") {
                for number in 0..<2_000 {
                    let text = number % 50 == 49 ? "/nick \(guest.id.rawValue) \(number)" : "line \(number)"
                    _ = hub.apply(.parse(text), from: guest.id, isAnswered: false, own: mailbox)
                }
            }
        }
        for thread in threads { thread.join() }
        let heard = try (0..<3).map { try desk.posted(to: $0) }
        #expect(heard[0].count == guests.count * 2_000)
        #expect(heard[0] == heard[1] && heard[1] == heard[2])
    }

    @Test func whatHappensInARoomIsPostedToTheLoopsThatHaveReadersOfItAndToNoOther() throws {
        let desk = try TextDesk(loops: 3)
        let (ann, ben) = (try desk.enter("ann"), try desk.enter("ben"))
        #expect(
            try (0..<3).map { try desk.posted(to: $0) } == [
                [], ["* ann joined the chat *", "* ben joined the chat *"], ["* ben joined the chat *"],
            ]
        )
        _ = desk.hub.apply(.parse("hello"), from: ann.id, isAnswered: true, own: desk.mailboxes[1])
        #expect(try (0..<3).map { try desk.posted(to: $0) } == [[], ["ann: hello"], ["ann: hello"]])
        _ = desk.hub.apply(.parse("/join den"), from: ben.id, isAnswered: true, own: desk.mailboxes[2])
        #expect(try desk.posted(to: 1) == ["* ben left *"])
        #expect(
            try desk.posted(to: 2) == [
                "2 to another room", "* ben joined the chat *", "2 < \(TextDesk.kept)",
                "2 < * you are in #den (1 here) *",
            ]
        )
        _ = desk.hub.apply(.parse("alone"), from: ben.id, isAnswered: true, own: desk.mailboxes[2])
        #expect(try desk.posted(to: 1) == [] && desk.posted(to: 2) == ["ben: alone"])
    }

    @Test func whoLeavesIsToldOfOnceHoweverOftenItIsSaid() throws {
        let desk = try TextDesk()
        let (ann, ben) = (try desk.enter("ann"), try desk.enter("ben"))
        #expect(try desk.leave(ann) == ["* ann left *"])
        #expect(try desk.leave(ann) == [])
        #expect(try desk.type("late", as: ann) == [])
        #expect(try desk.leave(ben) == [])
    }

    @Test func answersGoToTheLoopOfWhoAskedAndToNobodyWhoIsGone() throws {
        let desk = try TextDesk(loops: 3)
        let ann = try desk.enter("ann")
        _ = try desk.posted(to: 1)
        for question in [
            "/who", "/help", "/nick ann", "/nonsense", "/rooms", "/topic", "/bans", "/msg", "/r x",
        ] {
            let outcome = desk.hub.apply(
                .parse(question),
                from: ann.id,
                isAnswered: true,
                own: desk.mailboxes[1]
            )
            #expect(outcome.answerBytes > 0 && !outcome.leaves, "\(question)")
            #expect(desk.mailboxes.map(\.isEmpty) == [true, false, true])
            _ = try desk.posted(to: 1)
            let unheard = desk.hub.apply(
                .parse(question),
                from: ann.id,
                isAnswered: false,
                own: desk.mailboxes[1]
            )
            #expect(unheard.answerBytes == 0)
            #expect(desk.mailboxes.map(\.isEmpty) == [true, true, true], "\(question)")
        }
        #expect(desk.hub.apply(.quit, from: ann.id, isAnswered: false, own: desk.mailboxes[1]).leaves)
    }

    @Test func theListOfNamesIsMadeAnewWheneverSomebodyComesGoesOrIsRenamed() throws {
        let desk = try TextDesk()
        let ann = try desk.enter("ann")
        #expect(try desk.type("/who", as: ann) == ["1 < * online: ann *"])
        let ben = try desk.enter("ben")
        #expect(try desk.type("/who", as: ann) == ["1 < * online: ann, ben *"])
        _ = try desk.type("a line", as: ben)
        #expect(try desk.type("/who", as: ann) == ["1 < * online: ann, ben *"])
        _ = try desk.type("/nick cem", as: ben)
        #expect(try desk.type("/who", as: ann) == ["1 < * online: ann, cem *"])
        _ = try desk.type("/join den", as: ben)
        #expect(try desk.type("/who", as: ann) == ["1 < * online: ann *"])
        #expect(try desk.type("/who", as: ben) == ["2 < * online: cem *"])
        _ = try desk.type("/join main", as: ben)
        #expect(try desk.type("/who", as: ann) == ["1 < * online: ann, cem *"])
        _ = try desk.leave(ben)
        #expect(try desk.type("/who", as: ann) == ["1 < * online: ann *"])
    }

    @Test func onceAllLoopsHaveReadOutNothingMoreIsPosted() throws {
        let desk = try TextDesk(loops: 2)
        let (ann, ben) = (try desk.enter("ann"), try desk.enter("ben"))
        for loop in 0..<2 { _ = try desk.posted(to: loop) }
        desk.hub.drain()
        desk.hub.finishedReading()
        _ = desk.hub.apply(.parse("a last line"), from: ann.id, isAnswered: true, own: desk.mailboxes[0])
        desk.hub.finishedReading()
        _ = desk.hub.apply(.parse("too late"), from: ann.id, isAnswered: true, own: desk.mailboxes[0])
        _ = desk.hub.apply(.who, from: ann.id, isAnswered: true, own: desk.mailboxes[0])
        _ = desk.hub.leave(ben.id, .goodbye, own: desk.mailboxes[0])
        for loop in 0..<2 { #expect(try desk.posted(to: loop) == ["ann: a last line"]) }
    }

    @Test func aBanEndsWhenItsTimeIsOverEvenIfNobodySaysAnything() throws {
        let desk = try TextDesk()
        let ann = try desk.enter("ann") { $0.isOperator = true }
        let ben = try desk.enter("ben", from: "192.0.2.9")
        _ = try desk.type("/ban ben 1h", as: ann)
        _ = try desk.leave(ben)
        #expect(desk.hub.timeToNextDue == .seconds(60), "at most, because the clock may be set")
        desk.pass(milliseconds: 3_590_000)
        #expect(desk.hub.timeToNextDue == .seconds(10))
        desk.pass(milliseconds: 10_000)
        #expect(desk.hub.timeToNextDue == .zero)
        desk.hub.tick()
        #expect(desk.hub.timeToNextDue == nil)
        #expect(try desk.type("/bans", as: ann) == ["1 < * there are no bans *"])
    }
}

extension Input {
    fileprivate static var who: Input { .question(.who) }
}
