// SPDX-License-Identifier: Apache-2.0
#if Cluster

import SnugRooms
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@testable import SnugCluster

/// States in a real bucket.
@Suite struct SnapshotStoreTests {
    private let bus: RunningBus
    private let connection: BusConnection
    private let store: SnapshotStore

    init() throws {
        bus = try RunningBus()
        connection = try BusConnection(bus.settings())
        store = SnapshotStore(bucket: try connection.openBucket(replicas: 1))
    }

    private func stored(_ sequence: UInt64) throws -> StoredState {
        let chat = Chat().snapshot
        let log = Checkpoint.beginning.followed(by: [], at: sequence)
        let state = ClusterState(log: log, directory: NodeDirectory(), chat: chat)
        return try #require(StoredState(state.coded, at: sequence, partBytes: 20))
    }

    private func hasParts(of stored: StoredState) throws -> Bool {
        try store.bucket.value(of: "snapshot.\(stored.manifest.sequence).0") != nil
    }

    @Test func theLatestStateIsWholeAndTheOneBeforeIsTakenAway() throws {
        #expect(try store.latest() == nil)
        let states = try [3, 7].map { try stored($0) }
        #expect(states[0].parts.count > 1)
        for state in states {
            try store.put(state)
            let latest = try #require(try store.latest())
            #expect(latest.state.log.sequence == state.manifest.sequence)
            #expect(latest.digest == state.manifest.digest)
        }
        #expect(try !hasParts(of: states[0]) && hasParts(of: states[1]))
        try store.put(try stored(5))
        #expect(try store.latest()?.state.log.sequence == 7)
    }

    /// It was stopped between looking at what there is and putting its own down.
    @Test(arguments: [false, true])
    func whoStoodStillMeanwhileDoesNotUndoWhatAnotherNodePutDown(_ hadOneBefore: Bool) throws {
        if hadOneBefore { try store.put(try stored(1)) }
        let seen = try store.current()
        let (late, later) = (try stored(5), try stored(9))
        try store.put(later)
        try store.put(late, inPlaceOf: seen)
        #expect(try store.latest()?.state.log.sequence == 9)
        #expect(try !hasParts(of: late) && hasParts(of: later))
    }

    @Test func anEarlierStateThatCameFirstGivesWay() throws {
        let seen = try store.current()
        try store.put(try stored(5))
        #expect(throws: BusFault.self) { try store.put(try stored(9), inPlaceOf: seen) }
        try store.put(try stored(9))
        #expect(try store.latest()?.state.log.sequence == 9)
    }

    @Test func aStateOfWhichAPartIsMissingOrAManifestThatIsNoneIsNoState() throws {
        let state = try stored(3)
        try store.put(state)
        store.bucket.remove("snapshot.3.1")
        #expect(try store.latest() == nil)
        try store.bucket.put([1, 2, 3], as: "snapshot")
        #expect(try store.latest() == nil)
        // And the next one takes its place.
        try store.put(try stored(4))
        #expect(try store.latest()?.state.log.sequence == 4)
    }

    @Test func ofManyWhoPutStatesDownAtOnceTheLatestStays() throws {
        let threads = try (0..<3).map { number in
            let states = try (0..<8).map { try stored(UInt64($0 * 3 + number + 1)) }
            let store = HandedOver(SnapshotStore(bucket: store.bucket))
            return try RunningThread(name: "node") { for state in states { try? store.value.put(state) } }
        }
        for thread in threads { thread.join() }
        let latest = try #require(try store.latest())
        // One that was overtaken twice leaves it to the next.
        #expect((16...24).contains(latest.state.log.sequence))
    }
}
#endif
