// SPDX-License-Identifier: Apache-2.0
#if Cluster

import Glibc
import SnugRooms
import SnugServer
import SnugSystem
import TestSupport
import Testing

@testable import SnugCluster

/// What keeps a server from taking part: each is one sentence that says what is wrong, and a hint.
@Suite struct BusFaultTests {
    private func reason(
        _ settings: BusSettings,
        limits: ChatLimits = ChatLimits(),
        _ agreed: [String] = ["--max-rooms 200"]
    )
        -> RequestLogFault?
    {
        do {
            let node = try TestNode(settings, limits: limits, agreed: agreed)
            node.log.stop()
            return nil
        } catch { return error as? RequestLogFault }
    }

    @Test func aWrongPasswordIsSaidAndNeverShown() throws {
        let bus = try RunningBus(servers: 1, "authorization { user: snug, password: \"right\" }")
        let fault = try #require(reason(BusSettings(urls: [bus.url(user: "snug:wrong@")])))
        #expect(fault.sentence.contains("does not let this server in") && fault.kind == .refused)
        #expect(!fault.sentence.contains("wrong") && !fault.hint.contains("wrong"))
        #expect(reason(BusSettings(urls: [bus.url(user: "snug:right@")])) == nil)
    }

    @Test func noServerAtThatPortIsSaid() throws {
        let port = try ReservedPort()
        let url = try #require(BusURL("nats://127.0.0.1:\(port.number)"))
        let fault = try #require(reason(BusSettings(urls: [url])))
        #expect(fault.sentence.contains("no NATS server answers at 127.0.0.1:\(port.number)"))
        #expect(fault.kind == .unreachable)
    }

    @Test func aServerThatIsSomethingElseIsSaid() throws {
        try withServer { server in
            let url = try #require(BusURL("nats://127.0.0.1:\(server.port(.plain))"))
            let fault = try #require(reason(BusSettings(urls: [url])))
            #expect(fault.sentence.contains("NATS server"), "\(fault.sentence)")
        }
    }

    @Test func aBusWithoutJetStreamIsSaid() throws {
        let bus = try RunningBus(servers: 1, jetStream: false)
        #expect(reason(bus.settings())?.sentence.contains("has no JetStream") == true)
    }

    @Test func copiesThatOneServerCannotKeepAreSaid() throws {
        let bus = try RunningBus()
        var settings = bus.settings()
        settings.replicas = 3
        #expect(reason(settings)?.sentence.contains("cannot keep 3 copies") == true)
    }

    @Test func aStreamOfAnotherPurposeIsNotTouched() throws {
        let bus = try RunningBus()
        let stranger = try BusConnection(bus.settings())
        try stranger.makeStream(replicas: 1, for: "orders.new")
        let fault = try #require(reason(bus.settings()))
        #expect(fault.sentence == "the bus has a stream snug that is not this chat's")
        #expect(try stranger.streamState()?.lastSequence == 0)
        stranger.close()
    }

    @Test func aBusWithoutRoomOnItsDiskTakesNothingAndLosesNothing() throws {
        let bus = try RunningBus(jetStreamLimits: "max_file: 200KB")
        let node = try TestNode(bus.settings())
        defer { node.log.stop() }
        let session = try node.enter("aisha").0
        var taken = 0
        try eventually("it is full") {
            for _ in 0..<50 where node.say(String(repeating: "x", count: 200), session) != nil { taken += 1 }
            return node.seen.withLock { $0.states.last } == .gone
        }
        #expect(node.said.count < taken)
        #expect(node.seen.withLock { $0.fault } == nil)
    }

    @Test func aNodeWithOtherLimitsIsRefusedAndToldBothValues() throws {
        let bus = try RunningBus()
        let node = try TestNode(bus.settings())
        defer { node.log.stop() }
        let fault = try #require(reason(bus.settings(), ["--max-rooms 100"]))
        #expect(fault.sentence == "this server has --max-rooms 100, and the others have --max-rooms 200")
        #expect(fault.hint.contains("--max-rooms 200"))
    }

