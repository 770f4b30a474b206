// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import SnugRooms
import SnugSystem
import TestSupport

@testable import SnugServer

/// Several hubs with one order, which brings each of them everything on a thread of its own.
struct OrderedDesks {
    let order = TestOrder()

    /// A hub, and its way to the order.
    struct Node {
        let desk: TextDesk
        let log: TestLog

        var hub: ChatHub { desk.hub }

        func end() { log.stop() }

        /// Has somebody here type that; what comes of it comes some time.
        func type(_ text: String, as guest: TextDesk.Guest) {
            _ = hub.apply(.parse(text), from: guest.id, isAnswered: true, own: desk.mailboxes[0])
        }

        func leave(_ guest: TextDesk.Guest, _ reason: EndReason = .goodbye) {
            _ = hub.leave(guest.id, reason, own: desk.mailboxes[0])
        }

        var names: [String] {
            let chat = hub.chat
            return hub.allSessions.compactMap { chat.who($0)?.name.text }.sorted()
        }
    }

    func node(seed: UInt64 = 0) throws -> Node {
        let log = try order.log(seed: seed)
        let desk = try TextDesk(log: log)
        try log.start(desk.hub)
        return Node(desk: desk, log: log)
    }

    func withNodes(_ count: Int, _ body: ([Node]) throws -> Void) throws {
        let nodes = try (0..<count).map { try node(seed: UInt64($0)) }
        defer { for node in nodes { node.end() } }
        try body(nodes)
    }

    /// All that has been asked of the chat.
    var asked: [Request.Kind] {
        (0..<order.messageCount).compactMap { order.message($0 + 1) }.flatMap(\.requests).map(\.kind)
    }

    /// What was posted on a node once everything under way has come.
    func posted(on node: Node) throws -> [String] {
        try order.settle()
        return try node.desk.posted()
    }
}
