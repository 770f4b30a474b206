// SPDX-License-Identifier: Apache-2.0

import SnugHistory
public import SnugRooms
import TestSupport

/// The time that tests' stores take for now, in milliseconds since 1970.
let noon: Int64 = 1_790_000_000_000

/// Each text is a room of its own, `main` the one that always exists.
extension RoomID: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) { self.init(text) }

    init(_ text: String) {
        // FNV-1a, cut to what a room's number can be.
        let hash = text.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        self.init(rawValue: text == "main" ? 0 : hash >> 12)
    }
}

extension MemberName: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) { self = MemberName(cleaning: text) ?? .anonymous }
}

extension StoredLine {
    static func sample(
        _ sequence: UInt64,
        room: String = "main",
        author: String = "aisha",
        key: PersonKey? = nil,
        token: TokenDigest? = nil,
        ref: String? = nil,
        time: Int64 = noon,
        text: String? = nil,
        isAction: Bool = false
    ) -> StoredLine {
        StoredLine(
            sequence: sequence,
            time: ChatTime(milliseconds: time),
            room: RoomID(room),
            roomName: RoomName(room) ?? .nameless,
            author: Who(id: PersonID(rawValue: 4), name: MemberName(stringLiteral: author), key: key),
            token: token,
            ref: ref.flatMap { Ref($0) },
            text: text ?? "line \(sequence)",
            isAction: isAction
        )
    }
}

extension RoomRecord {
    static func sample(
        _ name: String,
        topic: String? = nil,
        owner: PersonKey? = nil,
        isPrivate: Bool = false,
        invited: [PersonKey] = []
    ) -> RoomRecord {
        RoomRecord(
            id: RoomID(name),
            name: RoomName(name) ?? .nameless,
            topic: topic.flatMap { ShortText($0) },
            ownerKey: owner,
            isPrivate: isPrivate,
            invitedKeys: invited
        )
    }
}

extension KeyName {
    static func sample(_ name: MemberName, _ key: PersonKey, lastUsed: Int64) -> KeyName {
        KeyName(name: name, key: key, lastUsed: ChatTime(milliseconds: lastUsed))
    }
}

extension PersonKey {
    static func sample(_ byte: UInt8) -> PersonKey? {
        Bytes32([UInt8](repeating: byte, count: 32)).map { PersonKey($0) }
    }
}

extension TokenDigest {
    static func sample(_ byte: UInt8) -> TokenDigest? {
        Bytes32([UInt8](repeating: byte, count: 32)).map { TokenDigest($0) }
    }
}

extension HistoryPage {
    var texts: [String] { lines.map(\.text) }
}

extension HistoryStore {
    /// The number of a room's last line that is kept; nil if there is none.
    func lastSequence(in room: RoomID) throws -> UInt64? {
        try lines(in: room, .before(.max), limit: 1).lines.last?.sequence
    }
}
