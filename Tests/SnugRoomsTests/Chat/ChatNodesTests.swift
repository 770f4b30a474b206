// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugRooms

/// Sessions of several servers in one chat, and what becomes of them when a server is gone.
@Suite struct ChatNodesTests {
    private let first = NodeNumber(1) ?? .alone
    private let second = NodeNumber(2) ?? .alone

    private func enter(
        _ script: inout Script,
        _ name: String,
        at node: NodeNumber,
        _ counter: UInt64,
        token: UInt8? = nil
    ) throws -> SessionID {
        let session = try #require(SessionID(node, counter: counter))
        var entry = Entry(NameRequest(name), fallbackName: "anon-1", level: .typed)
        entry.newToken = token.map(TokenDigest.init(testing:))
        script.apply(.enter(entry), by: session)
        return session
    }

    @Test func whoIsNotWaitedForAnyMoreTakesNoStayFromTheServerThatItWentTo() throws {
        var script = Script()
        let there = try enter(&script, "aisha", at: second, 1, token: 1)
        let late = try #require(SessionID(first, counter: 1))
        var entry = Entry(NameRequest("aisha"), fallbackName: "anon-1", level: .typed)
        entry.resume = TokenDigest(testing: 1)
        entry.until = script.time
        script.pass(seconds: 1)
        let refused = script.apply(.enter(entry), by: late).answer
        #expect(refused == .refused(Refusal(.outOfTouch)))
        #expect(script.chat.who(there)?.name.text == "aisha")
        entry.until = script.time
        guard case .entered(let entered) = script.apply(.enter(entry), by: late).answer else {
            Issue.record("it is not let in")
            return
        }
        #expect(entered.isResumed)
    }

    @Test func aSessionsNumberHasItsServersInIt() throws {
        for node: UInt64 in [0, 1, 77, (1 << 24) - 1] {
            let number = try #require(NodeNumber(node))
            for counter: UInt64 in [0, 1, (1 << 40) - 1] {
                let session = try #require(SessionID(number, counter: counter))
                #expect(session.node == number && session.rawValue & (1 << 40 - 1) == counter)
            }
            #expect(SessionID(number, counter: 1 << 40) == nil)
        }
        #expect(NodeNumber(1 << 24) == nil && NodeNumber(.max) == nil)
        #expect(
            SessionID(rawValue: 17).node == .alone && SessionID(rawValue: .max).node.rawValue == (1 << 24) - 1
        )
    }

    @Test func whoseServerHasStoppedIsHeldIfItCanComeBackAndLeavesOnceThen() throws {
        var script = Script()
        let ann = try enter(&script, "ann", at: first, 1, token: 1)
        let ben = try enter(&script, "ben", at: first, 2)
        let cem = try enter(&script, "cem", at: second, 1, token: 3)
        let outcome = script.apply(.nodeEnded(first, .goodbye))
        #expect(outcome.events.map(\.who?.name.text) == ["ben"])
        #expect(script.chat.who(ann) == nil && script.chat.who(ben) == nil && script.chat.who(cem) != nil)
        #expect(script.apply(.nodeEnded(first, .goodbye)).events.isEmpty, "a second time it changes nothing")
        script.pass(seconds: 59)
        #expect(script.chat.peopleCount == 2)
        script.pass(seconds: 1)
        #expect(script.last.events.map(\.who?.name.text) == ["ann"] && script.chat.peopleCount == 1)
        script.apply(.nodeEnded(first, .cut))
        #expect(script.last.events.isEmpty)
    }

    @Test func whoseServerIsNotHeardOfIsHeldEvenIfItCannotComeBack() throws {
        var script = Script()
        _ = try enter(&script, "ben", at: first, 2)
        #expect(script.apply(.nodeEnded(first, .cut)).events.isEmpty)
        script.pass(seconds: 60)
        #expect(script.last.events.map(\.who?.name.text) == ["ben"] && script.chat.peopleCount == 0)
    }

    /// Its server says so only after the others held that one for gone.
    @Test func whoWentWhileItsServerWasNotHeardOfIsWaitedForOnlyIfItCanComeBack() throws {
        for (reason, leaving) in [(EndReason.cut, ["ben"]), (.goodbye, ["ann", "ben"])] {
            var script = Script()
            let ann = try enter(&script, "ann", at: first, 1, token: 1)
            let ben = try enter(&script, "ben", at: first, 2)
            script.apply(.nodeEnded(first, .cut))
            script.pass(seconds: 30)
            let events = [ann, ben].flatMap { script.apply(.end(reason), by: $0).events }
            #expect(events.map(\.who?.name.text) == leaving, "\(reason)")
            #expect(script.chat.peopleCount == 2 - leaving.count)
            script.pass(seconds: 30)
            #expect(script.chat.peopleCount == 0)
        }
    }

    @Test func whoIsHeldForAServerThatWasNotHeardOfIsHeldNoLongerOnceThatSaysGoodbye() throws {
        var script = Script()
        _ = try enter(&script, "ann", at: first, 1, token: 1)
        _ = try enter(&script, "ben", at: first, 2)
        script.apply(.nodeEnded(first, .cut))
        #expect(script.apply(.nodeEnded(first, .goodbye)).events.map(\.who?.name.text) == ["ben"])
    }

    @Test func whoseServerWasThereAfterAllGoesOnAndNobodyIsTold() throws {
        var script = Script()
        let ann = try enter(&script, "ann", at: first, 1)
        script.apply(.nodeEnded(first, .cut))
        script.pass(seconds: 59)
        #expect(script.apply(.returned, by: ann).events.isEmpty && script.chat.who(ann)?.name.text == "ann")
        script.pass(seconds: 3_600)
        #expect(script.chat.peopleCount == 1)
        #expect(script.apply(.returned, by: ann).answer == .done, "who was never away goes on")
    }

    @Test func whoWasForgottenOrHasComeBackElsewhereDoesNotGoOn() throws {
        var script = Script()
        let ann = try enter(&script, "ann", at: first, 1, token: 1)
        let ben = try enter(&script, "ben", at: first, 2, token: 2)
        script.apply(.nodeEnded(first, .cut))
        var entry = Entry(NameRequest("ben"), fallbackName: "anon-1", level: .typed)
        entry.resume = TokenDigest(testing: 2)
        let again = try #require(SessionID(second, counter: 9))
        script.apply(.enter(entry), by: again)
        #expect(script.apply(.returned, by: ben).refusal == .notEntered)
        #expect(script.chat.who(again)?.name.text == "ben")
        script.pass(seconds: 61)
        #expect(script.apply(.returned, by: ann).refusal == .notEntered)
        #expect(script.apply(.returned).refusal == .notEntered)
    }
}
