// SPDX-License-Identifier: Apache-2.0
#if Cluster

internal import SnugRooms

/// The latest state in the bucket.
struct SnapshotStore {
    private static let manifestKey = "snapshot"

    private static func partKey(_ sequence: UInt64, _ index: Int) -> String {
        "snapshot.\(sequence).\(index)"
    }

    let bucket: BusBucket

    /// The state that was put down last; nil if there is none, or none that is whole.
    func latest() throws(BusFault) -> (state: ClusterState, digest: Bytes32)? {
        guard let manifest = try manifest() else { return nil }
        var parts: [[UInt8]] = []
        for index in 0..<manifest.partCount {
            guard let part = try bucket.value(of: Self.partKey(manifest.sequence, index)) else { return nil }
            parts.append(part)
        }
        return StoredState(manifest: manifest, parts: parts).state.map { ($0, manifest.digest) }
    }

    private func manifest() throws(BusFault) -> StoredState.Manifest? {
        try bucket.value(of: Self.manifestKey).flatMap { try? StoredState.Manifest(coded: $0) }
    }

    /// Puts a state down in place of the one before; the manifest last, so that there is a whole one at any time.
    func put(_ stored: StoredState) throws(BusFault) {
        let old = try manifest()
        guard (old?.sequence ?? 0) < stored.manifest.sequence else { return }
        for (index, part) in stored.parts.enumerated() {
            try bucket.put(part, as: Self.partKey(stored.manifest.sequence, index))
        }
        try bucket.put(stored.manifest.coded, as: Self.manifestKey)
        guard let old else { return }
        for index in 0..<old.partCount { bucket.remove(Self.partKey(old.sequence, index)) }
    }
}
#endif
