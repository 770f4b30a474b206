// SPDX-License-Identifier: Apache-2.0
#if Cluster

import Glibc
import SnugSystem
import TestSupport
import Testing

@testable import SnugCluster

@Suite struct BusSubscriptionTests {
    private let bus: RunningBus
    private let connection: BusConnection

    init() throws {
        bus = try RunningBus()
        connection = try BusConnection(bus.settings())
        try connection.makeStream(replicas: 1)
    }

    private func bytes(_ number: Int) -> [UInt8] { Array("message \(number)".utf8) }

    private func publish(_ numbers: ClosedRange<Int>) throws {
        for number in numbers {
            _ = try connection.publish(bytes(number), id: "\(number)", patience: 5_000)
        }
    }

    private func take(_ count: Int, from subscription: BusSubscription) throws -> [BusSubscription.Message] {
        try (0..<count).map { _ in try #require(try subscription.next(within: 90_000)) }
    }

    @Test func messagesComeFromThePlaceThatWasAskedForInTheirOrderWithTheirTimes() throws {
        try publish(1...20)
        let subscription = try BusSubscription(connection, from: 5, within: 3_000)
        let messages = try take(16, from: subscription)
        #expect(messages.map(\.sequence) == Array(5...20))
        #expect(messages.map(\.bytes) == (5...20).map { bytes($0) })
        #expect(zip(messages, messages.dropFirst()).allSatisfy { $0.milliseconds <= $1.milliseconds })
        let now = Int64(time(nil)) * 1_000
        #expect(messages.allSatisfy { (now - 3_600_000...now + 2_000).contains($0.milliseconds) })
        #expect(try subscription.next(within: 1) == nil)
        try publish(21...21)
        #expect(try take(1, from: subscription).map(\.sequence) == [21])
        connection.close()
    }

    @Test func whereThePlaceIsGoneItBeginsAtTheFirstMessageThatThereIs() throws {
        try publish(1...20)
        try connection.purge(before: 11)
        let subscription = try BusSubscription(connection, from: 5, within: 3_000)
        #expect(try take(1, from: subscription).map(\.sequence) == [11])
        connection.close()
    }

    /// Each ends while the library's own thread is bringing thousands of messages to it.
    @Test func subscriptionsThatEndInTheMiddleOfMessagesHarmNothing() throws {
        try publish(1...3_000)
        for _ in 0..<250 {
            let subscription = try BusSubscription(connection, from: 1, within: 10_000)
            #expect(try take(1, from: subscription).map(\.sequence) == [1])
        }
        let subscription = try BusSubscription(connection, from: 1, within: 10_000)
        #expect(try take(3_000, from: subscription).map(\.sequence) == Array(1...3_000))
        connection.close()
    }

    @Test func aClosedConnectionIsAFaultAndNoWait() throws {
        try publish(1...1)
        let subscription = try BusSubscription(connection, from: 2, within: 3_000)
        connection.close()
        #expect(throws: BusFault.self) { while true { _ = try subscription.next(within: 100) } }
    }
}
#endif
