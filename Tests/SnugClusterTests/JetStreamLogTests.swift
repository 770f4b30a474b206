// SPDX-License-Identifier: Apache-2.0
#if Cluster

import Glibc
import SnugRooms
import SnugServer
import SnugSystem
import TestSupport
import Testing

@testable import SnugCluster

@Suite struct JetStreamLogTests {
    @Test func whatThreeNodesAskForComesToEachOfThemInOneOrder() throws {
        let bus = try RunningBus()
        let nodes = try (0..<3).map { _ in try TestNode(bus.settings()) }
        defer { for node in nodes { node.log.stop() } }
        let sessions = try nodes.map { try $0.enter("bob").0 }
        for number in 0..<200 {
            for (node, session) in zip(nodes, sessions) {
                #expect(node.say("line \(number)", session) != nil)
            }
        }
        for node in nodes { try eventually("all is said") { node.said.count == 600 } }
        #expect(nodes[0].said == nodes[1].said)
        #expect(nodes[0].said == nodes[2].said)
        #expect(Set(nodes.map(\.hash)).count == 1)
        // One name belongs to one person, wherever each of them came in.
        #expect(Set(nodes[0].said.compactMap { $0.split(separator: " ").dropFirst().first }).count == 3)
    }

    @Test func whatIsSaidWhileNATSIsKilledIsSaidOnceAndInOrder() throws {
        let bus = try RunningBus()
        let nodes = try (0..<2).map { _ in try TestNode(bus.settings()) }
        defer { for node in nodes { node.log.stop() } }
        let session = try nodes[0].enter("aisha").0
        for number in 0..<50 { _ = nodes[0].say("a\(number)", session) }
        try bus.kill()
        var taken = 0
        for number in 50..<100 where nodes[0].say("a\(number)", session) != nil { taken += 1 }
        try bus.restart()
        for node in nodes { try eventually("all that was taken is said") { node.said.count == 50 + taken } }
        #expect(nodes[0].said == nodes[1].said)
        let numbers = nodes[1].said.compactMap { $0.firstMatch(of: /text: "a(\d+)"/).flatMap { Int($0.1) } }
        #expect(numbers == numbers.sorted() && Set(numbers).count == 50 + taken)
    }

    @Test func aBusThatIsGoneIsSaidAndTakesNothingUntilItIsBack() throws {
        let bus = try RunningBus()
        let node = try TestNode(bus.settings())
        defer { node.log.stop() }
        let session = try node.enter("aisha").0
        try bus.kill()
        try eventually("it is gone") { node.seen.withLock { $0.states.last } == .gone }
        #expect(node.say("nobody hears it", session) == nil)
        try bus.restart()
        try eventually("it is back") { node.seen.withLock { $0.states.last } == .fine }
        #expect(node.seen.withLock { $0.ended } == [])
        #expect(node.say("everybody hears it", session) != nil)
        try eventually("it is said") { node.said.count == 1 }
    }

