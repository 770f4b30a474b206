// SPDX-License-Identifier: Apache-2.0
#if Cluster

import Glibc
import SnugSystem
import TestSupport
import Testing

@testable import SnugCluster

@Suite struct BusSubscriptionTests {
    private func bytes(_ number: Int) -> [UInt8] { Array("message \(number)".utf8) }

    /// A bus with so many messages in its stream.
    private func bus(with count: Int) throws -> (bus: RunningBus, connection: BusConnection) {
        let bus = try RunningBus()
        let connection = try BusConnection(bus.settings())
        try connection.makeStream(replicas: 1)
        for number in 1...count {
            _ = try connection.publish(bytes(number), id: "\(number)", patience: 5_000)
        }
        return (bus, connection)
    }

    private func take(_ count: Int, from subscription: BusSubscription) throws -> [BusSubscription.Message] {
        var messages: [BusSubscription.Message] = []
        try eventually("\(count) messages") {
            if let message = try subscription.next(within: 100) { messages.append(message) }
            return messages.count >= count
        }
        return messages
    }

    @Test func messagesComeFromThePlaceThatWasAskedForInTheirOrderWithTheirTimes() throws {
        let (_, connection) = try bus(with: 20)
        let subscription = try BusSubscription(connection, from: 5)
        let messages = try take(16, from: subscription)
        #expect(messages.map(\.sequence) == Array(5...20))
        #expect(messages.map(\.bytes) == (5...20).map { bytes($0) })
        #expect(zip(messages, messages.dropFirst()).allSatisfy { $0.milliseconds <= $1.milliseconds })
        let now = Int64(time(nil)) * 1_000
        #expect(messages.allSatisfy { (now - 3_600_000...now + 2_000).contains($0.milliseconds) })
        #expect(try subscription.next(within: 1) == nil)
        _ = try connection.publish(bytes(21), id: "21", patience: 5_000)
        #expect(try take(1, from: subscription).map(\.sequence) == [21])
        connection.close()
    }

    @Test func whereThePlaceIsGoneItBeginsAtTheFirstMessageThatThereIs() throws {
        let (_, connection) = try bus(with: 20)
        try connection.purge(before: 11)
        let subscription = try BusSubscription(connection, from: 5)
        #expect(try take(1, from: subscription).map(\.sequence) == [11])
        connection.close()
    }

    @Test func aClosedConnectionIsAFaultAndNoWait() throws {
        let (_, connection) = try bus(with: 1)
        let subscription = try BusSubscription(connection, from: 2)
        connection.close()
        #expect(throws: BusFault.self) { while true { _ = try subscription.next(within: 100) } }
    }
}
#endif
