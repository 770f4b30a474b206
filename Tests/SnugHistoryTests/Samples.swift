// SPDX-License-Identifier: Apache-2.0

import SnugHistory
import TestSupport

/// The time that tests' stores take for now, in milliseconds since 1970.
let noon: Int64 = 1_790_000_000_000

extension StoredLine {
    static func sample(
        _ sequence: UInt64,
        room: String = "main",
        author: String = "aisha",
        time: Int64 = noon,
        text: String? = nil
    ) -> StoredLine {
        StoredLine(
            sequence: sequence,
            time: time,
            room: room,
            author: author,
            text: text ?? "line \(sequence)"
        )
    }
}

extension StoredDigest {
    static func sample(_ byte: UInt8) -> StoredDigest? { StoredDigest([UInt8](repeating: byte, count: 32)) }
}

extension HistoryPage {
    var texts: [String] { lines.map(\.text) }
}
