// SPDX-License-Identifier: Apache-2.0

import SnugHistory
import SnugProtocol
import SnugRooms
import SnugSystem
import TestSupport
import Testing

@testable import SnugServer

/// Servers of one order that go, that come back, and that come late.
@Suite(.timeLimit(.minutes(30))) struct NodeTests {
    private let desks = OrderedDesks()

    private func token() throws -> TokenDigest {
        TokenDigest(try #require(Bytes32(Array(repeating: 7, count: 32))))
    }

    // MARK: Nodes that go

    @Test func thePeopleOfANodeThatDiesLeaveOnceAfterTheyWereHeld() throws {
        try desks.withNodes(2) { nodes in
            let dying = try desks.node(seed: 7)
            _ = try nodes[0].desk.enter("ann")
            _ = try dying.desk.enter("ben")
            let token = try token()
            _ = try dying.desk.enter("cem") { $0.newToken = token }
            _ = try nodes.map { try desks.posted(on: $0) }
            dying.log.die()
            desks.order.giveUp(dying.log)
            desks.order.giveUp(dying.log)
            #expect(try desks.posted(on: nodes[0]) == [])
            desks.order.pass(milliseconds: 60_000)
            try desks.order.settle()
            for node in nodes { node.hub.tick() }
            #expect(try desks.posted(on: nodes[0]) == ["* ben left *", "* cem left *"])
            #expect(nodes.allSatisfy { $0.hub.chat.peopleCount == 1 })
        }
    }

    @Test func whoseNodeDiesGoesOnAtAnotherOneByTokenAndNobodyIsTold() throws {
        let token = try token()
        try desks.withNodes(2) { nodes in
            let dying = try desks.node(seed: 7)
            _ = try nodes[0].desk.enter("ann")
            let cem = try dying.desk.enter("cem") { $0.newToken = token }
            _ = try nodes.map { try desks.posted(on: $0) }
            dying.log.die()
            desks.order.giveUp(dying.log)
            let again = try nodes[1].desk.enter("cem") { $0.resume = token }
            #expect(again.name == cem.name && again.id != cem.id)
            #expect(try desks.posted(on: nodes[0]) == [])
        }
    }

    @Test func aNodeThatWasOnlyCutOffKeepsItsPeopleAndNobodyIsTold() throws {
        try desks.withNodes(2) { nodes in
            let ann = try nodes[0].desk.enter("ann")
            let ben = try nodes[1].desk.enter("ben")
            _ = try nodes.map { try desks.posted(on: $0) }
            nodes[0].log.change(to: .gone)
            try desks.order.settle()
            desks.order.giveUp(nodes[0].log)
            nodes[1].type("anybody?", as: ben)
            try desks.order.settle()
            nodes[0].log.change(to: .fine)
            try desks.order.settle()
            #expect(try desks.posted(on: nodes[0]).suffix(1) == ["ben: anybody?"])
            nodes[0].type("me", as: ann)
            #expect(try desks.posted(on: nodes[1]) == ["ben: anybody?", "ann: me"])
            desks.order.pass(milliseconds: 120_000)
            try desks.order.settle()
            for node in nodes { node.hub.tick() }
            #expect(try desks.posted(on: nodes[1]) == [])
            #expect(nodes[0].desk.log.contains { $0.contains("held this one for gone") })
        }
    }

    @Test func whoseStayWasOverBeforeItsNodeCameBackIsPutOutThere() throws {
        try desks.withNodes(2) { nodes in
            let ann = try nodes[0].desk.enter("ann")
            nodes[0].log.change(to: .gone)
            try desks.order.settle()
            desks.order.giveUp(nodes[0].log)
            desks.order.pass(milliseconds: 61_000)
            try desks.order.settle()
            nodes[1].hub.tick()
            let ben = try nodes[1].desk.enter("ben")
            nodes[1].type("later", as: ben)
            try desks.order.settle()
            nodes[0].log.change(to: .fine)
            let told = try desks.posted(on: nodes[0])
            #expect(told.last == "\(ann.id.rawValue) out: cut")
            #expect(!told.contains { $0.contains("ann left") || $0.contains("later") }, "\(told)")
            #expect(nodes[0].hub.allSessions.isEmpty)
        }
    }

    /// Its server brings it what others said only when it is back itself.
    @Test(arguments: [false, true])
    func whoIsKickedWhileItsNodeIsCutOffReadsNothingThatIsSaidBehindThat(isOutOfTheChat: Bool) throws {
        try desks.withNodes(2) { nodes in
            let ann = try nodes[0].desk.enter("ann")
            let ben = try nodes[1].desk.enter("ben")
            for (node, member) in [(nodes[0], ann), (nodes[1], ben)] { node.type("/join den", as: member) }
            _ = try nodes.map { try desks.posted(on: $0) }
            nodes[0].log.change(to: .gone)
            try desks.order.settle()
            desks.order.giveUp(nodes[0].log)
            let room = isOutOfTheChat ? nil : RoomName("den")
            let kick = Request.Kind.kick(ann.name, reason: nil, from: room)
            desks.order.add([Request(kick, by: SessionID(rawValue: 0), isControl: true)])
            try desks.order.settle()
            nodes[1].type("not for ann", as: ben)
            try desks.order.settle()
            nodes[0].log.change(to: .fine)
            let told = try desks.posted(on: nodes[0])
            #expect(!told.contains { $0.contains("not for ann") }, "\(told)")
            #expect(told.contains("\(ann.id.rawValue) out: kicked") == isOutOfTheChat, "\(told)")
            nodes[1].type("/join main", as: ben)
            nodes[1].type("for all", as: ben)
            #expect(try desks.posted(on: nodes[0]).contains("ben: for all") != isOutOfTheChat)
        }
    }

    @Test func whoIsHeldForGoneAndAsksIsToldThatItsServerIsOutOfTouch() throws {
        try desks.withNodes(1) { nodes in
            let ann = try nodes[0].desk.enter("ann")
            nodes[0].log.change(to: .gone)
            try desks.order.settle()
            nodes[0].log.release()
            desks.order.giveUp(nodes[0].log)
            _ = try desks.posted(on: nodes[0])
            let questions = ["/who", "/rooms", "/bans", "/topic"]
            for question in questions { nodes[0].type(question, as: ann) }
            _ = nodes[0].hub.readHistory(5, for: ann.id)
            let told = try desks.posted(on: nodes[0])
            #expect(told.count == questions.count + 1, "\(told)")
            #expect(told.allSatisfy { $0.contains("lost touch") }, "\(told)")
        }
    }

    @Test func whatIsForSomebodyAloneReachesItThroughANodeThatWasOnlyCutOff() throws {
        try desks.withNodes(2) { nodes in
            _ = try nodes[0].desk.enter("ann")
            let ben = try nodes[1].desk.enter("ben")
            for words in ["/join den", "/private"] { nodes[1].type(words, as: ben) }
            _ = try nodes.map { try desks.posted(on: $0) }
            nodes[0].log.change(to: .gone)
            try desks.order.settle()
            desks.order.giveUp(nodes[0].log)
            try desks.order.settle()
            nodes[1].type("/invite ann", as: ben)
            try desks.order.settle()
            nodes[0].log.change(to: .fine)
            let told = try desks.posted(on: nodes[0])
            #expect(told.contains { $0.contains("ben invit") }, "\(told)")
        }
    }

    /// Otherwise all would hold it for present, and nobody would ever end it.
    @Test(arguments: [false, true])
    func whoIsCutOffWhenItsNodeIsHeldForGoneIsNotCalledBack(isCallLost: Bool) throws {
        let token = try token()
        try desks.withNodes(2) { nodes in
            let ann = try nodes[0].desk.enter("ann") { $0.newToken = token }
            _ = try nodes[1].desk.enter("ben")
            _ = try nodes.map { try desks.posted(on: $0) }
            if isCallLost {
                nodes[0].log.keep()
            } else {
                nodes[0].log.change(to: .gone)
                try desks.order.settle()
                nodes[0].log.release()
            }
            desks.order.giveUp(nodes[0].log)
            try desks.order.settle()
            if isCallLost { nodes[0].log.drop() } else { nodes[0].log.change(to: .slow) }
            try desks.order.settle()
            _ = nodes[0].hub.leave(ann.id, .cut, own: nodes[0].desk.mailboxes[0])
            try desks.order.settle()
            nodes[0].log.lose()
            #expect(try desks.posted(on: nodes[1]) == [])
            desks.order.pass(milliseconds: 60_000)
            try desks.order.settle()
            for node in nodes { node.hub.tick() }
            #expect(try desks.posted(on: nodes[1]) == ["* ann left *"])
        }
    }

    // MARK: Nodes that come

    @Test func aNodeThatComesLateHasTheChatOfTheOthersAndSoHasOneThatBeginsWithASnapshot() throws {
        try desks.withNodes(1) { nodes in
            let ann = try nodes[0].desk.enter("ann")
            for number in 0..<50 { nodes[0].type("\(number)", as: ann) }
            try desks.order.settle()
            let late = try desks.node(seed: 3)
            try desks.order.settle()
            defer { late.end() }
            #expect(late.hub.chat.lastSequence == nodes[0].hub.chat.lastSequence)
            #expect(late.hub.chat.who(ann.id)?.name.text == "ann")
            let third = try TextDesk(log: try TestOrder().log())
            third.hub.restore(nodes[0].hub.chat)
            #expect(third.hub.chat.who(ann.id)?.name.text == "ann")
        }
    }

    @Test(arguments: [false, true])
    func aNodeThatBeginsWithASnapshotSaysWhatItsHistoryHasNot(_ isOnDisk: Bool) throws {
        let folder = try TemporaryFolder()
        var settings = HistorySettings()
        if isOnDisk { settings.file = folder.path("history") }
        try desks.withNodes(1) { nodes in
            let ann = try nodes[0].desk.enter("ann")
            nodes[0].type("nobody else has it", as: ann)
            try desks.order.settle()
            let chat = nodes[0].hub.chat
            let late = try TextDesk(history: settings, log: try TestOrder().log())
            defer { late.hub.history.close() }
            late.hub.restore(chat)
            let page = Decided<HistoryPage?>()
            late.hub.history.read(.main, .before(.max), limit: 10) { page.set(try? $0.get()) }
            let found = try #require(try page.value())
            #expect(found.lines.isEmpty && found.missing == [1...chat.lastSequence])
        }
    }

    /// Each has a clock, and a history, of its own; the chat is all servers'.
    @Test func noServersClockTakesARoomFromTheOthersAndTheOrdersTakesItFromAll() throws {
        try desks.withNodes(2) { nodes in
            let ann = try nodes[0].desk.enter("ann")
            for text in ["/join den", "tea?", "/join main"] { nodes[0].type(text, as: ann) }
            try desks.order.settle()
            nodes[1].desk.pass(milliseconds: 48 * 3_600_000)
            nodes[1].hub.tick()
            desks.order.pass(milliseconds: 86_000_000)
            try desks.order.settle()
            for node in nodes { node.hub.tick() }
            try desks.order.settle()
            #expect(nodes.map { $0.hub.allRooms.count } == [2, 2])
            desks.order.pass(milliseconds: 400_000)
            try desks.order.settle()
            for node in nodes { node.hub.tick() }
            try desks.order.settle()
            #expect(nodes.map { $0.hub.allRooms.count } == [1, 1])
        }
    }

    /// Whatever happens and however late it comes: equal places in the order are equal chats.
    @Test(arguments: 0..<12 as Range<UInt64>)
    func everyNodesChatIsTheSameAfterARandomHour(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        try desks.withNodes(3) { nodes in
            var guests: [(Int, TextDesk.Guest)] = []
            for _ in 0..<300 {
                let index = Int.random(in: 0..<3, using: &random)
                switch Int.random(in: 0..<20, using: &random) {
                case 0...2:
                    if let guest = try? nodes[index].desk.enter(
                        ["ann", "ben", "cem"].randomElement(using: &random)!
                    ) {
                        guests.append((index, guest))
                    }
                case 3:
                    guard let (node, guest) = guests.randomElement(using: &random) else { continue }
                    let reason = EndReason.allCases.randomElement(using: &random)!
                    nodes[node].leave(guest, reason)
                case 4: desks.order.pass(milliseconds: .random(in: 0..<40_000, using: &random))
                case 5: nodes[index].hub.tick()
                case 6: desks.order.giveUp(nodes[index].log)
                case 7: nodes[index].log.change(to: Bool.random(using: &random) ? .gone : .slow)
                case 8, 9: for node in nodes { node.log.change(to: .fine) }
                default:
                    guard let (node, guest) = guests.randomElement(using: &random) else { continue }
                    let texts = [
                        "hello", "/nick dia", "/join den", "/join main", "/msg ann x", "/private",
                        "/me waves",
                    ]
                    nodes[node].type(texts.randomElement(using: &random)!, as: guest)
                }
            }
            for node in nodes { node.log.change(to: .fine) }
            try desks.order.settle()
            desks.order.pass(milliseconds: 120_000)
            try desks.order.settle()
            for node in nodes { node.hub.tick() }
            try desks.order.settle()
            let states = nodes.map {
                "\($0.hub.chat.lastSequence) \($0.hub.allRooms) \($0.hub.chat.peopleCount)"
            }
            #expect(states[0] == states[1] && states[1] == states[2])
            // Everybody who sits somewhere is in, and everybody who is in sits somewhere.
            let seated = nodes.flatMap { node in node.hub.allSessions.filter { node.hub.chat.who($0) != nil }
            }
            #expect(seated.count == nodes.reduce(0) { $0 + $1.hub.allSessions.count })
            #expect(Set(nodes.flatMap { $0.names }).count == nodes[0].hub.chat.peopleCount)
        }
    }
}
