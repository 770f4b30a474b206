// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms

/// The room name that a session wrote last, judged once: it talks in one room for a while, and to judge a name costs
/// more than all the rest of a line.
public struct RoomNames: Sendable {
    private var last: (written: String, name: RoomName)?

    /// Remembers nothing yet.
    public init() {}

    /// The name that `written` is; nil if it can be none.
    mutating func name(_ written: String) -> RoomName? {
        // By bytes: strings that are equal to Unicode can be names of different bytes.
        if let last, last.written.utf8.elementsEqual(written.utf8) { return last.name }
        guard let name = RoomName(written) else { return nil }
        last = (written, name)
        return name
    }
}
