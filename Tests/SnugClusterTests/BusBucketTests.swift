// SPDX-License-Identifier: Apache-2.0
#if Cluster

import TestSupport
import Testing

@testable import SnugCluster

@Suite struct BusBucketTests {
    @Test func theFirstOneDecidesWhatAllAgreeOn() throws {
        let bus = try RunningBus()
        let connections = try (0..<2).map { _ in try BusConnection(bus.settings()) }
        let buckets = try connections.map { try $0.openBucket(replicas: 1) }
        #expect(try buckets[0].value(of: "epoch") == nil)
        #expect(try buckets[0].agree(on: [1], as: "epoch") == [1])
        #expect(try buckets[1].agree(on: [2], as: "epoch") == [1])
        for connection in connections { connection.close() }
    }

    @Test func aValueTakesThePlaceOfTheOneThatWasSeenAndOfNoOther() throws {
        let bus = try RunningBus()
        let connection = try BusConnection(bus.settings())
        let bucket = try connection.openBucket(replicas: 1)
        try bucket.put([1], as: "a", inPlaceOf: nil)
        #expect(throws: BusFault.self) { try bucket.put([2], as: "a", inPlaceOf: nil) }
        let first = try #require(try bucket.entry(of: "a"))
        try bucket.put([3], as: "a", inPlaceOf: first.revision)
        #expect(throws: BusFault.self) { try bucket.put([4], as: "a", inPlaceOf: first.revision) }
        #expect(try bucket.value(of: "a") == [3])
        // What was taken away is as if it had never been there.
        bucket.remove("a")
        #expect(try bucket.value(of: "a") == nil)
        try bucket.put([], as: "a", inPlaceOf: nil)
        #expect(try bucket.value(of: "a") == [])
        connection.close()
    }
}
#endif
