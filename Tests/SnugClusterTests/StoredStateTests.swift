// SPDX-License-Identifier: Apache-2.0
#if Cluster

import SnugRooms
import TestSupport
import Testing

@testable import SnugCluster

@Suite struct StoredStateTests {
    private func state() throws -> ClusterState {
        var directory = NodeDirectory()
        let profile = try #require(NodeProfile(version: "1", address: "a:1"))
        _ = directory.apply(
            ClusterMessage(sender: 5, counter: 1, time: 1, content: .hello(profile)),
            at: 1
        )
        var chat = Chat()
        for number in 1...50 {
            let entry = Entry(NameRequest("somebody"), fallbackName: "anon")
            _ = chat.apply(
                .init(.enter(entry), by: SessionID(rawValue: UInt64(number))),
                at: 7,
                time: ChatTime(milliseconds: 5)
            )
        }
        let log = Checkpoint.beginning.followed(by: [1], at: 7)
        return ClusterState(log: log, directory: directory, chat: chat.snapshot)
    }

    @Test func aStateIsReadFromItsPartsAsItWasPutDown() throws {
        let state = try state()
        let stored = try #require(StoredState(state.coded, at: 7, partBytes: 100))
        #expect(stored.parts.count > 3 && stored.parts.allSatisfy { $0.count <= 100 })
        #expect(stored.parts.joined().count < state.coded.count)
        let manifest = try StoredState.Manifest(coded: stored.manifest.coded)
        #expect(manifest == stored.manifest)
        #expect(StoredState(manifest: manifest, parts: stored.parts).state?.coded == state.coded)
    }

    @Test func aStateOfWhichAnythingIsWrongIsNone() throws {
        let stored = try #require(StoredState(try state().coded, at: 7, partBytes: 100))
        for index in stored.parts.indices {
            var parts = stored.parts
            parts[index][parts[index].count / 2] ^= 1
            #expect(StoredState(manifest: stored.manifest, parts: parts).state == nil)
            parts.remove(at: index)
            #expect(StoredState(manifest: stored.manifest, parts: parts).state == nil)
        }
        let others = StoredState.Manifest(
            sequence: 8,
            byteCount: stored.manifest.byteCount,
            digest: stored.manifest.digest,
            partCount: stored.manifest.partCount
        )
        #expect(StoredState(manifest: others, parts: stored.parts).state == nil)
    }

    @Test func aManifestThatAsksForTooMuchMemoryIsNone() throws {
        var writer = ByteWriter()
        writer.put(Array("SNGS".utf8) + [ClusterMessage.format])
        for number: UInt64 in [1, 1 << 40] { writer.put(number) }
        writer.put(try #require(Bytes32(Array(repeating: 0, count: 32))))
        writer.put(1 as UInt64)
        #expect(throws: CodingFault.self) { try StoredState.Manifest(coded: writer.bytes) }
    }
}
#endif
