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
        guard let manifest = try current()?.manifest else { return nil }
        var parts: [[UInt8]] = []
        var byteCount = 0
        for index in 0..<manifest.partCount {
            guard let part = try bucket.value(of: Self.partKey(manifest.sequence, index)) else { return nil }
            byteCount += part.count
            guard byteCount <= StoredState.mostPackedBytes else { return nil }
            parts.append(part)
        }
        return StoredState(manifest: manifest, parts: parts).state.map { ($0, manifest.digest) }
    }

    /// What stands in the bucket in the place of the latest state.
    struct Current {
        /// Nil if it is no manifest.
        let manifest: StoredState.Manifest?
        let revision: UInt64
    }

    /// Nil if there is nothing.
    func current() throws(BusFault) -> Current? {
        guard let (bytes, revision) = try bucket.entry(of: Self.manifestKey) else { return nil }
        return Current(manifest: try? StoredState.Manifest(coded: bytes), revision: revision)
    }

    /// Puts a state down in place of the one before, unless that is a later one.
    func put(_ stored: StoredState) throws(BusFault) {
        do throws(BusFault) { try put(stored, inPlaceOf: try current()) } catch {
            // An earlier state may have come first.
            try put(stored, inPlaceOf: try current())
        }
    }

    /// Puts a state down in place of that one alone: whoever stood still meanwhile does not undo what another node did.
    ///
    /// The manifest last, so that there is a whole one at any time.
    func put(_ stored: StoredState, inPlaceOf old: Current?) throws(BusFault) {
        let sequence = stored.manifest.sequence
        guard (old?.manifest?.sequence ?? 0) < sequence else { return }
        for (index, part) in stored.parts.enumerated() {
            try bucket.put(part, as: Self.partKey(sequence, index))
        }
        do throws(BusFault) {
            try bucket.put(stored.manifest.coded, as: Self.manifestKey, inPlaceOf: old?.revision)
        } catch {
            // Whether it was put down all the same, when only the answer was lost, or another one was.
            guard let latest = try current()?.manifest, latest.sequence >= sequence else { throw error }
            guard latest.sequence == sequence else { return remove(stored.manifest) }
        }
        if let manifest = old?.manifest { remove(manifest) }
    }

    private func remove(_ manifest: StoredState.Manifest) {
        for index in 0..<manifest.partCount { bucket.remove(Self.partKey(manifest.sequence, index)) }
    }
}
#endif
