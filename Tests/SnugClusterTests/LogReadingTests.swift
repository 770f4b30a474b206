// SPDX-License-Identifier: Apache-2.0
#if Cluster

import SnugRooms
import SnugServer
import SnugSystem
import TestSupport
import Testing

@testable import SnugCluster

/// What a node makes of messages that are not as they should be.
@Suite struct LogReadingTests {
    /// A message of a node's own that its publisher never sees, with one request under ticket 77.
    private func message(of node: TestNode, asking request: Request) throws -> Outgoing.Message {
        let message = node.log.shared.withLock { shared -> Outgoing.Message? in
            _ = shared.outgoing.append(request, 77)
            // What the node says of itself goes first.
            while let message = shared.outgoing.take(at: .now) { if isRequests(message) { return message } }
            return nil
        }
        return try #require(message)
    }

    private func isRequests(_ message: Outgoing.Message) -> Bool {
        if case .requests? = (try? ClusterMessage(coded: message.bytes))?.content { true } else { false }
    }

    private func tick(_ node: TestNode) throws -> Request {
        let number = try #require(node.seen.withLock { $0.node })
        return Request(.tick, by: try #require(SessionID(number, counter: 9)))
    }

    private func publish(_ bytes: [UInt8], on bus: RunningBus) throws {
        let stranger = try BusConnection(bus.settings())
        _ = try stranger.publish(bytes, id: "spoiled", patience: 5_000)
        stranger.close()
    }

    @Test func whoAskedInAMessageThatCannotBeReadIsToldAtOnce() throws {
        let bus = try RunningBus()
        let node = try TestNode(bus.settings())
        defer { node.log.stop() }
        let message = try message(of: node, asking: try tick(node))
        try publish(message.bytes + [0], on: bus)
        try eventually("it is lost") { node.seen.withLock { $0.lost } == [77] }
        #expect(node.seen.withLock { $0.skipped.count } == 1)
    }

    @Test func whoAskedInAMessageThatIsNotTakenIsToldAtOnce() throws {
        let bus = try RunningBus()
        let node = try TestNode(bus.settings())
        defer { node.log.stop() }
        // Of a session of another server.
        let stranger = try #require(NodeNumber(999))
        let foreign = try #require(SessionID(stranger, counter: 1))
        let message = try message(of: node, asking: Request(.tick, by: foreign))
        try publish(message.bytes, on: bus)
        try eventually("it is lost") { node.seen.withLock { $0.lost } == [77] }
    }

    @Test func whoAskedInAMessageThatALaterOneHasOvertakenIsTold() throws {
        let bus = try RunningBus()
        let node = try TestNode(bus.settings())
        defer { node.log.stop() }
        _ = try message(of: node, asking: try tick(node))
        _ = try node.enter("aisha")
        try eventually("it is lost") { node.seen.withLock { $0.lost } == [77] }
        #expect(node.seen.withLock { $0.fault } == nil)
    }

    @Test func aNodeThatIsFurtherBehindThanTheLogGoesBackSaysSo() throws {
        let bus = try RunningBus()
        let log = try JetStreamLog(bus.settings(), agreed: [])
        for number in 1...6 { _ = try log.bus.publish([1], id: "\(number)", patience: 5_000) }
        try log.bus.purge(before: 4)
        let other = try TestNode(settings(of: bus, named: "other"))
        defer { other.log.stop() }
        var reading = LogReading(log, other)
        // Returns, because it cannot go on.
        reading.run()
        let fault = try #require(log.shared.withLock { $0.fault })
        #expect(fault.sentence.contains("too far behind") && fault.kind == .passing)
        log.bus.close()
    }

    private func settings(of bus: RunningBus, named name: String) -> BusSettings {
        var settings = bus.settings()
        settings.name = name
        return settings
    }

    @Test func oneOfTwoNodesWhoseChatsDifferEndsAndTheOtherGoesOn() throws {
        let bus = try RunningBus()
        var settings = bus.settings()
        settings.messagesPerSnapshot = 20
        let nodes = try (0..<2).map { _ in try TestNode(settings) }
        defer { for node in nodes { node.log.stop() } }
        let session = try nodes[0].enter("aisha").0
        for number in 0..<40 { _ = nodes[0].say("\(number)", session) }
        for node in nodes {
            try eventually("a checkpoint") { node.log.shared.withLock { $0.checkpoint } != nil }
        }
        let wrong = try #require(Bytes32(Array(repeating: 9, count: 32)))
        nodes[1].log.shared.withLock { shared in
            shared.checkpoint = shared.checkpoint.map { .init(sequence: $0.sequence, digest: wrong) }
        }
        try eventually("one ends") { nodes.contains { $0.seen.withLock { $0.fault } != nil } }
        let faults = nodes.compactMap { $0.seen.withLock { $0.fault } }
        #expect(faults.count == 1 && faults[0].sentence.contains("does not have the same chat"))
        #expect(faults.first?.kind == .passing)
    }
}
#endif
