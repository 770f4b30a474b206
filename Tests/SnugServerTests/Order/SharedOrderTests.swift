// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import SnugRooms
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@testable import SnugServer

/// What several servers with one order agree on.
@Suite(.timeLimit(.minutes(30))) struct SharedOrderTests {
    private let desks = OrderedDesks()

    // MARK: One order

    @Test func aLineIsToldOnEveryNodeInOneOrderHoweverManySpeakAtOnce() throws {
        try desks.withNodes(3) { nodes in
            let guests = try zip(nodes, ["ann", "ben", "cem"]).map { try $0.desk.enter($1) }
            _ = try nodes.map { try desks.posted(on: $0) }
            let threads = try zip(nodes, guests).map { node, guest in
                let node = HandedOver(node)
                return try RunningThread(name: "speaker") {
                    for number in 0..<500 {
                        node.value.type("\(guest.name.text) \(number)", as: guest)
                    }
                }
            }
            for thread in threads { thread.join() }
            let heard = try nodes.map { try desks.posted(on: $0) }
            #expect(heard[0].count == 1_500)
            #expect(heard[0] == heard[1] && heard[1] == heard[2])
            for (index, name) in ["ann", "ben", "cem"].enumerated() {
                let own = heard[index].filter { $0.hasPrefix("\(name): ") }
                #expect(own == (0..<500).map { "\(name): \(name) \($0)" })
            }
        }
    }

    @Test func twoNodesNeverGiveOneNameTwice() throws {
        try desks.withNodes(3) { nodes in
            let threads = try nodes.map { node in
                let node = HandedOver(node)
                return try RunningThread(name: "newcomers") {
                    for _ in 0..<20 { _ = try? node.value.desk.enter("ann") }
                }
            }
            for thread in threads { thread.join() }
            try desks.order.settle()
            let names = nodes.flatMap { $0.names }
            #expect(names.count == 60 && Set(names).count == 60)
            for node in nodes { #expect(node.hub.chat.peopleCount == 60) }
        }
    }

    @Test func twoNodesNeverGiveOneSessionNumber() throws {
        try desks.withNodes(2) { nodes in
            let guests = try nodes.map { try $0.desk.enter("ann") }
            #expect(guests[0].id != guests[1].id)
            #expect(guests.map(\.id.node.rawValue) == [1, 2])
        }
    }

    @Test func whatWasRefusedOnOneNodeIsToldThereAndNowhereElse() throws {
        try desks.withNodes(2) { nodes in
            _ = try nodes[0].desk.enter("ann")
            let ben = try nodes[1].desk.enter("ben")
            _ = try nodes.map { try desks.posted(on: $0) }
            nodes[1].type("/nick ann", as: ben)
            #expect(try desks.posted(on: nodes[0]) == [])
            #expect(
                try desks.posted(on: nodes[1])
                    == ["\(ben.id.rawValue) < * ann is taken or looks like a taken name; you keep yours *"]
            )
        }
    }

    @Test func severalRequestsOfOneMessageAreAnsweredEachToWhoeverAsked() throws {
        try desks.withNodes(2) { nodes in
            let (ann, ben) = (try nodes[0].desk.enter("ann"), try nodes[0].desk.enter("ben"))
            _ = try nodes.map { try desks.posted(on: $0) }
            nodes[0].log.keep()
            nodes[0].type("/msg nobody x", as: ann)
            nodes[0].type("hello", as: ben)
            nodes[0].type("/nick ann", as: ben)
            #expect(try desks.posted(on: nodes[0]) == [], "nothing is told before the order has brought it")
            nodes[0].log.deliver()
            #expect(
                try desks.posted(on: nodes[0]) == [
                    "\(ann.id.rawValue) < * nobody here is called nobody *", "ben: hello",
                    "\(ben.id.rawValue) < * ann is taken or looks like a taken name; you keep yours *",
                ]
            )
            #expect(try desks.posted(on: nodes[1]) == [])
        }
    }

    @Test func whoComesOnOneNodeIsToldOfOnAllAndSaysSomethingToOneElsewhere() throws {
        try desks.withNodes(2) { nodes in
            let ann = try nodes[0].desk.enter("ann")
            let ben = try nodes[1].desk.enter("ben")
            #expect(try desks.posted(on: nodes[0]) == ["* ben joined the chat *"])
            _ = try desks.posted(on: nodes[1])
            nodes[1].type("/msg ann psst", as: ben)
            #expect(try desks.posted(on: nodes[0]) == ["\(ann.id.rawValue) < * ben (only to you): psst *"])
            nodes[0].type("/r yes?", as: ann)
            #expect(try desks.posted(on: nodes[1]) == ["\(ben.id.rawValue) < * ann (only to you): yes? *"])
            nodes[0].leave(ann)
            #expect(try desks.posted(on: nodes[1]) == ["* ann left *"])
        }
    }

    /// The time is the order's: clocks of machines differ.
    @Test func whatComesDueIsDoneOnEveryNodeAtTheOrdersTimeThoughEachAsksForIt() throws {
        try desks.withNodes(2) { nodes in
            let ann = try nodes[0].desk.enter("ann") { $0.isOperator = true }
            _ = try nodes[1].desk.enter("ben", from: "192.0.2.9")
            nodes[0].type("/ban ben 1h", as: ann)
            try desks.order.settle()
            #expect(nodes.map { $0.hub.allSanctions.count } == [1, 1])
            // Own clocks say nothing.
            for node in nodes {
                node.desk.pass(milliseconds: 7_200_000)
                node.hub.tick()
            }
            try desks.order.settle()
            #expect(nodes.map { $0.hub.allSanctions.count } == [1, 1])
            desks.order.pass(milliseconds: 3_600_000)
            try desks.order.settle()
            for node in nodes {
                #expect(node.hub.timeToNextDue == .zero)
                node.hub.tick()
                node.hub.tick()
            }
            try desks.order.settle()
            for node in nodes {
                #expect(node.hub.allSanctions.isEmpty && node.hub.timeToNextDue == nil)
            }
        }
    }

    @Test func whatTheOwnerWantsIsAnsweredOnceItIsDecided() throws {
        try desks.withNodes(2) { nodes in
            let ben = try nodes[1].desk.enter("ben")
            _ = try desks.posted(on: nodes[1])
            nodes[0].log.keep()
            let decided = Decided<ChatHub.Moderation>()
            let process = PeerProcess(userID: 0, processID: 1)
            nodes[0].hub.moderate(.kick(ben.name, reason: nil, from: nil), for: process) { decided.set($0) }
            #expect(!decided.isSet)
            nodes[0].log.deliver()
            guard case .done(let sentence) = try decided.value() else {
                Issue.record("nobody was kicked")
                return
            }
            #expect(sentence.contains("ben was kicked by an operator"))
            #expect(try desks.posted(on: nodes[1]).contains("\(ben.id.rawValue) out: kicked"))
        }
    }
}
