// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import TestSupport
import Testing

@testable import SnugServer

@Suite struct AddressLimitTests {
    private static func limit(_ count: Int?, countsLoopback: Bool = false) -> AddressLimit {
        var limits = ServerLimits()
        limits.connectionsPerAddress = count
        limits.countsLoopback = countsLoopback
        return AddressLimit(limits)
    }

    private static func address(_ literal: String) throws -> SocketAddress {
        try #require(SocketAddress.resolve(host: literal, port: .random(in: 1...UInt16.max)).first)
    }

    private static func slot(_ limit: AddressLimit, _ literal: String) throws -> AddressSlot? {
        if case .slot(let slot) = limit.takeSlot(for: try address(literal)) { slot } else { nil }
    }

    /// Comings and goings at random, against a count for each subscriber.
    @Test(arguments: 0..<20)
    func nobodyHasMoreThanItsShareAndWhatIsGivenBackIsFreeAgain(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let most = Int.random(in: 1...4, using: &random)
        let limit = Self.limit(most)
        // Each row is one subscriber, in several spellings.
        let subscribers = [
            ["192.0.2.1", "::ffff:192.0.2.1"], ["192.0.2.2"],
            ["2001:db8:1:2::1", "2001:db8:1:2:ffff::", "2001:db8:1:2:3:4:5:6"], ["2001:db8:1:3::1"],
        ]
        var held: [[AddressSlot]] = subscribers.map { _ in [] }
        for _ in 0..<500 {
            let index = Int.random(in: 0..<4, using: &random)
            if Bool.random(using: &random), !held[index].isEmpty {
                held[index].remove(at: .random(in: 0..<held[index].count, using: &random))
                continue
            }
            let literal = try #require(subscribers[index].randomElement(using: &random))
            switch limit.takeSlot(for: try Self.address(literal)) {
            case .refused(let number): #expect(number == most && held[index].count == most)
            case .slot(let slot):
                #expect(held[index].count < most)
                held[index].append(slot)
            case .unlimited: Issue.record("\(literal) is not counted")
            }
        }
    }

    @Test(arguments: ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
    func loopbackIsCountedOnlyWhereALimitWasAskedFor(literal: String) throws {
        guard case .unlimited = Self.limit(1).takeSlot(for: try Self.address(literal)) else {
            Issue.record("loopback is counted")
            return
        }
        let strict = Self.limit(1, countsLoopback: true)
        let slot = try Self.slot(strict, literal)
        #expect(slot != nil)
        let second = try Self.slot(strict, literal)
        #expect(second == nil)
        withExtendedLifetime(slot) {}
    }

    @Test func withoutALimitNobodyIsCounted() throws {
        guard
            case .unlimited = Self.limit(nil, countsLoopback: true).takeSlot(
                for: try Self.address("192.0.2.1")
            )
        else {
            Issue.record("somebody is counted")
            return
        }
    }

    @Test func slotsThatComeAndGoOnManyThreadsAreCountedRight() throws {
        let limit = Self.limit(8)
        let threads = try (0..<4).map { _ in
            try RunningThread(name: "visitor") {
                for _ in 0..<2_000 { _ = try? Self.slot(limit, "192.0.2.1") }
            }
        }
        for thread in threads { thread.join() }
        // All were given back: there is room for eight, and for no more.
        let slots = try (0..<9).map { _ in try Self.slot(limit, "192.0.2.1") }
        #expect(slots.map { $0 == nil } == Array(repeating: false, count: 8) + [true])
    }
}