    @Test func aNodeThatIsSilentIsGoneForAllAndOneThatIsHeardOfAgainIsBack() throws {
        let bus = try RunningBus()
        let quiet = try TestNode(bus.settings())
        let others = try (0..<2).map { _ in try TestNode(bus.settings()) }
        defer { for node in others { node.log.stop() } }
        let number = try #require(quiet.seen.withLock { $0.node })
        _ = try quiet.enter("aisha")
        // As if its machine had lost its power: no goodbye.
        quiet.log.shared.withLock { $0.isClosed = true }
        quiet.log.bus.close()
        for node in others { try eventually("it is gone") { node.seen.withLock { $0.ended } == [number] } }
        for node in others { #expect(node.seen.withLock { $0.others.last }?.contains("gone") == true) }
        #expect(others[0].hash == others[1].hash)
        quiet.log.stop()
    }

    @Test func aNodeThatSaysGoodbyeIsGoneAtOnce() throws {
        let bus = try RunningBus()
        let leaving = try TestNode(bus.settings())
        let other = try TestNode(bus.settings())
        defer { other.log.stop() }
        let session = try leaving.enter("aisha").0
        let last = leaving.say("the last word", session)
        #expect(last != nil)
        leaving.log.stop()
        try eventually("it is gone") { other.seen.withLock { $0.ended.count } == 1 }
        #expect(other.said.count == 1)
        leaving.log.stop()
    }

    @Test func aNodeThatComesLaterGoesOnFromASnapshot() throws {
        let bus = try RunningBus()
        var settings = bus.settings()
        settings.messagesPerSnapshot = 200
        settings.retention = 0
        let first = try TestNode(settings)
        let session = try first.enter("aisha").0
        for number in 0..<1_000 { _ = first.say("line \(number)", session) }
        try eventually("all is said") { first.said.count == 1_000 }
        let before = { first.log.shared.withLock { $0.checkpoint?.sequence ?? 0 } }
        try eventually("there is a snapshot") { before() > 0 }
        try eventually("it is put down") {
            first.log.shared.withLock { $0.upload }?.join(until: .now) ?? false
        }
        let second = try TestNode(settings)
        #expect(second.seen.withLock { $0.restored } == 1)
        #expect(second.seen.withLock { $0.sequences.count } < 1_000)
        let other = try second.enter("aisha").1
        #expect(other.who.name.text == "aisha-2")
        try eventually("both are where the other is") { first.hash == second.hash }
        // And once nobody is there, the chat goes on from it all the same.
        first.log.stop()
        second.log.stop()
        let third = try TestNode(settings)
        #expect(third.seen.withLock { $0.restored } == 1 && third.hash != nil)
        third.log.stop()
    }

    @Test func whoeverComesAndWhoeverWasThereSayOfTheSameMessageThatTheirChatsAreAlike() throws {
        let bus = try RunningBus()
        let first = try TestNode(bus.settings())
        let session = try first.enter("aisha").0
        for number in 0..<100 { _ = first.say("line \(number)", session) }
        try eventually("all is said") { first.said.count == 100 }
        let second = try TestNode(bus.settings())
        defer { for node in [first, second] { node.log.stop() } }
        let digests = { (node: TestNode) in node.seen.withLock { $0.digests } }
        try eventually("the one that comes says it") { !digests(second).isEmpty }
        let (sequence, digest) = try #require(digests(second).first)
        try eventually("the other one says the same") { digests(first)[sequence] == digest }
        #expect(digests(first).count == 2 && Set(digests(first).values).count == 2)
    }

    @Test func whatSomebodyElsePutsIntoTheStreamIsSkippedAndSaid() throws {
        let bus = try RunningBus()
        let node = try TestNode(bus.settings())
        defer { node.log.stop() }
        let stranger = try BusConnection(bus.settings())
        var random = SeededGenerator(seed: 7)
        for number in 0..<50 {
            let bytes = (0..<Int.random(in: 0...400, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            _ = try stranger.publish(bytes, id: "x\(number)", patience: 5_000)
        }
        let session = try node.enter("aisha").0
        #expect(node.say("we go on", session) != nil)
        try eventually("it is said") { node.said.count == 1 }
        #expect(node.seen.withLock { $0.odd.count } == 1)
        stranger.close()
    }

    @Test func threeCopiesOutliveTheServerThatLeads() throws {
        let bus = try RunningBus(servers: 3)
        let nodes = try (0..<3).map { try TestNode(bus.settings(first: $0)) }
        defer { for node in nodes { node.log.stop() } }
        let sessions = try nodes.map { try $0.enter("bob").0 }
        var taken = 0
        for index in 0..<3 {
            try bus.kill(index)
            for number in 0..<40 {
                for (node, session) in zip(nodes, sessions)
                where node.say("\(index) \(number)", session) != nil {
                    taken += 1
                }
            }
            try eventually("all is said") { nodes.allSatisfy { $0.said.count == taken } }
            try bus.restart(index)
        }
        #expect(taken > 120)
        #expect(nodes[0].said == nodes[1].said && nodes[1].said == nodes[2].said)
        #expect(Set(nodes.map(\.hash)).count == 1)
        #expect(nodes.allSatisfy { $0.seen.withLock { $0.fault } == nil })
    }

    // MARK: Time

    @Test func aQuietOrderSaysWhatTimeItIs() throws {
        let bus = try RunningBus()
        let node = try TestNode(bus.settings())
        defer { node.log.stop() }
        let times = { node.seen.withLock { $0.times } }
        try eventually("time passes") {
            (times().last?.milliseconds ?? 0) > (times().first?.milliseconds ?? 0)
        }
        #expect(times() == times().sorted())
        #expect(node.seen.withLock { $0.sequences } == [])
    }

    @Test func whoComesFirstToANewChatComesAtItsTimeWhicheverNodeThatIs() throws {
        let bus = try RunningBus()
        let nodes = try (0..<2).map { _ in try TestNode(bus.settings()) }
        defer { for node in nodes { node.log.stop() } }
        _ = try nodes[1].enter("bob")
        let now = OrderClock.Reading.now.wall
        let times = nodes[1].seen.withLock { $0.lineTimes }
        #expect(!times.isEmpty && times.allSatisfy { (now - 60_000...now).contains($0.milliseconds) })
    }

    @Test func clocksThatDifferByAnHourAreSaidAndChangeNothingInTheChat() throws {
        let bus = try RunningBus()
        let hour: Int64 = 3_600_000
        let nodes = try [0, hour, -hour].map { try TestNode(bus.settings(), clockAhead: $0) }
        let start = OrderClock.Reading.now.wall
        let sessions = try nodes.map { try $0.enter("bob").0 }
        for number in 0..<20 {
            for (node, session) in zip(nodes, sessions) { _ = node.say("\(number)", session) }
        }
        for node in nodes { try eventually("all is said") { node.said.count == 60 } }
        let times = nodes.map { node in node.seen.withLock { $0.lineTimes } }
        #expect(times[0] == times[1] && times[1] == times[2] && times[0] == times[0].sorted())
        let end = OrderClock.Reading.now.wall
        #expect(times[0].allSatisfy { (start - 60_000...end + 60_000).contains($0.milliseconds) })
        for (node, words) in zip(
            nodes.dropFirst(),
            ["seconds ahead of the chat's", "seconds behind the chat's"]
        ) {
            try eventually("it is said") { node.seen.withLock { $0.odd.contains { $0.contains(words) } } }
        }
        #expect(nodes[0].seen.withLock { $0.odd } == [])
        // And whoever is left goes on, whatever its own clock says.
        for node in nodes.dropLast() { node.log.stop() }
        let said = nodes[2].say("the last one", sessions[2])
        #expect(said != nil)
        try eventually("it is said") { nodes[2].said.count == 61 }
        let last = try #require(nodes[2].seen.withLock { $0.lineTimes.last })
        #expect(last.milliseconds > end - 60_000)
        nodes[2].log.stop()
    }
}
#endif