    @Test func aNodeThatKnowsAnotherUnicodeIsRefusedAndToldBoth() throws {
        let bus = try RunningBus()
        let connection = try BusConnection(bus.settings())
        let other = "unicode 9.0 abc"
        let agreed = "format \(ClusterMessage.format)\n\(other)\n--max-rooms 200"
        _ = try connection.openBucket(replicas: 1).agree(on: Array(agreed.utf8), as: "agreed")
        connection.close()
        let fault = try #require(reason(bus.settings()))
        #expect(
            fault.sentence
                == "this server (0) is of \(UnicodeTables.identity), and the others are of \(other)"
        )
        #expect(fault.hint.contains("one build") && fault.kind == .configuration)
    }

    @Test func aLogThatDoesNotGoBackFarEnoughWithoutASnapshotIsSaid() throws {
        let bus = try RunningBus()
        let connection = try BusConnection(bus.settings())
        try connection.makeStream(replicas: 1)
        for number in 1...10 { _ = try connection.publish([1], id: "\(number)", patience: 5_000) }
        try connection.purge(before: 8)
        connection.close()
        let fault = try #require(reason(bus.settings()))
        #expect(fault.sentence.contains("does not go back far enough, and there is no whole snapshot"))
    }

    @Test func twoNodesWithOneAddressAreNeverBothThere() throws {
        let bus = try RunningBus()
        var settings = bus.settings()
        settings.address = "chat.example:9443"
        let first = try TestNode(settings)
        let second = try TestNode(settings)
        defer { second.log.stop() }
        try eventually("the first one ends") { first.seen.withLock { $0.fault } != nil }
        #expect(
            first.seen.withLock { $0.fault }?.sentence
                == "another server has taken this one's place at chat.example:9443"
        )
        // What is started again by itself would end the other one, and that one this one.
        #expect(first.seen.withLock { $0.fault }?.kind == .configuration)
        #expect(second.seen.withLock { $0.ended.count } == 1)
        first.log.stop()
    }

    /// As when a backup of the stream is older than that of the bucket.
    @Test func aLogThatIsOlderThanItsSnapshotIsRefusedInThoseWords() throws {
        let bus = try RunningBus()
        let node = try TestNode(bus.settings())
        let chat = node.chat.snapshot
        node.log.stop()
        let log = Checkpoint.beginning.followed(by: [], at: 1_000_000)
        let state = ClusterState(log: log, directory: NodeDirectory(), chat: chat)
        let connection = try BusConnection(bus.settings())
        let store = SnapshotStore(bucket: try connection.openBucket(replicas: 1))
        try store.put(try #require(StoredState(state.coded, at: log.sequence, partBytes: 4_096)))
        connection.close()
        let fault = try #require(reason(bus.settings()))
        #expect(fault.sentence.contains("is older than its own snapshot") && fault.kind == .configuration)
    }

    @Test func aLogThatWasDeletedEndsEveryServerAndWhoeverStartsAgainGoesOnWithoutIt() throws {
        let bus = try RunningBus()
        let nodes = try (0..<2).map { _ in try TestNode(bus.settings()) }
        let session = try nodes[0].enter("aisha").0
        for number in 0..<20 { _ = nodes[0].say("\(number)", session) }
        for node in nodes { try eventually("all is said") { node.said.count == 20 } }
        let stranger = try BusConnection(bus.settings())
        try stranger.deleteStream()
        try stranger.makeStream(replicas: 1)
        for node in nodes {
            try eventually("the server ends") { node.seen.withLock { $0.fault } != nil }
            #expect(node.seen.withLock { $0.fault }?.hint == "start all servers of the chat again")
            #expect(node.said.count == 20)
        }
        for node in nodes { node.log.stop() }
        stranger.close()
        #expect(reason(bus.settings()) == nil)
    }

    @Test func aBusThatLetsAServerReadAndNotWriteIsSaidAfterAWhile() throws {
        let bus = try RunningBus(
            servers: 1,
            """
            authorization { users: [
                { user: snug, password: "right" }
                { user: reader, password: "right", permissions: { publish: { deny: "snug.log" } } }
            ] }
            """
        )
        #expect(reason(BusSettings(urls: [bus.url(user: "snug:right@")])) == nil)
        let fault = try #require(reason(BusSettings(urls: [bus.url(user: "reader:right@")])))
        #expect(fault.sentence.hasSuffix("does not bring what it was given") && fault.kind == .unreachable)
        #expect(fault.hint.contains("to let this server publish on snug.log"))
    }
}
#endif
