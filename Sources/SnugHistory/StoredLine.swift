// SPDX-License-Identifier: Apache-2.0

/// A line of chat, or an action, as history keeps it.
///
/// What a store gives back may have been edited by hand in a file: the texts are any text, and who shows them makes
/// them safe again.
public struct StoredLine: Equatable, Sendable {
    /// Its number, which is greater than that of every line before it in any room, and below 2^63.
    public var sequence: UInt64

    /// When it was said, in milliseconds since 1970-01-01 00:00 UTC.
    public var time: Int64

    /// The room's name, always spelled the same: stores compare bytes.
    public var room: String

    /// The name of who said it, as it was then.
    public var author: String

    /// The key of who said it; nil for people without one.
    public var authorKey: StoredDigest?

    /// What the token hashes to that resumes the stay in which it was said.
    public var authorToken: StoredDigest?

    /// What its sender called it, so that it is not said again when it is sent again.
    public var ref: String?

    /// What was said.
    public var text: String

    /// Whether it is an action (`/me`).
    public var isAction: Bool

    /// A line with all that is known of it.
    public init(
        sequence: UInt64,
        time: Int64,
        room: String,
        author: String,
        authorKey: StoredDigest? = nil,
        authorToken: StoredDigest? = nil,
        ref: String? = nil,
        text: String,
        isAction: Bool = false
    ) {
        self.sequence = sequence
        self.time = time
        self.room = room
        self.author = author
        self.authorKey = authorKey
        self.authorToken = authorToken
        self.ref = ref
        self.text = text
        self.isAction = isAction
    }

    /// More bytes of text than a line of chat can have, by far: such a line is not kept.
    static let maximumTextBytes = 32_768

    /// The bytes of its texts.
    var textBytes: Int {
        text.utf8.count + author.utf8.count + room.utf8.count + (ref?.utf8.count ?? 0)
    }

    /// About how much memory it takes, in bytes.
    var footprint: Int { MemoryLayout<StoredLine>.stride + textBytes }

    /// Whether a store can hold it at all.
    var isStorable: Bool { textBytes <= Self.maximumTextBytes && sequence <= UInt64(Int64.max) }
}
