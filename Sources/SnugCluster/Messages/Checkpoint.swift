// SPDX-License-Identifier: Apache-2.0
#if Cluster

internal import SnugRooms

/// What all up to a message of the log is like: of the log itself, or of what follows from it.
struct Checkpoint: Equatable, Sendable {
    let sequence: UInt64
    let digest: Bytes32

    /// Ahead of the first message.
    static let beginning = Checkpoint(sequence: 0, digest: .zero)

    /// The log with one message more: whoever has read the same messages has the same digest.
    func followed(by bytes: [UInt8], at sequence: UInt64) -> Checkpoint {
        // Without memory for a digest, the others' will differ, and this node ends.
        Checkpoint(sequence: sequence, digest: stateDigest(of: digest.bytes + bytes) ?? digest)
    }
}

extension Checkpoint: Coded {
    func write(to bytes: inout ByteWriter) {
        bytes.put(sequence)
        bytes.put(digest)
    }

    init(from bytes: inout ByteReader) throws(CodingFault) {
        self.init(sequence: try bytes.value(), digest: try bytes.value())
    }
}
#endif
