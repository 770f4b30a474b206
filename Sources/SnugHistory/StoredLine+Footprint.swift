// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms

extension StoredLine {
    /// More bytes of text than a line of chat can have, by far: such a line is not kept.
    static let maximumTextBytes = 32_768

    /// The bytes of its texts.
    var textBytes: Int {
        text.utf8.count + author.name.text.utf8.count + roomName.text.utf8.count + (ref == nil ? 0 : 32)
    }

    /// About how much memory it takes, in bytes.
    var footprint: Int { MemoryLayout<StoredLine>.stride + textBytes }

    /// Whether a store can hold it at all.
    var isStorable: Bool { textBytes <= Self.maximumTextBytes && sequence <= UInt64(Int64.max) }
}
