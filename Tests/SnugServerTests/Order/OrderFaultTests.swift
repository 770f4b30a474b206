// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import SnugRooms
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@testable import SnugServer

/// What people are told, and what becomes of what they ask for, where the order is late or cannot be reached.
@Suite(.timeLimit(.minutes(30))) struct OrderFaultTests {
    private let desks = OrderedDesks()

    // MARK: What goes wrong

    @Test func whatIsSaidWhileTheOrderIsGoneIsRefusedToWhoeverTypedItAndMembersAreToldOnce() throws {
        try desks.withNodes(2) { nodes in
            let ann = try nodes[0].desk.enter("ann")
            let ben = try nodes[1].desk.enter("ben")
            _ = try nodes.map { try desks.posted(on: $0) }
            nodes[0].log.change(to: .gone)
            let gone =
                "* this server has lost touch with the chat's other servers: nothing can be said for now *"
            #expect(try desks.posted(on: nodes[0]) == ["\(ann.id.rawValue) < \(gone)"])
            nodes[0].type("hello?", as: ann)
            let refused =
                "* that was not done, for this server has lost touch with the chat's other servers *"
            #expect(try desks.posted(on: nodes[0]) == ["\(ann.id.rawValue) < \(refused)"])
            #expect(throws: Refusal(.outOfTouch)) { try nodes[0].desk.enter("cem") }
            nodes[1].type("elsewhere", as: ben)
            #expect(try desks.posted(on: nodes[1]) == ["ben: elsewhere"])
            #expect(try desks.posted(on: nodes[0]) == [])
            nodes[0].log.change(to: .fine)
            let back = "* the chat's servers understand each other again *"
            #expect(try desks.posted(on: nodes[0]) == ["\(ann.id.rawValue) < \(back)", "ben: elsewhere"])
            #expect(nodes[0].desk.log.filter { $0.contains("the chat's order") }.count == 2)
        }
    }

    @Test func membersAreToldOnceThatLinesWaitAndOnceThatItIsOver() throws {
        try desks.withNodes(1) { nodes in
            let ann = try nodes[0].desk.enter("ann")
            _ = try desks.posted(on: nodes[0])
            nodes[0].log.hold()
            nodes[0].type("waits", as: ann)
            for state in [RequestLogState.slow, .slow, .fine, .fine] { nodes[0].log.change(to: state) }
            let told = ["slow at the moment", "understand each other again"]
            let heard = try desks.posted(on: nodes[0])
            #expect(heard.count == 3 && heard.last == "ann: waits")
            for (line, words) in zip(heard, told) { #expect(line.contains(words)) }
        }
    }

    @Test func whoLeavesWhileTheOrderIsGoneHasLeftEverywhereOnceItIsBack() throws {
        try desks.withNodes(2) { nodes in
            let ann = try nodes[0].desk.enter("ann")
            _ = try nodes[1].desk.enter("ben")
            _ = try nodes.map { try desks.posted(on: $0) }
            nodes[0].log.change(to: .gone)
            try desks.order.settle()
            #expect(nodes[0].hub.leave(ann.id, .goodbye, own: nodes[0].desk.mailboxes[0])?.text == "ann")
            #expect(nodes[0].hub.allSessions.isEmpty, "who is gone is not kept waiting")
            #expect(try desks.posted(on: nodes[1]) == [])
            nodes[0].log.change(to: .fine)
            #expect(try desks.posted(on: nodes[1]) == ["* ann left *"])
        }
    }

    @Test func whoLeavesIsStillToldWhatBecameOfItsLastLines() throws {
        try desks.withNodes(1) { nodes in
            let ann = try nodes[0].desk.enter("ann")
            _ = try nodes[0].desk.enter("ben")
            _ = try desks.posted(on: nodes[0])
            nodes[0].log.keep()
            nodes[0].type("/nick ben", as: ann)
            nodes[0].leave(ann)
            nodes[0].log.deliver()
            let heard = try desks.posted(on: nodes[0])
            #expect(heard.first?.hasPrefix("\(ann.id.rawValue) < * ben is taken") == true)
            #expect(heard.dropFirst() == ["* ann left *"])
        }
    }

    /// Its leaving is under way when an operator's kick comes first: it is logged by whoever took it out.
    @Test func whoIsPutOutWhileItsLeavingIsUnderWayIsDismissedByNobody() throws {
        try desks.withNodes(2) { nodes in
            let ann = try nodes[0].desk.enter("ann")
            _ = try desks.posted(on: nodes[0])
            nodes[0].log.keep()
            nodes[0].leave(ann)
            let decided = Decided<ChatHub.Moderation>()
            let process = PeerProcess(userID: 0, processID: 1)
            nodes[1].hub.moderate(.kick(ann.name, reason: nil, from: nil), for: process) { decided.set($0) }
            _ = try decided.value()
            nodes[0].log.deliver()
            #expect(try !desks.posted(on: nodes[0]).contains { $0.contains(" out: ") })
            #expect(nodes.allSatisfy { $0.hub.chat.peopleCount == 0 })
        }
    }

    // MARK: What does not come

    @Test func whatIsLostOnItsWayIsToldToWhoeverAskedForItAtOnce() throws {
        try desks.withNodes(1) { nodes in
            let ann = try nodes[0].desk.enter("ann")
            _ = try desks.posted(on: nodes[0])
            nodes[0].log.keep()
            for text in ["hello", "/nick ben"] { nodes[0].type(text, as: ann) }
            nodes[0].log.lose()
            let refused =
                "* that was not done, for this server has lost touch with the chat's other servers *"
            let told = try desks.posted(on: nodes[0])
            #expect(told == Array(repeating: "\(ann.id.rawValue) < \(refused)", count: 2))
            nodes[0].type("hello again", as: ann)
            #expect(try desks.posted(on: nodes[0]) == ["ann: hello again"])
            #expect(nodes[0].hub.orderFigures?.underWay == 0)
        }
    }

    @Test func whoIsToBeLetInByWhatIsLostIsTurnedAwayAtOnce() throws {
        try desks.withNodes(1) { nodes in
            nodes[0].log.keep()
            let refusal = Decided<Refusal?>()
            let node = HandedOver(nodes[0])
            let newcomer = try RunningThread(name: "newcomer") {
                do { _ = try node.value.desk.enter("ann") } catch { refusal.set(error as? Refusal) }
            }
            while nodes[0].log.keptCount == 0 { Polling.pause(.milliseconds(1)) }
            nodes[0].log.lose()
            #expect(try refusal.value() == .outOfTouch)
            newcomer.join()
            try desks.order.settle()
            #expect(nodes[0].hub.chat.peopleCount == 0 && nodes[0].hub.allSessions.isEmpty)
        }
    }

    @Test func whatCouldNotBeSaidIsSaidBeforeWhatIsAskedForLater() throws {
        try desks.withNodes(2) { nodes in
            let ann = try nodes[0].desk.enter("ann")
            nodes[0].log.change(to: .gone)
            try desks.order.settle()
            nodes[0].leave(ann)
            nodes[0].log.change(to: .slow)
            try desks.order.settle()
            nodes[0].hub.setOperators([])
            nodes[0].log.change(to: .fine)
            try desks.order.settle()
            #expect(desks.asked.suffix(2) == [.end(.goodbye), .operators([])])
        }
    }

    @Test func aListOfOperatorsThatIsLostIsNotSaidAgainBehindANewerOne() throws {
        let lists = try (1...2).map { [PersonKey(try #require(Bytes32(Array(repeating: $0, count: 32))))] }
        try desks.withNodes(1) { nodes in
            nodes[0].log.keep()
            nodes[0].hub.setOperators(lists[0])
            nodes[0].log.drop()
            nodes[0].hub.setOperators(lists[1])
            try desks.order.settle()
            nodes[0].log.lose()
            try desks.order.settle()
            #expect(desks.asked == [.operators(lists[1])])
        }
    }

    @Test func aLeavingThatIsLostIsSaidAgain() throws {
        try desks.withNodes(2) { nodes in
            let ann = try nodes[0].desk.enter("ann")
            _ = try nodes[1].desk.enter("ben")
            _ = try nodes.map { try desks.posted(on: $0) }
            nodes[0].log.keep()
            nodes[0].leave(ann)
            nodes[0].log.lose()
            #expect(try desks.posted(on: nodes[1]) == ["* ann left *"])
        }
    }

    @Test func aRequestThatIsTooLargeIsToldInTheLogAndHoldsUpNobody() throws {
        try desks.withNodes(2) { nodes in
            let ann = try nodes[0].desk.enter("ann")
            _ = try nodes[1].desk.enter("ben")
            _ = try nodes.map { try desks.posted(on: $0) }
            let keys = (0..<200).compactMap {
                Bytes32(Array(repeating: UInt8($0), count: 32)).map { PersonKey($0) }
            }
            let told = "a list of 200 operators is too large for the chat's order, and was left out"
            nodes[0].log.takeNothing(largerThan: 4_096)
            nodes[0].hub.setOperators(keys)
            #expect(nodes[0].desk.log.filter { $0 == told }.count == 1)
            #expect(!nodes[0].desk.log.contains { $0.contains("may moderate") })
            nodes[0].log.change(to: .gone)
            try desks.order.settle()
            nodes[0].hub.setOperators(keys)
            nodes[0].leave(ann)
            nodes[0].log.change(to: .fine)
            #expect(try desks.posted(on: nodes[1]) == ["* ann left *"])
            #expect(nodes[0].desk.log.filter { $0 == told }.count == 2)
        }
    }

    /// A second says nothing to the order: what a session asked for too much of waits with it.
    @Test func whoAsksForMoreThanMayBeUnderWayWaitsUntilItIsLess() throws {
        try desks.withNodes(1) { nodes in
            let (hub, mailbox) = (nodes[0].hub, nodes[0].desk.mailboxes[0])
            let ann = try nodes[0].desk.enter("ann")
            nodes[0].log.keep()
            for number in 1...40 {
                let outcome = hub.apply(.parse("\(number)"), from: ann.id, isAnswered: true, own: mailbox)
                #expect(outcome.mustWait == (number >= HubState.maximumUnderWay))
            }
            nodes[0].log.deliver()
            try desks.order.settle()
            var contents = LoopMailbox.Contents()
            mailbox.take(into: &contents)
            let goingOn = contents.entries.filter { if case .goesOn(ann.id) = $0 { true } else { false } }
            #expect(goingOn.count == 1)
            #expect(!hub.apply(.parse("more"), from: ann.id, isAnswered: true, own: mailbox).mustWait)
        }
    }
}
