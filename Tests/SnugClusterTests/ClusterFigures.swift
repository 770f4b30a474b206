// SPDX-License-Identifier: Apache-2.0
#if Cluster

import Glibc
import SnugRooms
import SnugSystem
import TestSupport
import Testing

@testable import SnugCluster

/// Figures for docs/cluster.md: printed, and judged by people.
@Suite(.enabled(if: getenv("SNUG_TIMING") != nil), .serialized) struct ClusterFigures {
    private func milliseconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) * 1_000 + Double(duration.components.attoseconds) / 1e15
    }

    @Test(arguments: [1, 3]) func howLongARequestTakes(copies: Int) throws {
        let bus = try RunningBus(servers: copies)
        let nodes = try (0..<3).map { try TestNode(bus.settings(first: $0 % copies)) }
        defer { for node in nodes { node.log.stop() } }
        let session = try nodes[0].enter("aisha").0
        var times: [Double] = []
        for number in 0..<500 {
            let start = MonotonicTime.now
            let ticket = try #require(nodes[0].say("line \(number)", session))
            while nodes[0].seen.withLock({ $0.answers[ticket] }) == nil { yieldProcessor() }
            times.append(milliseconds(start.duration(to: .now)))
        }
        times.sort()
        print("FIGURE \(copies) copies: said and applied after \(times[250]) ms, p99 \(times[495]) ms")
    }

    @Test(arguments: [1, 3]) func howManyLinesASecondThreeNodesTake(copies: Int) throws {
        let bus = try RunningBus(servers: copies)
        let nodes = try (0..<3).map { try TestNode(bus.settings(first: $0 % copies)) }
        defer { for node in nodes { node.log.stop() } }
        let sessions = try nodes.map { try $0.enter("bob").0 }
        let start = MonotonicTime.now
        var taken = 0
        while taken < 100_000 {
            var isFull = true
            for (node, session) in zip(nodes, sessions)
            where node.say("a line of chat \(taken)", session) != nil {
                taken += 1
                isFull = false
            }
            if isFull { Polling.pause(.milliseconds(1)) }
        }
        try eventually("all is applied") { nodes.allSatisfy { $0.seen.withLock { $0.lines.count } >= taken } }
        let time = milliseconds(start.duration(to: .now))
        print("FIGURE \(copies) copies: \(taken) lines applied on three nodes in \(time) ms")
        #expect(Set(nodes.map(\.hash)).count == 1)
    }

    @Test func howLongANodeTakesToComeBackToAMillionRequests() throws {
        let bus = try RunningBus()
        let node = try TestNode(bus.settings())
        let session = try node.enter("aisha").0
        var taken = 0
        while taken < 1_000_000 {
            if node.say("a line of chat \(taken)", session) != nil {
                taken += 1
            } else {
                Polling.pause(.milliseconds(1))
            }
        }
        try eventually("all is applied") { node.seen.withLock { $0.lines.count } >= taken }
        node.log.stop()
        let start = MonotonicTime.now
        let other = try TestNode(bus.settings())
        let read = other.seen.withLock { $0.sequences.count }
        print(
            "FIGURE back after \(milliseconds(start.duration(to: .now))) ms, \(read) messages behind the snapshot"
        )
        other.log.stop()
    }

    @Test func howManyBytesOfAStateEachPersonIs() throws {
        let count = 10_000
        var limits = ChatLimits()
        limits.sessions = count
        var chat = Chat(limits: limits)
        let node = try #require(NodeNumber(1))
        let empty = chat.snapshot.coded.count
        for number in 1...UInt64(count) {
            var entry = Entry(NameRequest("person-\(number)"), fallbackName: "anon", level: .typed)
            entry.newToken = Bytes32((0..<32).map { UInt8(truncatingIfNeeded: number >> ($0 % 8 * 8)) })
                .map { TokenDigest($0) }
            let session = try #require(SessionID(node, counter: number))
            let outcome = chat.apply(
                Request(.enter(entry), by: session),
                at: number,
                time: ChatTime(milliseconds: 1_800_000_000_000)
            )
            guard case .entered = outcome.answer else { throw TestClient.TimedOut(description: "entered") }
        }
        print("FIGURE \((chat.snapshot.coded.count - empty) / count) bytes of a state for each person")
    }
}
#endif
