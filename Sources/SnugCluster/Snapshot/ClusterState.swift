// SPDX-License-Identifier: Apache-2.0
#if Cluster

internal import SnugRooms
internal import SnugTransport

/// All that follows from the log up to a message: the same on every node.
struct ClusterState: Coded {
    /// The log up to the last message.
    let log: Checkpoint
    let directory: NodeDirectory
    let chat: ChatSnapshot

    init(log: Checkpoint, directory: NodeDirectory, chat: ChatSnapshot) {
        self.log = log
        self.directory = directory
        self.chat = chat
    }

    func write(to bytes: inout ByteWriter) {
        bytes.put(log)
        bytes.put(directory)
        bytes.put(chat)
    }

    init(from bytes: inout ByteReader) throws(CodingFault) {
        log = try bytes.value()
        guard log.sequence < Chat.sequenceBound else { throw CodingFault() }
        directory = try bytes.value()
        chat = try bytes.value()
    }
}

/// A state as it is kept in the bucket: a manifest, and parts that are put down before it.
struct StoredState: Equatable {
    struct Manifest: Equatable {
        let sequence: UInt64
        let byteCount: Int
        let digest: Bytes32
        let partCount: Int
    }

    let manifest: Manifest
    let parts: [[UInt8]]

    /// More than any chat within its bounds has; a manifest that says so is not ours.
    static let mostBytes = 1 << 28

    /// What does not get smaller by being compressed gets a little larger (zlib.h, compressBound).
    static let mostPackedBytes = mostBytes + 1 << 20
    static let mostParts = 1 << 12

    /// Packs a state; nil if there is no memory, or no digest, for it.
    init?(_ state: [UInt8], at sequence: UInt64, partBytes: Int) {
        guard state.count <= Self.mostBytes, let packed = compressed(state),
            let digest = stateDigest(of: state)
        else { return nil }
        let size = max(partBytes, packed.count / Self.mostParts + 1)
        parts = stride(from: 0, to: packed.count, by: size).map {
            Array(packed[$0..<min($0 + size, packed.count)])
        }
        manifest = Manifest(
            sequence: sequence,
            byteCount: state.count,
            digest: digest,
            partCount: parts.count
        )
    }

    /// With a manifest and parts that were read.
    init(manifest: Manifest, parts: [[UInt8]]) {
        self.manifest = manifest
        self.parts = parts
    }

    /// The state; nil if it is not the one that was put down.
    var state: ClusterState? {
        guard let bytes = decompressed(Array(parts.joined()), count: manifest.byteCount),
            stateDigest(of: bytes) == manifest.digest, let state = try? ClusterState(coded: bytes),
            state.log.sequence == manifest.sequence
        else { return nil }
        return state
    }
}

/// By which states are compared: SHA-256.
func stateDigest(of bytes: [UInt8]) -> Bytes32? { Digest.sha256(bytes).flatMap { Bytes32($0) } }

extension StoredState.Manifest: Coded {
    private static let magic = Array("SNGS".utf8) + [ClusterMessage.format]

    func write(to bytes: inout ByteWriter) {
        bytes.put(Self.magic)
        bytes.put(sequence)
        bytes.put(UInt64(byteCount))
        bytes.put(digest)
        bytes.put(UInt64(partCount))
    }

    init(from bytes: inout ByteReader) throws(CodingFault) {
        guard try bytes.fixed(Self.magic.count) == Self.magic else { throw CodingFault() }
        sequence = try bytes.number(below: Chat.sequenceBound)
        byteCount = Int(try bytes.number(below: UInt64(StoredState.mostBytes) + 1))
        digest = try bytes.value()
        partCount = Int(try bytes.number(below: UInt64(StoredState.mostParts) + 1))
    }
}
#endif
