// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms

extension StoredLine {
    /// More bytes of text than a line of chat can have, by far: such a line is not kept.
    static let maximumTextBytes = 32_768

    /// About how much memory it takes, in bytes.
    var footprint: Int { MemoryLayout<StoredLine>.stride + Self.objectBytes + textBytes }

    /// What its object takes beside its texts, as malloc(3) rounds it up.
    private static let objectBytes = 256

    /// Whether a store can hold it at all.
    var isStorable: Bool { textBytes <= Self.maximumTextBytes && sequence <= UInt64(Int64.max) }
}
